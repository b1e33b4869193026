#include "explore/simulation.hpp"

#include <catch2/catch.hpp>

#include "tests/explore/simulated.hpp"

namespace einfall::explore {
namespace {

using tests::check_books;
using tests::check_same;
using tests::must_simulate;

TEST_CASE("every design of the study is simulated with the counts of the analytic model",
          "[simulation]") {
  for (const char* design : {"unfused", "flat", "cascade", "architecture", "binding"})
    for (const char* length : {"1K", "4K", "16K"}) {
      INFO(design << " " << length);
      const Settings settings{{"design", design}, {"seq_len", length}, {"heads", "3"}};
      const Simulated run = must_simulate("fusemax.yaml", settings, true);
      check_books(run);
      if (std::string(length) != "16K")
        check_same(run, must_simulate("fusemax.yaml", settings, false));
    }
}

TEST_CASE("the pipelined binding reaches an interval of 138 cycles in the simulator",
          "[simulation]") {
  for (const char* model : {"BERT", "TrXL", "T5", "XLM"}) {
    const Settings settings{{"design", "binding"},
                            {"schedule", "pipelined"},
                            {"model", model},
                            {"seq_len", "16K"},
                            {"heads", "1"}};
    INFO(model);
    const Simulated run = must_simulate("fusemax.yaml", settings, true);
    check_books(run);
    check_same(run, must_simulate("fusemax.yaml", settings, false));
    // Uncontended: the recurrence and the kernel differ by what the order of the first slices and
    // the overlap of two runs make, less than one part in a thousand.
    const double analytic = run.costed.cost.cycles.value();
    CHECK(static_cast<double>(run.cycles) == Approx(analytic).epsilon(1e-3));
    CHECK(run.cycles > run.costed.cost.pipeline->timetable.interval *
                           (run.costed.cost.pipeline->timetable.epochs - 1));
  }
}

TEST_CASE("a head of a million tokens is skipped through in few operations", "[simulation]") {
  const Simulated run = must_simulate(
      "fusemax.yaml",
      {{"design", "binding"}, {"schedule", "pipelined"}, {"seq_len", "1M"}, {"heads", "1"}}, true);
  check_books(run);
  CHECK(run.skipped_cycles > run.cycles / 100 * 99);
}

}  // namespace
}  // namespace einfall::explore
