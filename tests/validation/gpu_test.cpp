#include <catch2/catch.hpp>

#include "explore/gpu_fit.hpp"
#include "explore/gpu_report.hpp"

/// The GPU model against published measurements: what the fits were trained on, what they were not,
/// and another GPU. The bounds are errors that were found, rounded up a little.
namespace einfall::explore {
namespace {

std::string data(const std::string& name) { return EINFALL_SOURCE_DIR "/workloads/" + name; }
std::vector<GpuPoint> points_of(const std::string& name) {
  auto points = read_gpu_points(data("measurements/" + name));
  if (!points) FAIL(base::render(points.error()));
  return *std::move(points);
}
GpuPredictor predictor_of(const std::string& machine) {
  return {data("scenarios/gpu_attention.yaml"), machine};
}
template <class Wanted>
std::vector<GpuPoint> those(const std::vector<GpuPoint>& points, const Wanted& wanted) {
  std::vector<GpuPoint> out;
  for (const GpuPoint& point : points)
    if (wanted(point)) out.push_back(point);
  return out;
}
std::vector<GpuPrediction> predictions_of(const std::vector<GpuPoint>& points,
                                          const std::string& machine, const GpuFit* fit) {
  GpuPredictor predictor = predictor_of(machine);
  std::vector<GpuPrediction> out;
  for (const GpuPoint& point : points) {
    out.push_back(predictor.predict(point, fit));
    INFO(base::render(out.back().refused));
    REQUIRE(out.back().refused.empty());
  }
  return out;
}
bool prefill(const GpuPoint& point) { return point.phase == "prefill"; }
bool decode(const GpuPoint& point) { return point.phase == "decode"; }

const char* const kTraining = "h200_cudnn_bf16_train.csv";

TEST_CASE("zero-fit: data sheet and microbenchmarks alone", "[validation]") {
  const auto points = points_of(kTraining);
  REQUIRE(points.size() == 56);
  const GpuErrors prompts = errors_of(predictions_of(those(points, prefill), "h200", nullptr));
  CHECK(prompts.n == 40);
  CHECK(prompts.mape < 4.3);
  CHECK(prompts.max < 9);
  CHECK(prompts.rank_correlation > 0.975);
  // Nothing says yet that the first bytes of a run come slower.
  const GpuErrors steps = errors_of(predictions_of(those(points, decode), "h200", nullptr));
  CHECK(steps.n == 16);
  CHECK(steps.mape < 13.5);
  CHECK(steps.bias < -10);
}

TEST_CASE("few-fit: the fit that ships, on the points it was trained on", "[validation]") {
  const auto fit = load_gpu_fit(data("measurements/h200_fit.yaml"));
  REQUIRE(fit);
  CHECK(fit->trained_on == kTraining);
  const auto points = points_of(kTraining);
  const GpuErrors prompts = errors_of(predictions_of(those(points, prefill), "h200", &*fit));
  CHECK(prompts.mape < 3.2);
  CHECK(prompts.max < 9);
  const GpuErrors steps = errors_of(predictions_of(those(points, decode), "h200", &*fit));
  CHECK(steps.mape < 1.4);
  CHECK(steps.max < 3.9);
}

TEST_CASE("the fit that ships is what fitting its training set gives", "[validation][slow]") {
  const auto shipped = load_gpu_fit(data("measurements/h200_fit.yaml"));
  REQUIRE(shipped);
  const auto points = those(points_of(kTraining), decode);
  GpuPredictor predictor = predictor_of("h200");
  const auto fit = fit_gpu("again", kTraining, points, predictor);
  REQUIRE(fit);
  const GpuConstants& now = fit->families.at(GpuFamily::kDecode);
  const GpuConstants& then = shipped->families.at(GpuFamily::kDecode);
  CHECK(now.launch == then.launch);
  CHECK(now.bandwidth == then.bandwidth);
  CHECK(now.cold->bandwidth == then.cold->bandwidth);
}

TEST_CASE("squares and chunks of prompts want different clocks of the products",
          "[validation][slow]") {
  const auto points = those(points_of(kTraining), prefill);
  const auto squares = those(points, [](const GpuPoint& p) { return p.q_len == p.kv_len; });
  const auto chunks = those(points, [](const GpuPoint& p) { return p.q_len != p.kv_len; });
  REQUIRE(squares.size() == 8);
  REQUIRE(chunks.size() == 32);
  GpuPredictor predictor = predictor_of("h200");
  const auto fitted = [&](const auto& training, const auto& held_out) {
    const auto fit = fit_gpu("half", kTraining, training, predictor);
    REQUIRE(fit);
    return errors_of(predictions_of(held_out, "h200", &*fit));
  };
  // The machine's own start and launch are right for each of them.
  CHECK(fitted(squares, squares).mape < 0.8);
  CHECK(fitted(chunks, chunks).mape < 1.4);
  const GpuErrors of_chunks = fitted(squares, chunks), of_squares = fitted(chunks, squares);
  CHECK(of_chunks.mape < 9.5);
  CHECK(of_chunks.bias < -9);
  CHECK(of_squares.mape < 9.7);
  CHECK(of_squares.bias > 9);
  // What 64 heads say of squares holds for 32.
  const auto heads = [&](std::int64_t n) {
    return those(squares, [n](const GpuPoint& p) { return p.q_heads == n; });
  };
  CHECK(fitted(heads(64), heads(32)).mape < 0.6);
  CHECK(fitted(heads(32), heads(64)).mape < 1);
}

TEST_CASE("fitted on 64 heads, prompts of 32 heads are predicted as well", "[validation][slow]") {
  const auto points = those(points_of(kTraining), [](const GpuPoint& p) {
    return prefill(p) && p.kv_len <= 32768 && p.q_len <= 8192;
  });
  const auto heads = [&](std::int64_t n) {
    return those(points, [n](const GpuPoint& p) { return p.q_heads == n; });
  };
  GpuPredictor predictor = predictor_of("h200");
  const auto fit = fit_gpu("64-heads", kTraining, heads(64), predictor);
  REQUIRE(fit);
  const GpuErrors trained = errors_of(predictions_of(heads(64), "h200", &*fit));
  const GpuErrors held_out = errors_of(predictions_of(heads(32), "h200", &*fit));
  CHECK(held_out.n == 11);
  CHECK(held_out.mape < trained.mape + 1);
  CHECK(held_out.max < 12.5);
}

TEST_CASE("H100 without a fit: FlashAttention-3 at three head dimensions", "[validation]") {
  const auto points = points_of("h100_flash3_fp16.csv");
  const auto long_ones = those(points, [](const GpuPoint& p) { return p.q_len >= 2048; });
  REQUIRE(long_ones.size() == 24);
  const GpuErrors errors = errors_of(predictions_of(long_ones, "h100", nullptr));
  CHECK(errors.mape < 2.5);
  CHECK(errors.max < 9);
  // Short sequences have costs that the model does not.
  const GpuErrors all = errors_of(predictions_of(points, "h100", nullptr));
  CHECK(all.mape < 5.8);
  CHECK(all.bias < 0);
}

TEST_CASE("A100 without a fit: too fast where mma.sync waits for its operands", "[validation]") {
  const auto points = points_of("a100_cudnn_bf16.csv");
  const GpuErrors prompts = errors_of(predictions_of(those(points, prefill), "a100", nullptr));
  CHECK(prompts.n == 8);
  CHECK(prompts.bias < 0);
  CHECK(prompts.mape < 35);
  CHECK(prompts.rank_correlation > 0.99);
}

}  // namespace
}  // namespace einfall::explore
