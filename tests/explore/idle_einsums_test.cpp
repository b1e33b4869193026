#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "explore/cost_warnings.hpp"
#include "explore/simulation.hpp"
#include "tests/support/scratch.hpp"

/// Einsums of which nothing is there or needed with these sizes.
namespace einfall::explore {
namespace {

const std::string kTutorial = EINFALL_SOURCE_DIR "/docs/tutorial/";

class Runner {
 public:
  Simulated run(const std::string& expressions, const std::string& mapping) {
    scratch_.write("cascade.yaml",
                   "einfall: 1\nname: test\nranks: {E: 64, M: 64, P: 32}\n"
                   "declaration: {A: [E, M], B: [E, P]}\ntypes: {default: bf16}\n"
                   "expressions: |\n" +
                       expressions);
    const auto scenario = scratch_.write(
        "scenario.yaml", fmt::format("einfall: 1\nscenario: test\ncascade: cascade.yaml\n"
                                     "machine: {}array.yaml\nmapping: {}\n",
                                     kTutorial, mapping));
    Documents documents;
    auto run = simulate_scenario(scenario, {}, documents, {});
    if (!run) FAIL(base::render(run.error()));
    CHECK(run->differences == std::vector<std::string>{});
    return *std::move(run);
  }
  std::string write(const std::string& mapping) { return scratch_.write("mapping.yaml", mapping); }

 private:
  tests::Scratch scratch_;
};

std::size_t idle(const Simulated& run) {
  const auto found = warnings_of(run.costed);
  return static_cast<std::size_t>(std::count_if(
      found.begin(), found.end(), [](const auto& warning) { return warning.code == "W802"; }));
}

void check_nothing_happens(const Simulated& run) {
  CHECK(run.costed.cost.cycles == mappings::Exact(0));
  CHECK(run.cycles == 0);
  CHECK(run.costed.dram_bytes == 0);
  CHECK(run.dram_bytes == 0);
  CHECK(run.costed.cost.energy_j == 0);
}

TEST_CASE("what only an Einsum without a point would read is not made", "[explore][simulation]") {
  Runner runner;
  const auto from = [&](int first) {
    return runner.run(fmt::format("  S[m, p] = A[e, m] * B[e, p]\n"
                                  "  R[m, p] = max(S[m, p], 0) where m >= {}\n",
                                  first),
                      kTutorial + "product_mapping.yaml");
  };
  const Simulated last = from(63);
  CHECK(idle(last) == 0);
  CHECK(last.cycles > 0);
  CHECK(last.costed.cost.counts.steps[0].useful == std::int64_t{64} * 32);
  const Simulated none = from(64);
  CHECK(idle(none) == 2);
  CHECK(none.costed.cost.counts.steps[0].points == 0);
  CHECK(none.costed.cost.counts.steps[0].useful == 0);
  check_nothing_happens(none);
}

TEST_CASE("conditions that exclude each other leave nothing to do", "[explore][simulation]") {
  Runner runner;
  const Simulated run = runner.run(
      "  S[m, p] = A[e, m] * B[e, p]\n"
      "  R[m, p] = max(S[m, p], 0) where m <= p, p < m\n",
      kTutorial + "product_mapping.yaml");
  CHECK(idle(run) == 2);
  check_nothing_happens(run);
}

TEST_CASE("nobody waits for an Einsum without a point", "[explore][simulation]") {
  Runner runner;
  const Simulated none = runner.run(
      "  S[m, p] = A[e, m] * B[e, p] where m > 100\n"
      "  R[m, p] = max(S[m, p], 0)\n",
      kTutorial + "product_mapping.yaml");
  CHECK(idle(none) == 2);
  check_nothing_happens(none);

  const auto nest = [&](const std::string& before, const std::string& bound) {
    return runner.write(
        "einfall: 1\nmapping: test\n"
        "partition: {M: [M1, M0: array.rows], P: [P1, P0: array.columns]}\nnest:\n" +
        before + "  - loops: [M1, P1]\n    keep: {buffer: [A, B]}\n    einsums: [R]\nbind:\n" +
        bound +
        "  R: {unit: array, dataflow: output-stationary, rows: M0, columns: P0, time: E}\n"
        "schedule: {kind: sequential}\n");
  };
  const std::string product = "  R[m, p] = A[e, m] * B[e, p]\n";
  const Simulated alone = runner.run(product, nest("", ""));
  const Simulated beside = runner.run(
      "  T[m, p] = A[e, m] * B[e, p] where m > 100\n" + product,
      nest("  - loops: [M1, P1]\n    keep: {buffer: [A, B]}\n    einsums: [T]\n",
           "  T: {unit: array, dataflow: output-stationary, rows: M0, columns: P0, time: E}\n"));
  CHECK(idle(beside) == 1);
  CHECK(beside.costed.cost.cycles == alone.costed.cost.cycles);
  CHECK(beside.cycles == alone.cycles);
  CHECK(beside.costed.dram_bytes == alone.costed.dram_bytes);
}

TEST_CASE("a part of one step is as if it were not there", "[explore][simulation]") {
  Runner runner;
  const auto with = [&](const std::string& parts, const std::string& columns,
                        const std::string& condition) {
    return runner.run(
        "  R[m, p] = A[e, m] * B[e, p]" + condition + "\n",
        runner.write("einfall: 1\nmapping: test\npartition:\n  M: " + parts +
                     "\n  P: [P1, P0: array.rows]\nnest:\n  - loops: [P1, M2]\n    keep: {buffer: "
                     "[A, B]}\n    einsums: [R]\n"
                     "bind:\n  R: {unit: array, dataflow: output-stationary, rows: P0, " +
                     columns + "time: [M0, E]}\nschedule: {kind: sequential}\n"));
  };
  for (const char* condition : {"", " where m <= p"}) {
    const Simulated plain = with("[M2, M0: 3]", "", condition);
    CHECK(plain.costed.cost.counts.steps[0].busy_cycles % 64 == 0);
    for (const char* parts : {"[M2, M1: 1, M0: 3]", "[M2, M0: 3, M1: 1]"}) {
      INFO(parts << condition);
      const Simulated more = with(parts, "columns: M1, ", condition);
      CHECK(more.costed.cost.counts.steps[0].busy_cycles ==
            plain.costed.cost.counts.steps[0].busy_cycles);
      CHECK(more.costed.cost.counts.steps[0].points == plain.costed.cost.counts.steps[0].points);
      CHECK(more.costed.dram_bytes == plain.costed.dram_bytes);
      CHECK(more.costed.cost.cycles == plain.costed.cost.cycles);
      CHECK(more.cycles == plain.cycles);
    }
  }
  // 64 coordinates, not 22 * 3.
  CHECK(with("[M2, M1: 1, M0: 3]", "columns: M1, ", "").costed.cost.counts.steps[0].busy_cycles ==
        std::int64_t{64} * 64 * 4);
}

}  // namespace
}  // namespace einfall::explore
