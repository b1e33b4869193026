#include "gpu_ref/records/point.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/csv.hpp"

namespace einfall::gpu_ref::records {
namespace {

struct Column {
  std::string_view name;
  int Point::*number;  // or one of the words below
  int least;
  int most;
};
constexpr int kMost = 1 << 30;
constexpr Column kColumns[] = {
    {"kernel", nullptr, 0, 0},
    {"format", nullptr, 0, 0},
    {"batch", &Point::batch, 1, kMost},
    {"q_len", &Point::q_len, 1, kMost},
    {"kv_len", &Point::kv_len, 1, kMost},
    {"head_dim", &Point::head_dim, 1, kMost},
    {"q_heads", &Point::q_heads, 1, kMost},
    {"kv_heads", &Point::kv_heads, 1, kMost},
    {"mask", nullptr, 0, 0},
    {"window", &Point::window, 0, kMost},
    {"splits", &Point::splits, 1, kMost},
    {"slots", &Point::slots, 0, kMost},
    {"kept", &Point::kept, 0, kMost},
    {"page", &Point::page, 0, kMost},
    {"l2", nullptr, 0, 0},
    {"set", nullptr, 0, 0},
};
constexpr std::string_view kNeeded[] = {"kernel", "q_len", "kv_len", "head_dim"};

/// What a field should have been, if it is not; the point gets it if it is.
std::string read_field(const Column& column, std::string_view text, Point& point) {
  if (column.number != nullptr) {
    int value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || end != text.data() + text.size() || value < column.least ||
        value > column.most)
      return "an integer from " + std::to_string(column.least) + " to " +
             std::to_string(column.most);
    point.*column.number = value;
    return "";
  }
  if (column.name == "mask") {
    point.causal = text == "causal" || text == "bottom_right_causal";
    return point.causal || text == "full" || text == "none" ? "" : "causal or full";
  }
  if (column.name == "l2") {
    point.warm = text == "warm";
    return point.warm || text == "cold" ? "" : "cold or warm";
  }
  if (column.name == "format") {
    point.format = text;
    return text == "bf16" || text == "fp16" || text == "int8" || text == "e4m3"
               ? ""
               : "bf16, fp16, int8 or e4m3";
  }
  (column.name == "kernel" ? point.kernel : point.set) = text;
  return column.name == "kernel" && text.empty() ? "the name of a kernel" : "";
}

class Table {
 public:
  explicit Table(std::string file) : file_(std::move(file)) {}
  Points result;

  void read(int line, const std::vector<base::CsvField>& fields) {
    line_ = line;
    if (columns_.empty())
      read_names(fields);
    else if (!broken_)
      read_point(fields);
  }
  void end() {
    if (columns_.empty()) complain(0, "no row of column names");
  }

 private:
  void complain(int column, std::string message) {
    result.complaints.push_back({file_, line_, column, std::move(message)});
  }

  void read_names(const std::vector<base::CsvField>& fields) {
    for (const base::CsvField& field : fields) {
      const Column* const column =
          std::find_if(std::begin(kColumns), std::end(kColumns),
                       [&](const Column& c) { return c.name == field.text; });
      const bool twice = std::find(columns_.begin(), columns_.end(), column) != columns_.end();
      if (column == std::end(kColumns) || twice) {
        std::string known;
        for (const Column& c : kColumns) known += (known.empty() ? "" : ", ") + std::string(c.name);
        complain(static_cast<int>(field.column),
                 "column '" + std::string(field.text) + "' " +
                     (twice ? "stands there twice" : "is not one of " + known));
        broken_ = true;
      }
      columns_.push_back(column);
    }
    for (const std::string_view name : kNeeded)
      if (std::none_of(columns_.begin(), columns_.end(), [&](const Column* column) {
            return column != std::end(kColumns) && column->name == name;
          })) {
        complain(1, "no column '" + std::string(name) + "'");
        broken_ = true;
      }
  }

  void read_point(const std::vector<base::CsvField>& fields) {
    if (fields.size() != columns_.size())
      return complain(1, std::to_string(fields.size()) + " fields; there are " +
                             std::to_string(columns_.size()) + " columns");
    Point point;
    point.line = line_;
    point.kv_heads = 0;  // as many as q_heads, if nothing is said
    bool right = true;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string_view text = fields[i].text;
      const bool needed =
          std::find(std::begin(kNeeded), std::end(kNeeded), columns_[i]->name) != std::end(kNeeded);
      if (text.empty() && !needed) continue;
      const std::string expected = read_field(*columns_[i], text, point);
      if (expected.empty()) continue;
      right = false;
      complain(
          static_cast<int>(fields[i].column),
          std::string(columns_[i]->name) + " is '" + std::string(text) + "', expected " + expected);
    }
    if (!right) return;
    if (point.kv_heads == 0) point.kv_heads = point.q_heads;
    const int blocks = (point.kv_len - 1) / kListedKeys + 1;
    if (point.kept > blocks)
      return complain(1, "kept is " + std::to_string(point.kept) + ", there are " +
                             std::to_string(blocks) + " blocks of " + std::to_string(kListedKeys) +
                             " keys");
    const auto [first, fresh] = lines_.emplace(key(point), line_);
    if (!fresh) return complain(1, "the point of line " + std::to_string(first->second) + " again");
    result.points.push_back(std::move(point));
  }

  std::string file_;
  int line_ = 0;
  std::vector<const Column*> columns_;
  bool broken_ = false;
  std::map<std::string, int> lines_;  // of each point
};

}  // namespace

std::string text_of(const Complaint& complaint) {
  std::string text = complaint.file;
  if (complaint.line > 0) text += ":" + std::to_string(complaint.line);
  if (complaint.line > 0 && complaint.column > 0) text += ":" + std::to_string(complaint.column);
  return text + ": " + complaint.message;
}

std::string key(const Point& p) {
  std::string text = p.kernel + " " + p.format;
  for (const int n : {p.batch, p.q_len, p.kv_len, p.head_dim, p.q_heads, p.kv_heads, p.window,
                      p.splits, p.slots, p.kept, p.page})
    text += " " + std::to_string(n);
  return text + (p.causal ? " causal" : " full") + (p.warm ? " warm" : " cold");
}

Points parse_points(std::string_view text, const std::string& file) {
  Table table(file);
  base::each_csv_row(text, [&](std::uint32_t line, const std::vector<base::CsvField>& fields) {
    table.read(static_cast<int>(line), fields);
    return true;
  });
  table.end();
  return std::move(table.result);
}

}  // namespace einfall::gpu_ref::records
