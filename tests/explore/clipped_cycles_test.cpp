#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "explore/simulation.hpp"
#include "tests/support/scratch.hpp"

/// Loops that are cut short in some of their runs and take few cycles each: the model goes through
/// them with their mean, the simulator one by one.
namespace einfall::explore {
namespace {

constexpr const char* kMachine = R"(einfall: 1
machine: one-lane
source: a lane beside a memory that sends a word a cycle
clock: 1 GHz
word: 64 bit
no_energy: not asked for
features:
  units:
    lane: {lanes: 1, dataflows: [vector], operators: {mac: {}}, registers: 4, source: chosen}
  memories:
    dram: {row: 8 B, bandwidth: 8 GB/s, source: chosen}
    buffer: {row: 8 B, source: chosen}
implementation:
  units:
    lane: {operators: {mac: mac}, registers: file, register_width: 64 bit, source: chosen}
  memories:
    dram: {component: dram, source: chosen}
    buffer: {component: sram, source: chosen}
)";

constexpr const char* kMapping = R"(einfall: 1
mapping: one-by-one
nest:
  - loops: [N, K]
    keep: {buffer: [X, F]}
    einsums: [Y]
bind:
  Y: {unit: lane}
schedule: {kind: sequential}
)";

TEST_CASE("loops that the ends of a tensor cut short take the cycles that they take one by one",
          "[explore]") {
  const tests::Scratch scratch;
  scratch.write("machine.yaml", kMachine);
  scratch.write("mapping.yaml", kMapping);
  const auto scenario = scratch.write("scenario.yaml", R"(einfall: 1
scenario: clipped
cascade: cascade.yaml
machine: machine.yaml
mapping: mapping.yaml
)");
  for (const char* index : {"n - k", "n + k"})
    for (const int n : {5, 16, 40, 100})
      for (const int k : {3, 8, 30}) {
        INFO("X[" << index << "], N " << n << ", K " << k);
        scratch.write("cascade.yaml", fmt::format(R"(einfall: 1
name: clipped
ranks: {{N: {}, K: {}}}
declaration: {{X: [N], F: [K]}}
expressions: |
  Y[n] = X[{}] * F[k]
)",
                                                  n, k, index));
        Documents documents;
        const auto run = simulate_scenario(scenario, {}, documents, {});
        if (!run) FAIL(base::render(run.error()));
        CHECK(run->differences.empty());
        const double modelled = run->costed.cost.cycles.value();
        CAPTURE(run->cycles, modelled);
        CHECK(std::abs(static_cast<double>(run->cycles) / modelled - 1) <= 0.01);
      }
}

}  // namespace
}  // namespace einfall::explore
