#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

/// A scenario in which nothing happens has a report all the same.
namespace einfall::tests {
namespace {

TEST_CASE("what takes no time has no ratios that are no numbers", "[cli]") {
  const Scratch scratch;
  scratch.write("cascade.yaml", R"(einfall: 1
name: nothing
ranks: {K: 8, M: 16, P: 16}
declaration: {A: [K, M], B: [K, P]}
expressions: |
  S[m, p] = A[k, m] * B[k, p] where m > 100
)");
  scratch.write("mapping.yaml", R"(einfall: 1
mapping: one-tile
partition: {M: [M1, M0: array.rows], P: [P1, P0: array.columns]}
nest:
  - loops: [M1, P1]
    keep: {buffer: [A, B]}
    einsums: [S]
bind:
  S: {unit: array, dataflow: output-stationary, rows: M0, columns: P0, time: K}
schedule: {kind: sequential}
)");
  const std::string machine = EINFALL_SOURCE_DIR "/docs/tutorial/array.yaml";
  const std::string scenario = scratch.write("scenario.yaml", R"(einfall: 1
scenario: nothing
cascade: cascade.yaml
machine: )" + machine + R"(
mapping: mapping.yaml
)");
  for (const char* command : {"cost", "simulate", "compare"}) {
    const Ran text = shell("einfall " + std::string(command) + " " + scenario);
    INFO(command << "\n" << text.out << text.err);
    CHECK(text.exit == 0);
    CHECK(text.out.find("nan") == std::string::npos);
    CHECK(text.out.find("inf") == std::string::npos);
    const Ran json = shell("einfall " + std::string(command) + " " + scenario + " --json");
    // What one witness does not have is null where both stand beside each other.
    if (std::string(command) != "compare") CHECK(json.out.find("null") == std::string::npos);
  }
}

}  // namespace
}  // namespace einfall::tests
