#include "explore/gpu_join.hpp"

#include <catch2/catch.hpp>

#include "gpu_ref/records/source_hash.hpp"
#include "tests/support/scratch.hpp"

// Records here are made up: nothing was measured.
namespace einfall::explore {
namespace {

namespace records = gpu_ref::records;

struct MadeUp {
  records::Records record, predictions;

  MadeUp() {
    records::Run run;
    run.id = "made-up";
    run.witness = "gpu";
    record.runs = {run};
  }
  records::Measurement& measured(const std::string& kernel, int keys, double ms) {
    records::Measurement m;
    m.run = "made-up";
    m.correct = true;
    m.point.kernel = kernel;
    m.point.kv_len = keys;
    m.source = "kernels/k3_one_pass.cpp";
    m.source_sha256 = records::source_hash(EINFALL_SOURCE_DIR, m.source).value();
    m.median_us = 1e3 * ms;
    record.measurements.push_back(m);
    return record.measurements.back();
  }
  void predicted(const std::string& kernel, int keys, double ms) {
    records::Prediction p;
    p.point.kernel = kernel;
    p.point.kv_len = keys;
    p.point.set = "another";
    p.predicted_ms = ms;
    predictions.predictions.push_back(p);
  }
  [[nodiscard]] JoinedRecord joined() const {
    return join(record, predictions, EINFALL_SOURCE_DIR);
  }
};

TEST_CASE("measurements are joined with the predictions of their points", "[gpu]") {
  MadeUp made_up;
  made_up.measured("k3-one-pass", 64, 2);
  made_up.measured("k4-ping-pong", 64, 1);
  made_up.measured("k4-no-ping-pong", 64, 4);
  made_up.measured("k4-no-ping-pong", 128, 1);  // nobody predicts it
  made_up.measured("k4-no-ping-pong", 256, 1).source_sha256 = "old";
  made_up.measured("k4-no-ping-pong", 512, 1).correct = false;
  made_up.predicted("k3-one-pass", 64, 1);
  made_up.predicted("k4-ping-pong", 64, 1.1);
  made_up.predicted("k4-no-ping-pong", 64, 5);
  made_up.predicted("k4-no-ping-pong", 256, 1);
  const JoinedRecord joined = made_up.joined();
  CHECK(joined.points.size() == 3);
  CHECK(joined.count(NotCompared::kUnpredicted) == 1);
  CHECK(joined.count(NotCompared::kStale) == 1);
  std::map<std::string, GpuErrors> errors;
  for (const GpuGroup& group : groups_of(joined)) errors[group.name] = errors_of(group.predictions);
  CHECK(errors.size() == 5);  // all, k3, k4 and its two
  CHECK(errors["all"].n == 3);
  CHECK(errors["all"].max == Approx(50));
  CHECK(errors["k3"].bias == Approx(-50));
  CHECK(errors["k4"].n == 2);
  CHECK(errors["k4"].mape == Approx(17.5));
  CHECK(errors["k4"].rank_correlation.value() == Approx(1));
  CHECK(errors["k4-no-ping-pong"].median == Approx(25));
}

TEST_CASE("what a record said of its points beforehand stays", "[gpu]") {
  MadeUp made_up;
  made_up.measured("k3-one-pass", 64, 2).predicted_ms = 3;
  made_up.predicted("k3-one-pass", 64, 1);
  const JoinedRecord joined = made_up.joined();
  REQUIRE(joined.points.size() == 1);
  CHECK(*joined.points.front().measurement.predicted_ms == 3);
  CHECK(joined.points.front().effects_ms.empty());
}

TEST_CASE("what does not count is left out for a reason, and named", "[gpu]") {
  MadeUp made_up;
  for (const int keys : {64, 128, 256}) made_up.measured("k3-one-pass", keys, 1);
  made_up.measured("k3-one-pass", 64, 2);  // again
  made_up.measured("k3-one-pass", 512, 1).run = "nowhere";
  made_up.record.measurements[1].correct = false;
  made_up.predicted("k3-one-pass", 64, 1);
  records::Run rehearsal = made_up.record.runs.front();
  rehearsal.id = "rehearsal";
  rehearsal.witness = "executor";
  made_up.record.runs.push_back(rehearsal);
  made_up.record.measurements[2].run = "rehearsal";
  const JoinedRecord joined = made_up.joined();
  REQUIRE(joined.points.size() == 1);
  CHECK(joined.points.front().measurement.median_us == 2e3);
  CHECK(joined.left_out.size() == 4);
  CHECK(joined.count(NotCompared::kAgain) == 1);
  CHECK(joined.count(NotCompared::kNoRun) == 1);
  CHECK(joined.left_out.at(NotCompared::kWrong).front().kv_len == 128);
  CHECK(joined.left_out.at(NotCompared::kRehearsal).front().kv_len == 256);
  records::Validation failed;
  failed.run = "made-up";
  failed.point.kernel = "k3-one-pass";
  failed.source_sha256 = made_up.record.measurements.front().source_sha256;
  made_up.record.validations = {failed};
  CHECK(made_up.joined().points.empty());
  CHECK(made_up.joined().count(NotCompared::kFailedCheck) == 2);
}

TEST_CASE("a measured kernel is said to spend what was predicted of it", "[gpu]") {
  MadeUp made_up;
  made_up.measured("k3-one-pass", 64, 2);
  made_up.measured("k3-one-pass", 128, 2);
  made_up.measured("k4-ping-pong", 64, 1);
  for (const int keys : {64, 128}) made_up.predicted("k3-one-pass", keys, 1);
  made_up.predicted("k4-ping-pong", 64, 1);
  made_up.predictions.predictions[0].effects = {{"hbm", 0.75}, {"launch", 0.25}};
  made_up.predictions.predictions[1].effects = {{"mma", 1}};
  const auto groups = attributed(made_up.joined());
  REQUIRE(groups.size() == 1);  // of the other kernel nothing is known
  const std::string text = effects_text(groups);
  CHECK(text.find("hbm") < text.find("37.5 %"));
  CHECK(text.find("mma") < text.find("50.0 %"));
  CHECK(text.find("-50.00") != std::string::npos);
}

TEST_CASE("another device, or no time, is not compared", "[gpu]") {
  MadeUp made_up;
  made_up.record.runs.front().device = "NVIDIA H200";
  for (const int keys : {64, 128, 256}) made_up.predicted("k3-one-pass", keys, 1);
  for (records::Prediction& p : made_up.predictions.predictions) p.machine = "h200";
  made_up.measured("k3-one-pass", 64, 2);
  made_up.measured("k3-one-pass", 128, 0);
  made_up.measured("k3-one-pass", 256, 1).predicted_ms = -1;
  CHECK(made_up.joined().points.size() == 1);
  CHECK(made_up.joined().count(NotCompared::kNoTimes) == 2);
  made_up.record.runs.front().device = "NVIDIA A100-SXM4-80GB";
  CHECK(made_up.joined().points.empty());
  CHECK(made_up.joined().count(NotCompared::kElsewhere) == 3);
}

TEST_CASE("predictions are lines of a record, and are read again", "[gpu]") {
  records::Prediction p;
  p.point.kernel = "k3-one-pass";
  p.point.window = 256;
  p.machine = "h200";
  p.predicted_ms = 0.25;
  p.documents_sha256 = "made up";
  const records::Records read = records::parse_records(records::line_of(p), "made up");
  CHECK(read.complaints.empty());
  REQUIRE(read.predictions.size() == 1);
  CHECK(records::key(read.predictions.front().point) == records::key(p.point));
  CHECK(read.predictions.front().predicted_ms == 0.25);
  CHECK(read.predictions.front().machine == "h200");
}

TEST_CASE("a record begins with an object", "[gpu]") {
  const tests::Scratch scratch;
  CHECK(is_record(scratch.write("a", "\n {\"record\": \"run\"}\n")));
  CHECK_FALSE(is_record(scratch.write("b", "kernel,q_len\n")));
  CHECK_FALSE(is_record(scratch.path("nowhere")));
}

}  // namespace
}  // namespace einfall::explore
