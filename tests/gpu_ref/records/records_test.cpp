#include <catch2/catch.hpp>

#include "gpu_ref/records/json.hpp"
#include "gpu_ref/records/record.hpp"
#include "gpu_ref/records/statistics.hpp"

namespace einfall::gpu_ref::records {
namespace {

Run some_run(const std::string& witness) {
  Run run;
  run.id = "r1";
  run.witness = witness;
  run.device = "a \"device\"\n";
  run.seed = 0x123456789abcdefULL;
  return run;
}
Measurement some_measurement() {
  Measurement m;
  m.run = "r1";
  m.point.kernel = "k3-one-pass";
  m.point.kv_len = 4096;
  m.point.causal = true;
  m.source_sha256 = "abc";
  m.median_us = 0.1 + 0.2;
  m.launches = {{132, 128, 4096, 255, 0, 2}, {1, 32, 0, 10, 8, 16}};
  m.errors.cosine = 1;
  m.correct = true;
  return m;
}

TEST_CASE("what is written is what is read", "[records]") {
  Measurement m = some_measurement();
  Validation v;
  v.run = "r1";
  v.check = "ones";
  v.message = "tab\t, backslash \\, umlaut \xc3\xa4";
  Refusal refusal{"r1", m.point, "abc", "no"};
  Ceiling ceiling;
  ceiling.run = "r1";
  ceiling.per_second = 4.2e12;
  const std::string text =
      line_of(some_run("gpu")) + line_of(m) + line_of(v) + line_of(refusal) + line_of(ceiling);
  const Records records = parse_records(text, "f");
  CHECK(records.complaints.empty());
  REQUIRE(records.runs.size() == 1);
  CHECK(records.runs[0].seed == 0x123456789abcdefULL);
  CHECK(records.runs[0].device == "a \"device\"\n");
  REQUIRE(records.measurements.size() == 1);
  CHECK(records.measurements[0].median_us == 0.1 + 0.2);
  CHECK(records.measurements[0].launches.size() == 2);
  CHECK(!records.measurements[0].predicted_ms);
  REQUIRE(records.validations.size() == 1);
  CHECK(records.validations[0].message == v.message);
  CHECK(line_of(records.measurements[0]) == line_of(m));
  CHECK(line_of(records.refusals.at(0)) == line_of(refusal));
  CHECK(line_of(records.ceilings.at(0)) == line_of(ceiling));
  m.predicted_ms = 0.5;
  CHECK(parse_records(line_of(m), "f").measurements.at(0).predicted_ms == 0.5);
}

TEST_CASE("a file cut anywhere loses its last line only, and says so", "[records]") {
  const std::string first = line_of(some_run("gpu")), second = line_of(some_measurement());
  for (std::size_t cut = 0; cut < second.size(); ++cut) {
    const Records records = parse_records(first + second.substr(0, cut), "f");
    REQUIRE(records.runs.size() == 1);
    REQUIRE(records.measurements.empty());
    REQUIRE(records.complaints.size() == (cut == 0 ? 0 : 1));
    if (cut > 0) REQUIRE(records.complaints[0].line == 2);
  }
}

TEST_CASE("lines that are no records are complaints with their places", "[records]") {
  const auto complaint = [](const std::string& line) {
    const Records records = parse_records("\n" + line + "\n", "f");
    REQUIRE(records.complaints.size() == 1);
    CHECK(records.complaints[0].line == 2);
    return text_of(records.complaints[0]);
  };
  CHECK(complaint("{\"record\" 3}") == "f:2:11: expected ':'");
  CHECK(complaint("[]") == "f:2:1: not a record");
  CHECK(complaint("{\"record\": \"run\"}") == "f:2:1: a record of no run");
  CHECK(complaint(R"({"record": "rum", "run": "r"})").find("'rum'") != std::string::npos);
  CHECK(complaint(R"({"record": "run", "run": "r", "sm_count": 1.5})") ==
        "f:2:1: sm_count is not an integer of 32 bits");
  CHECK(complaint(R"({"record": "run", "run": "r", "seed": "x"})").find("digits") !=
        std::string::npos);
  CHECK(complaint(R"({"record": "measurement", "run": "r", "point": {"batch": "2"}})") ==
        "f:2:1: point.batch is not a number");
  CHECK(complaint(R"({"record": "measurement", "run": "r", "launches": [3]})") ==
        "f:2:1: launches is not a list of objects");
  complaint("{\"a\": " + std::string(1000, '['));
  complaint("{\"a\": \"\\u12\"}");
  complaint("{\"a\": 1e999}");
  complaint("\"open");
  CHECK(read_records("/nonexistent/file").complaints.size() == 1);
}

TEST_CASE("records of the executor, and wrong results, are no measurements", "[records]") {
  Measurement m = some_measurement();
  CHECK(counted(parse_records(line_of(some_run("gpu")) + line_of(m), "f")).size() == 1);
  CHECK(counted(parse_records(line_of(some_run("executor")) + line_of(m), "f")).empty());
  CHECK(counted(parse_records(line_of(m), "f")).empty());  // of an unknown run
  m.correct = false;
  CHECK(counted(parse_records(line_of(some_run("gpu")) + line_of(m), "f")).empty());
}

TEST_CASE("the last record of a point and source counts", "[records]") {
  Measurement one = some_measurement(), again = one, other = one;
  again.median_us = 7;
  again.point.set = "another purpose";
  other.source_sha256 = "def";
  const auto last = counted(
      parse_records(line_of(some_run("gpu")) + line_of(one) + line_of(other) + line_of(again), ""));
  REQUIRE(last.size() == 2);
  CHECK(last[0].source_sha256 == "def");
  CHECK(last[1].median_us == 7);
}

TEST_CASE("texts of JSON are read as they are meant", "[records]") {
  JsonError error;
  const auto value =
      parse_json(R"( {"a": [1, -2.5e3, true, null], "b": "\u00e4\n\u20ac"} )", error);
  REQUIRE(value);
  CHECK(value->find("a")->items()[1].number() == -2500);
  CHECK(value->find("b")->text() == "\xc3\xa4\n\xe2\x82\xac");
  CHECK(value->find("c") == nullptr);
  CHECK(Json::of(1.0 / 0.0).print() == "null");
  for (const char* wrong : {"", "{", "[1,]", "tru", "\"\\x\"", "1 2", "{\"a\":}", "nan", "inf"})
    CHECK(!parse_json(wrong, error));
}

TEST_CASE("quantiles lie between neighbours on a straight line", "[records]") {
  CHECK(quantile({}, 0.5) == 0);
  CHECK(quantile({3}, 0.9) == 3);
  CHECK(quantile({4, 1, 3, 2}, 0.5) == 2.5);
  CHECK(quantile({0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 0.1) == 10);
  CHECK(quantile({1, 2}, 1) == 2);
}

}  // namespace
}  // namespace einfall::gpu_ref::records
