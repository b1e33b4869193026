#include "explore/progress.hpp"

#include <catch2/catch.hpp>

#include "explore/simulation.hpp"

namespace einfall::explore {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a progress line comes after two seconds, four times a second, and goes away",
          "[progress]") {
  std::string out;
  const ProgressLine::Clock::time_point start{};
  ProgressLine line([&](const std::string& text) { out += text; }, start);
  line.show(10, 0.1, start + milliseconds(1999));
  line.clear();
  CHECK(out.empty());
  line.show(20, 0.25, start + milliseconds(2000));
  CHECK(out == "\r20 cycles simulated, 25.0 % of the work\x1b[K");
  line.show(21, 0.26, start + milliseconds(2249));
  CHECK(out.find("21") == std::string::npos);
  line.show(22, 0.27, start + milliseconds(2250));
  CHECK(out.find("22 cycles") != std::string::npos);
  line.clear();
  CHECK(out.substr(out.size() - 4) == "\r\x1b[K");
}

TEST_CASE("whoever asks for the progress of a run is told, up to all of its work", "[progress]") {
  Documents documents;
  SimulationOptions options;
  options.execution.fast_forward = false;
  std::int64_t last_cycles = 0;
  double last_share = 0;
  options.progress = [&](std::int64_t cycles, double share) {
    CHECK(cycles >= last_cycles);
    CHECK(share >= last_share);
    CHECK(share <= 1);
    last_cycles = cycles;
    last_share = share;
  };
  const auto run = simulate_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/fusemax.yaml",
                                     {{"design", "binding"}, {"seq_len", "16K"}, {"heads", "1"}},
                                     documents, options);
  REQUIRE(run);
  CHECK(last_cycles > run->cycles / 2);
  CHECK(last_share > 0.5);
}

}  // namespace
}  // namespace einfall::explore
