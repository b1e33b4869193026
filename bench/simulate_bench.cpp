#include <benchmark/benchmark.h>

#include <string>

#include "explore/simulation.hpp"

// Simulated cycles a second of FuseMax's pipelined binding on fusemax-cloud, one head, timing only:
// every operation executed, then with its steady state skipped.
namespace {

using namespace einfall;

const std::string kScenario = std::string(EINFALL_SOURCE_DIR) + "/workloads/scenarios/fusemax.yaml";

void simulate(benchmark::State& state, const std::string& schedule, const std::string& seq_len,
              bool fast_forward) {
  explore::Documents documents;
  const auto costed = explore::cost_scenario(
      kScenario, {{"heads", "1"}, {"seq_len", seq_len}, {"schedule", schedule}}, documents);
  if (!costed) return state.SkipWithError(costed.error().front().message.c_str());
  explore::SimulationOptions options;
  options.execution.fast_forward = fast_forward;
  double cycles = 0;
  double visits = 0;
  for (auto _ : state) {
    const auto simulated = explore::simulate_costed(*costed, options);
    if (!simulated) return state.SkipWithError(simulated.error().front().message.c_str());
    cycles += static_cast<double>(simulated->cycles);
    for (const explore::SimulatedEngine& engine : simulated->engines)
      visits += static_cast<double>(engine.use.visits);
  }
  state.counters["cycles/s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
  if (!fast_forward)
    state.counters["visits/s"] = benchmark::Counter(visits, benchmark::Counter::kIsRate);
}

/// Every model, length and design of the paper's comparison, from the documents on, each of which
/// is read once.
void whole_table(benchmark::State& state) {
  for (auto _ : state) {
    explore::Documents documents;
    for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"})
      for (const char* model : {"BERT", "TrXL", "T5", "XLM"})
        for (const char* seq_len : {"1K", "4K", "16K", "64K", "256K", "1M"}) {
          const auto simulated = explore::simulate_scenario(
              kScenario, {{"design", design}, {"model", model}, {"seq_len", seq_len}}, documents,
              {});
          if (!simulated) return state.SkipWithError(simulated.error().front().message.c_str());
        }
  }
}

BENCHMARK_CAPTURE(simulate, phased_64K_every_operation, "phased", "64K", false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulate, pipelined_64K_every_operation, "pipelined", "64K", false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulate, phased_1M_skipping, "phased", "1M", true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulate, pipelined_1M_skipping, "pipelined", "1M", true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(whole_table)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
