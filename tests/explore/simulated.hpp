#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "explore/simulation.hpp"

/// Simulated scenarios, and what holds for each of them.
namespace einfall::tests {

inline explore::Simulated must_simulate(const std::string& name, const explore::Settings& settings,
                                        bool fast_forward, bool dram_banks = false) {
  explore::Documents documents;
  explore::SimulationOptions options;
  options.execution.fast_forward = fast_forward;
  options.dram_banks = dram_banks;
  auto simulated = explore::simulate_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/" + name,
                                              settings, documents, options);
  if (!simulated) FAIL(base::render(simulated.error()));
  return std::move(*simulated);
}

/// Busy and stalls add up to the run, and counts are those of the analytic model.
inline void check_books(const explore::Simulated& run) {
  for (const std::string& difference : run.differences) FAIL_CHECK(difference);
  for (const explore::SimulatedEngine& engine : run.engines) {
    INFO(engine.name);
    std::int64_t sum = engine.use.busy;
    for (const std::int64_t stall : engine.use.stalls) {
      CHECK(stall >= 0);
      sum += stall;
    }
    CHECK(sum == run.cycles);
  }
  for (std::size_t u = 0; u < run.costed.machine->units.size(); ++u)
    CHECK(mappings::Exact(run.engines[u].use.busy) == run.costed.cost.units[u].busy);
  for (std::size_t m = 0; m < run.memories.size(); ++m) {
    CHECK(run.memories[m].read_bytes == run.costed.cost.memories[m].traffic.read_bytes);
    CHECK(run.memories[m].write_bytes == run.costed.cost.memories[m].traffic.write_bytes);
  }
}

/// Skipping changes no number.
inline void check_same(const explore::Simulated& skipped, const explore::Simulated& stepped) {
  CHECK(stepped.skipped_cycles == 0);
  CHECK(skipped.cycles == stepped.cycles);
  CHECK(skipped.words == stepped.words);
  REQUIRE(skipped.interval.has_value() == stepped.interval.has_value());
  if (skipped.interval) {
    CHECK(skipped.interval->usual == stepped.interval->usual);
    CHECK(skipped.interval->mean == stepped.interval->mean);
  }
  REQUIRE(skipped.dram.has_value() == stepped.dram.has_value());
  if (skipped.dram) {
    CHECK(skipped.dram->moved == stepped.dram->moved);
    CHECK(skipped.dram->row_hits == stepped.dram->row_hits);
    CHECK(skipped.dram->activations == stepped.dram->activations);
  }
  REQUIRE(skipped.engines.size() == stepped.engines.size());
  for (std::size_t e = 0; e < skipped.engines.size(); ++e) {
    INFO(skipped.engines[e].name);
    CHECK(skipped.engines[e].use.busy == stepped.engines[e].use.busy);
    CHECK(skipped.engines[e].use.visits == stepped.engines[e].use.visits);
    CHECK(skipped.engines[e].use.stalls == stepped.engines[e].use.stalls);
  }
}

}  // namespace einfall::tests
