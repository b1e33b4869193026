#include "gpu_ref/records/record.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "gpu_ref/records/fields.hpp"
#include "gpu_ref/records/json.hpp"
#include "gpu_ref/records/source_hash.hpp"

namespace einfall::gpu_ref::records {
namespace {

/// Seeds are 64 bits, more than a double holds: they are written as text.
class Writer {
 public:
  explicit Writer(Json& object) : object_(&object) {}
  void operator()(const char* key, std::string& value) { add(key, Json::of(value)); }
  void operator()(const char* key, bool value) { add(key, Json::of(value)); }
  void operator()(const char* key, double value) { add(key, Json::of(value)); }
  void operator()(const char* key, int value) { add(key, Json::of(static_cast<double>(value))); }
  void operator()(const char* key, std::uint64_t value) {
    add(key, Json::of(std::to_string(value)));
  }
  void operator()(const char* key, std::optional<double>& value) {
    if (value) add(key, Json::of(*value));
  }
  template <class T>
  void operator()(const char* key, std::vector<T>& values) {
    Json list = Json::list();
    for (T& value : values) list.add(object_of(value));
    add(key, std::move(list));
  }
  template <class T>
  void operator()(const char* key, T& value) {
    add(key, object_of(value));
  }

 private:
  template <class T>
  static Json object_of(T& value) {
    Json object = Json::object();
    Writer writer(object);
    fields(writer, value);
    return object;
  }
  void add(const char* key, Json value) { object_->add(key, std::move(value)); }
  Json* object_;
};

/// Keeps the first thing that is wrong. Absent keys leave the field's default, but for "run".
class FieldReader {
 public:
  explicit FieldReader(const Json& object) : object_(&object) {}
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  void operator()(const char* key, std::string& field) {
    if (const Json* value = find(key, Json::Kind::kText, "a text")) field = value->text();
  }
  void operator()(const char* key, bool& field) {
    if (const Json* value = find(key, Json::Kind::kBool, "true or false")) field = value->boolean();
  }
  void operator()(const char* key, double& field) {
    if (const Json* value = find(key, Json::Kind::kNumber, "a number")) field = value->number();
  }
  void operator()(const char* key, int& field) {
    const Json* value = find(key, Json::Kind::kNumber, "a number");
    if (value == nullptr) return;
    if (value->number() != std::trunc(value->number()) || std::fabs(value->number()) > INT32_MAX)
      return refuse(key, "an integer of 32 bits");
    field = static_cast<int>(value->number());
  }
  void operator()(const char* key, std::uint64_t& field) {
    const Json* value = find(key, Json::Kind::kText, "digits in quotes");
    if (value == nullptr) return;
    const std::string& text = value->text();
    if (text.empty() || text.size() > 19 || text.find_first_not_of("0123456789") != text.npos)
      return refuse(key, "digits in quotes");
    field = std::stoull(text);
  }
  void operator()(const char* key, std::optional<double>& field) {
    if (const Json* value = find(key, Json::Kind::kNumber, "a number")) field = value->number();
  }
  template <class T>
  void operator()(const char* key, std::vector<T>& field) {
    const Json* list = find(key, Json::Kind::kList, "a list");
    if (list == nullptr) return;
    for (const Json& item : list->items()) {
      if (item.kind() != Json::Kind::kObject) return refuse(key, "a list of objects");
      read_into(item, key, field.emplace_back());
    }
  }
  template <class T>
  void operator()(const char* key, T& field) {
    if (const Json* value = find(key, Json::Kind::kObject, "an object"))
      read_into(*value, key, field);
  }

 private:
  const Json* find(const char* key, Json::Kind kind, const char* expected) {
    const Json* const value = object_->find(key);
    if (value == nullptr || value->kind() == Json::Kind::kNull) return nullptr;
    if (value->kind() == kind) return value;
    refuse(key, expected);
    return nullptr;
  }
  template <class T>
  void read_into(const Json& object, const char* key, T& field) {
    FieldReader reader(object);
    fields(reader, field);
    if (wrong_.empty() && !reader.wrong().empty()) wrong_ = std::string(key) + "." + reader.wrong();
  }
  void refuse(const char* key, const char* expected) {
    if (wrong_.empty()) wrong_ = std::string(key) + " is not " + expected;
  }
  const Json* object_;
  std::string wrong_;
};

template <class T>
std::string line_as(const char* kind, T record) {
  Json object = Json::object();
  object.add("record", Json::of(std::string(kind)));
  Writer writer(object);
  fields(writer, record);
  return object.print() + "\n";
}

/// Reads the object into a new element; its fault, or nothing.
template <class T>
std::string read_as(const Json& object, std::vector<T>& into) {
  T record;
  FieldReader reader(object);
  fields(reader, record);
  if (reader.wrong().empty()) into.push_back(std::move(record));
  return reader.wrong();
}

std::string read_line(const Json& object, Records& records) {
  const Json* const kind = object.find("record");
  if (object.kind() != Json::Kind::kObject || kind == nullptr) return "not a record";
  if (kind->text() == "prediction") return read_as(object, records.predictions);
  const Json* const run = object.find("run");
  if (run == nullptr || run->text().empty()) return "a record of no run";
  if (kind->text() == "run") return read_as(object, records.runs);
  if (kind->text() == "ceiling") return read_as(object, records.ceilings);
  if (kind->text() == "validation") return read_as(object, records.validations);
  if (kind->text() == "measurement") return read_as(object, records.measurements);
  if (kind->text() == "refusal") return read_as(object, records.refusals);
  return "record is '" + kind->text() +
         "', not one of run, ceiling, validation, measurement, refusal, prediction";
}

}  // namespace

std::string line_of(const Run& run) { return line_as("run", run); }
std::string line_of(const Ceiling& ceiling) { return line_as("ceiling", ceiling); }
std::string line_of(const Validation& validation) { return line_as("validation", validation); }
std::string line_of(const Measurement& measurement) { return line_as("measurement", measurement); }
std::string line_of(const Refusal& refusal) { return line_as("refusal", refusal); }
std::string line_of(const Prediction& prediction) { return line_as("prediction", prediction); }

Records parse_records(std::string_view text, const std::string& file) {
  Records records;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty()) continue;
    JsonError error;
    const std::optional<Json> object = parse_json(line, error);
    const bool cut = end == line.npos;  // even if it reads: the end of a line is its seal
    if (cut)
      records.complaints.push_back({file, number, error.column,
                                    "the last line has no end: its run was stopped while writing "
                                    "it; it counts for nothing"});
    else if (!object)
      records.complaints.push_back({file, number, error.column, error.message});
    else if (const std::string wrong = read_line(*object, records); !wrong.empty())
      records.complaints.push_back({file, number, 1, wrong});
  }
  return records;
}

Records read_records(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.good() && !in.eof()) return {{}, {}, {}, {}, {}, {}, {{file, 0, 0, "cannot be read"}}};
  return parse_records(text, file);
}

const Run* run_of(const Records& records, const std::string& run) {
  for (const Run& candidate : records.runs)
    if (candidate.id == run) return &candidate;
  return nullptr;
}

std::vector<Verdict> verdicts(const Records& records) {
  std::set<std::string> failed;  // kernels and hashes
  for (const Validation& validation : records.validations)
    if (!validation.passed) failed.insert(validation.point.kernel + validation.source_sha256);
  const auto verdict = [&](const Measurement& measured) {
    const Run* const run = run_of(records, measured.run);
    if (run == nullptr) return Verdict::kNoRun;
    if (run->witness != "gpu") return Verdict::kRehearsal;
    if (!measured.correct) return Verdict::kWrong;
    if (failed.count(measured.point.kernel + measured.source_sha256) > 0)
      return Verdict::kFailedCheck;
    return Verdict::kCounts;
  };
  std::vector<Verdict> result;
  std::map<std::string, std::size_t> last;  // of a point and hash
  for (const Measurement& measured : records.measurements) {
    result.push_back(verdict(measured));
    if (result.back() != Verdict::kCounts) continue;
    const std::size_t here = result.size() - 1;
    const auto [before, first] =
        last.emplace(key(measured.point) + " " + measured.source_sha256, here);
    if (!first) result[before->second] = Verdict::kAgain;
    before->second = here;
  }
  return result;
}

std::vector<Measurement> counted(const Records& records) {
  const std::vector<Verdict> all = verdicts(records);
  std::vector<Measurement> result;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i] == Verdict::kCounts) result.push_back(records.measurements[i]);
  return result;
}

Freshness freshness(const Measurement& measurement, const std::string& root) {
  const auto hash = source_hash(root, measurement.source);
  if (!hash) return Freshness::kUnknown;
  return *hash == measurement.source_sha256 ? Freshness::kFresh : Freshness::kStale;
}

}  // namespace einfall::gpu_ref::records
