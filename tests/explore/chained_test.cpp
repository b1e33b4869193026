#include <catch2/catch.hpp>

#include "tests/explore/simulated.hpp"

/// The pipeline of FuseMax's binding kept full from head to head and from query block to query
/// block.
namespace einfall::explore {
namespace {

using tests::check_books;
using tests::check_same;
using tests::must_simulate;

TEST_CASE("one run for all heads fills the pipeline once", "[simulation]") {
  for (const char* model : {"BERT", "XLM"}) {
    INFO(model);
    const Settings settings{
        {"model", model}, {"seq_len", "1K"}, {"schedule", "chained"}, {"heads", "16"}};
    const Simulated run = must_simulate("fusemax.yaml", settings, true);
    check_books(run);
    check_same(run, must_simulate("fusemax.yaml", settings, false));
    CHECK(static_cast<double>(run.cycles) == Approx(run.costed.cost.cycles.value()).epsilon(0.005));
    Settings apart = settings;
    apart["schedule"] = "pipelined";
    // Run by run each head pays for a part of its prologue.
    CHECK(must_simulate("fusemax.yaml", apart, true).cycles > run.cycles * 104 / 100);
  }
}

}  // namespace
}  // namespace einfall::explore
