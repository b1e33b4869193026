#include "explore/gpu_kernels.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iterator>

#include "tests/support/scratch.hpp"

namespace einfall::explore {
namespace {

namespace records = gpu_ref::records;

const auto kNowhere = std::make_shared<base::SourceFile>();

std::string tree(const std::string& path) { return EINFALL_SOURCE_DIR "/" + path; }
std::string nothing_refused(const records::Point&) { return {}; }
KernelPredictor predictor() { return {tree("workloads/scenarios/gpu"), "h200", nothing_refused}; }

records::Point point_of(const std::string& kernel) {
  records::Point point;
  point.kernel = kernel;
  point.head_dim = 128;
  point.q_len = point.kv_len = 4096;
  point.q_heads = point.kv_heads = 64;
  return point;
}
records::Prediction predicted(const records::Point& point) {
  const KernelPrediction p = predictor().predict(point, kNowhere);
  INFO(point.kernel << " " << base::render(p.refused));
  REQUIRE(p.refused.empty());
  double sum = 0;
  for (const auto& effect : p.effects_ms) sum += effect.cycles;
  CHECK(sum == Approx(p.record.predicted_ms).epsilon(1e-4));
  double kept = 0;
  for (const auto& effect : p.record.effects) kept += effect.ms;
  CHECK(kept == Approx(p.record.predicted_ms).epsilon(1e-4));
  CHECK(p.record.dram_bytes == std::round(p.record.dram_bytes));
  return p.record;
}

TEST_CASE("the predictions that are committed are those of the tree", "[gpu]") {
  const auto points = read_kernel_points(tree("gpu_ref/points.csv"));
  REQUIRE(points);
  REQUIRE(points->has_value());
  REQUIRE((*points)->points.size() == 287);
  KernelPredictor one = predictor();
  std::vector<KernelPrediction> predictions;
  for (const records::Point& point : (*points)->points) {
    predictions.push_back(one.predict(point, kNowhere));
    INFO(base::render(predictions.back().refused));
    REQUIRE(predictions.back().refused.empty());
  }
  std::ifstream in(tree("gpu_ref/predictions.jsonl"));
  const std::string committed{std::istreambuf_iterator<char>(in), {}};
  INFO("renew it: einfall gpu predict gpu_ref/points.csv -o gpu_ref/predictions.jsonl");
  CHECK((committed == prediction_lines(predictions)));
}

TEST_CASE("passes over keys cost bytes in decoding and products in prompts", "[gpu]") {
  records::Point decode = point_of("k5-split-1");
  decode.q_len = 1;
  decode.kv_len = 131072;
  decode.batch = 4;
  decode.kv_heads = 8;
  decode.splits = 8;
  const double one = predicted(decode).dram_bytes;
  decode.kernel = "k5-split-2";
  CHECK(predicted(decode).dram_bytes / one == Approx(1.5).epsilon(0.01));
  decode.kernel = "k5-split-3";
  CHECK(predicted(decode).dram_bytes / one == Approx(2.0).epsilon(0.01));
  const double products = predicted(point_of("k3-one-pass")).multiply_adds;
  CHECK(products == 2.0 * 64 * 4096 * 4096 * 128);
  CHECK(predicted(point_of("k2-two-pass")).multiply_adds == 1.5 * products);
  CHECK(predicted(point_of("k2-three-pass")).multiply_adds == 2 * products);
}

TEST_CASE("under a causal mask too every key and value comes once at least", "[gpu]") {
  records::Point point = point_of("k3-one-pass");
  for (const bool causal : {false, true}) {
    point.causal = causal;
    const double elements = 2.0 * point.head_dim * point.batch *
                            (point.q_heads * point.q_len + point.kv_heads * point.kv_len);
    CHECK(predicted(point).dram_bytes >= 2 * elements * (1 - 1e-5));
  }
}

TEST_CASE("warpgroups that take turns overlap more where exponentials take as long", "[gpu]") {
  records::Point point = point_of("k4-ping-pong");
  point.head_dim = 64;
  const double turns = predicted(point).predicted_ms;
  point.kernel = "k4-no-ping-pong";
  CHECK(predicted(point).predicted_ms > 1.2 * turns);
}

TEST_CASE("warm decoding waits for no DRAM", "[gpu]") {
  records::Point point = point_of("k5-split-1");
  point.q_len = 1;
  point.kv_heads = 8;
  point.splits = 33;
  point.kv_len = 8192;
  const double cold = predicted(point).predicted_ms;
  point.warm = true;
  CHECK(predicted(point).predicted_ms < cold);
}

TEST_CASE("a scenario without the kernel's name, or without what a point asks, refuses", "[gpu]") {
  const auto code = [](const records::Point& point) {
    const KernelPrediction p = predictor().predict(point, kNowhere);
    return p.refused.empty() ? "" : p.refused.front().code;
  };
  CHECK(code(point_of("k99")) == "E971");
  CHECK(code(point_of("../gpu_attention")) == "E971");
  records::Point paged = point_of("k5-split-1");
  paged.page = 16;
  CHECK(code(paged) == "E971");
  records::Point split = point_of("k3-one-pass");
  split.splits = 4;
  CHECK(code(split) == "E971");
  records::Point other = point_of("k3-one-pass");
  other.format = "int8";
  CHECK(code(other) == "E952");
  records::Point uneven = point_of("k3-one-pass");
  uneven.kv_heads = 3;
  CHECK(code(uneven) == "E971");
}

TEST_CASE("what the kernel itself refuses is not predicted", "[gpu]") {
  KernelPredictor one(tree("workloads/scenarios/gpu"), "h200", [](const records::Point& point) {
    return point.kv_len % 8 == 0 ? "" : "rows are multiples of 8 long";
  });
  records::Point point = point_of("k9-softmax-1");
  CHECK(one.predict(point, kNowhere).refused.empty());
  point.kv_len = 4097;
  const KernelPrediction refused = one.predict(point, kNowhere);
  REQUIRE(refused.refused.size() == 1);
  CHECK(refused.refused.front().code == "E971");
  CHECK(refused.refused.front().message ==
        "'k9-softmax-1' does not do this: rows are multiples of 8 long");
}

TEST_CASE("points of kernels are those of files with a column 'kernel'", "[gpu]") {
  const tests::Scratch scratch;
  const auto none = read_kernel_points(
      scratch.write("a.csv", "# kernel,\n\nq_len,kv_len,head_dim,q_heads\n1,2,3,4\n"));
  REQUIRE(none);
  CHECK_FALSE(none->has_value());
  const auto one = read_kernel_points(
      scratch.write("b.csv", "q_len, kernel ,kv_len,head_dim\n1,k3-one-pass,2,64\n"));
  REQUIRE(one);
  CHECK((*one)->points.size() == 1);
  const auto wrong =
      read_kernel_points(scratch.write("c.csv", "kernel,q_len,kv_len,head_dim\nk3,x,2,64\n"));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().front().code == "E970");
  CHECK(wrong.error().front().span.line == 2);
  CHECK_FALSE(read_kernel_points(scratch.path("nowhere.csv")));
  CHECK_FALSE(read_kernel_points(scratch.write("d.csv", "kernel,q_len,kv_len,head_dim\n")));
}

TEST_CASE("a part of a composition runs as often as it says, and where it says", "[gpu]") {
  Documents documents;
  const auto whole = cost_scenario(tree("workloads/scenarios/gpu/k1-unfused.yaml"),
                                   {{"batch", "3"}, {"kv_heads", "5"}}, documents);
  REQUIRE(whole);
  REQUIRE(whole->parts.size() == 3);
  double seconds = 0;
  for (const CostedPart& part : whole->parts) {
    CHECK(part.times == (part.name == "softmax" ? 1 : 15));
    seconds += static_cast<double>(part.times) * part.costed.time_s;
  }
  CHECK(whole->time_s == Approx(seconds));
  const std::string split = tree("workloads/scenarios/gpu/k5-split-1.yaml");
  CHECK(cost_scenario(split, {}, documents)->parts.size() == 1);
  CHECK(cost_scenario(split, {{"splits", "4"}}, documents)->parts.size() == 2);
  const tests::Scratch scratch;
  const std::string part = tree("workloads/scenarios/gpu/gpu_gemm.yaml");
  const auto wrong = cost_scenario(
      scratch.write("wrong.yaml", "einfall: 1\nscenario: wrong\ncompose:\n  a:\n    scenario: " +
                                      part + "\n    times: twice\n"),
      {}, documents);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().front().code == "E956");
}

}  // namespace
}  // namespace einfall::explore
