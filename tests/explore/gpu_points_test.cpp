#include "explore/gpu_points.hpp"

#include <catch2/catch.hpp>

#include "explore/gpu_fit.hpp"
#include "explore/gpu_report.hpp"
#include "explore/scenario.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::explore {
namespace {

base::Result<std::vector<GpuPoint>> parse(const std::string& text) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = "points.csv";
  file->text = text;
  return parse_gpu_points(file);
}

GpuPrediction prediction(double predicted, double measured) {
  GpuPrediction out;
  out.predicted_ms = predicted;
  out.point.measured_ms = measured;
  return out;
}

TEST_CASE("columns may stand in any order, and some need not be there", "[gpu]") {
  const auto points =
      parse("# from somewhere\r\nheads,head_dim,kv_len,q_len,note\r\n\r\n16,64,4K,1,x\r\n");
  REQUIRE(points);
  REQUIRE(points->size() == 1);
  const GpuPoint& point = points->front();
  CHECK(point.batch == 1);
  CHECK(point.q_heads == 16);
  CHECK(point.kv_heads == 16);
  CHECK(point.kv_len == 4096);
  CHECK(point.mask == "none");
  CHECK_FALSE(point.measured_ms);
  CHECK(point.span.line == 4);
}

TEST_CASE("a file of points without points, or without names, is none", "[gpu]") {
  CHECK(parse("q_len,kv_len,head_dim,q_heads\n").error().front().code == "E970");
  CHECK(parse("").error().front().code == "E970");
  CHECK(parse("\xff\xfe\x00garbage").error().front().code == "E970");
  CHECK(parse("q_len,q_len,kv_len,head_dim,q_heads\n").error().front().code == "E970");
  CHECK(parse("kernel,q_len,kv_len,head_dim,q_heads\n").error().front().code == "E970");
}

TEST_CASE("a column that asks for other elements, or no time, is refused", "[gpu]") {
  const std::string names = "q_len,kv_len,head_dim,q_heads,";
  for (const char* column : {"dtype", "format", "precision", "data_type"}) {
    CHECK(parse(names + column + "\n1,2,64,4,bf16\n").has_value());
    CHECK(parse(names + column + "\n1,2,64,4,e4m3\n").error().front().span.line == 2);
  }
  CHECK(parse(names + "median_ms\n1,2,64,4,1.5e-3\n")->front().measured_ms == 1.5e-3);
  for (const char* time : {"0", "-1", "0x1", "1e-320", "inf", "nan", "1 2"})
    CHECK(parse(names + "median_ms\n1,2,64,4," + time + "\n").error().front().code == "E970");
}

TEST_CASE("errors are those of their definitions", "[gpu]") {
  // -10 %, +20 %, -40 %.
  const GpuErrors e = errors_of({prediction(0.9, 1), prediction(2.4, 2), prediction(1.8, 3)});
  CHECK(e.n == 3);
  CHECK(e.mape == Approx(70.0 / 3));
  CHECK(e.median == Approx(20));
  CHECK(e.p90 == Approx(36));
  CHECK(e.max == Approx(40));
  CHECK(e.bias == Approx(-10));
  CHECK(e.rank_correlation.value() == Approx(0.5));
  CHECK(errors_of({}).n == 0);
  // Of one time, or of times that are all the same, there is no order.
  CHECK_FALSE(errors_of({prediction(0.9, 1)}).rank_correlation);
  CHECK_FALSE(errors_of({prediction(1, 1), prediction(2, 1)}).rank_correlation);
}

TEST_CASE("a fit document gives back what was fitted", "[gpu]") {
  GpuFit fit{"a-fit", "h200", "points.csv", {}, {}};
  fit.families[GpuFamily::kPrefill].launch = base::Cycles(1234);
  fit.families[GpuFamily::kPrefill].tensor_clock = base::Hertz(1'700'000'000);
  fit.families[GpuFamily::kDecode].cold =
      arch::ColdStart{base::Bytes(50'000'000), base::BytesPerSecond(2'500'000'000'000)};
  const std::string document = fit_document(fit);
  CHECK(document.find("prefill: {launch: 1234 cycles, tensor_clock: 1700 MHz}") !=
        std::string::npos);
  CHECK(document.find("decode: {cold: {bytes: 50 MB, bandwidth: 2500 GB/s}}") != std::string::npos);
}

TEST_CASE("a fit that no machine like this can be is doubted", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto points = parse("q_len,kv_len,head_dim,q_heads,median_ms\n256,256,128,64,1e6\n");
  const auto costed = predictor.cost(points->front());
  REQUIRE(costed);
  const arch::Machine& machine = *costed->costed.machine;
  const auto slow = fit_gpu("fit", "points.csv", *points, predictor);
  REQUIRE(slow);
  REQUIRE(doubts(*slow, machine).size() == 1);
  CHECK(doubts(*slow, machine).front().find("tensor_clock of prefill ends where") == 0);
  GpuFit fit{"fit", "h200", "points.csv", {}, {}};
  fit.families[GpuFamily::kPrefill].tensor_clock = machine.clock;
  fit.families[GpuFamily::kDecode].launch = base::Cycles(1);
  fit.families[GpuFamily::kDecode].bandwidth = base::BytesPerSecond(4'800'000'000'000);
  CHECK(doubts(fit, machine).empty());
  fit.families[GpuFamily::kPrefill].tensor_clock = base::Hertz(1'990'000'000);
  fit.families[GpuFamily::kDecode].launch = base::Cycles(0);
  fit.families[GpuFamily::kDecode].bandwidth = base::BytesPerSecond(4'801'000'000'000);
  CHECK(doubts(fit, machine).size() == 3);
  const tests::Scratch scratch;
  const std::string head =
      "einfall: 1\nfit: x\nmachine: h200\ntrained_on: y\nfamilies:\n  prefill: ";
  const std::string three = "{launch: 1 cycles, start: 1 cycles, tensor_clock: 1 MHz";
  CHECK(load_gpu_fit(scratch.write("a.yaml", head + three + "}\n")));
  const auto four = load_gpu_fit(scratch.write("b.yaml", head + three + ", bandwidth: 1 GB/s}\n"));
  REQUIRE_FALSE(four);
  CHECK(four.error().front().code == "E972");
}

TEST_CASE("any head dimension, length and number of heads is predicted", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto points = parse(
      "batch,q_len,kv_len,head_dim,q_heads,kv_heads,mask,window\n"
      "1,1,1,64,1,1,none,\n3,1,1000,96,14,2,bottom_right_causal,\n1,7,4099,80,8,8,causal,\n"
      "2,1000,1000,64,16,4,none,\n1,2,131072,256,64,8,bottom_right_causal,\n"
      "1,4096,4096,192,32,32,causal,\n1,4096,8192,128,32,8,sliding_window,512\n"
      "128,1,131072,256,128,1,none,\n1,131072,131072,128,8,1,causal,\n");
  REQUIRE(points);
  double before = 0;
  for (const GpuPoint& point : *points) {
    const GpuPrediction p = predictor.predict(point, nullptr);
    INFO(point.span.text() << " " << base::render(p.refused));
    REQUIRE(p.refused.empty());
    CHECK(p.predicted_ms > 0.0025);
    double sum = 0;
    for (const auto& effect : p.effects_ms) sum += effect.cycles;
    CHECK(sum == Approx(p.predicted_ms));
    before = p.predicted_ms;
  }
  CHECK(before > 50);  // 8 heads of 128K queries by 128K keys
}

TEST_CASE("times grow with keys, queries, batch and heads", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto ms = [&](const std::string& row) {
    const auto points = parse("batch,q_len,kv_len,head_dim,q_heads,kv_heads,mask\n" + row + "\n");
    return predictor.predict(points->front(), nullptr).predicted_ms;
  };
  CHECK(ms("1,2048,4096,128,64,8,causal") > ms("1,2048,2048,128,64,8,causal"));
  CHECK(ms("1,4096,4096,128,64,8,causal") > ms("1,2048,4096,128,64,8,causal"));
  CHECK(ms("1,4096,4096,128,64,8,none") > ms("1,4096,4096,128,64,8,causal"));
  CHECK(ms("8,1,8192,128,64,8,none") > ms("1,1,8192,128,64,8,none"));
  CHECK(ms("8,1,8192,256,64,8,none") > ms("8,1,8192,128,64,8,none"));
  // One query sees every key, masked or not.
  CHECK(ms("8,1,8192,128,64,8,bottom_right_causal") == ms("8,1,8192,128,64,8,none"));
}

TEST_CASE("one row more than a tile, or one head more, is no cliff", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto ms = [&](const std::string& row) {
    const auto points = parse("batch,q_len,kv_len,head_dim,q_heads,kv_heads,mask\n" + row + "\n");
    const GpuPrediction p = predictor.predict(points->front(), nullptr);
    INFO(row << base::render(p.refused));
    REQUIRE(p.refused.empty());
    return p.predicted_ms;
  };
  CHECK(ms("1,2,8192,128,64,8,causal") < 1.1 * ms("1,1,8192,128,64,8,none"));
  CHECK(ms("1,17,8192,128,64,8,none") < 1.6 * ms("1,16,8192,128,64,8,none"));
  CHECK(ms("8,1,32768,128,129,1,none") < 1.6 * ms("8,1,32768,128,128,1,none"));
  CHECK(ms("2,1,2048,256,61,61,none") <= ms("2,1,2048,256,62,62,none"));
}

// Which kernel is faster depends on the constants: those of a fit choose for themselves.
TEST_CASE("with fitted constants too one more of anything is not faster", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  GpuFit fit;
  fit.families[GpuFamily::kDecode].launch = base::Cycles(600);
  const auto ms = [&](const std::string& row) {
    const auto points = parse("batch,q_len,kv_len,head_dim,q_heads,kv_heads,mask\n" + row + "\n");
    return predictor.predict(points->front(), &fit).predicted_ms;
  };
  CHECK(ms("2,2,100,40,48,8,none") <= ms("4,2,100,40,48,8,none"));
  CHECK(ms("1,8,128,32,4,4,none") <= ms("1,8,129,32,4,4,none"));
  CHECK(ms("1,4,128,64,32,8,causal") <= ms("8,4,128,64,32,8,causal"));
}

TEST_CASE("spans of keys are put together by a kernel behind theirs", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto points = parse("q_len,kv_len,head_dim,q_heads,kv_heads\n1,8192,128,64,8\n");
  const auto costed = predictor.cost(points->front());
  REQUIRE(costed);
  REQUIRE(costed->combined);
  const auto splits = *parse_size(costed->settings.at("splits"));
  CHECK(splits > 1);
  // Keys and values, queries, results, and each span's results written and read.
  const double kv = 2.0 * 8 * 8192 * 128 * 2, row = 64 * 128 * 2.0, sums = 64 * 2 * 2.0;
  const auto time = time_on(*costed, {});
  REQUIRE(time);
  CHECK(time->bytes >= kv + 2 * row + 2 * double(splits) * (row + sums));
  CHECK(time->bytes < 1.05 * kv);
}

TEST_CASE("the same point is costed once", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto points = parse("q_len,kv_len,head_dim,q_heads\n64,64,64,1\n64,64,64,1\n");
  const auto first = predictor.cost(points->front()), again = predictor.cost(points->back());
  REQUIRE(first);
  REQUIRE(again);
  CHECK(first->costed.bound == again->costed.bound);
}

TEST_CASE("a fit wants at least as many points as constants", "[gpu]") {
  GpuPredictor predictor(EINFALL_SOURCE_DIR "/workloads/scenarios/gpu_attention.yaml", "h200");
  const auto fitted = [&](const std::string& rows) {
    const auto points = parse("q_len,kv_len,head_dim,q_heads,median_ms\n" + rows);
    if (!points) return points.error().front().code;
    const auto fit = fit_gpu("fit", "points.csv", *points, predictor);
    return fit ? std::string() : fit.error().front().code;
  };
  CHECK(fitted("") == "E970");
  CHECK(fitted("1,2048,128,64,\n") == "E972");
  CHECK(fitted("1,2048,128,64,0.01\n1,4096,128,64,0.02\n") == "E972");
  CHECK(fitted("256,256,128,64,0.02\n").empty());
  const std::string row = "1,2048,128,64,0.01\n";
  CHECK(fitted(row + row + row) == "E972");  // three times the same
}

}  // namespace
}  // namespace einfall::explore
