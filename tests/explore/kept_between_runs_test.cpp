#include <catch2/catch.hpp>

#include "explore/simulation.hpp"
#include "tests/support/scratch.hpp"

/// What is kept around the loops outside a pipeline is loaded in the first of its runs only.
namespace einfall::explore {
namespace {

TEST_CASE("a pipeline does not wait again for what its first run has loaded", "[explore]") {
  const tests::Scratch scratch;
  const std::string tutorial = EINFALL_SOURCE_DIR "/docs/tutorial/";
  scratch.write("mapping.yaml", R"(einfall: 1
mapping: pipelined
partition: {M: [M1, M0: array.rows], P: [P1, P0: array.columns]}
nest:
  - keep: {buffer: [B]}
    nest:
      - loops: [M1]
        keep: {buffer: [A]}
        nest:
          - loops: [P1]
            einsums: [S, R]
bind:
  S: {unit: array, dataflow: output-stationary, rows: M0, columns: P0, time: E}
  R: {unit: array, dataflow: in-place, rows: M0, columns: P0}
schedule: {kind: pipelined, over: [P1], interval: auto}
)");
  const auto path =
      scratch.write("scenario.yaml", "einfall: 1\nscenario: kept\ncascade: " + tutorial +
                                         "product.yaml\nmachine: " + tutorial +
                                         "array.yaml\nmapping: mapping.yaml\n");
  Documents documents;
  const auto run = simulate_scenario(path, {}, documents, {});
  if (!run) FAIL(base::render(run.error()));
  CHECK(run->costed.cost.cycles == mappings::Exact(run->cycles));
}

}  // namespace
}  // namespace einfall::explore
