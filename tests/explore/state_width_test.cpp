#include "tests/explore/simulated.hpp"

/// What the running state of FuseMax's pipelined binding asks of the buffer.
namespace einfall::explore {
namespace {

constexpr double kRow = 512;  // bytes

Simulated must_run(const char* state, const char* ports) {
  Documents documents;
  auto run = simulate_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/state_width.yaml",
                               {{"state", state}, {"ports", ports}}, documents, {});
  if (!run) FAIL(base::render(run.error()));
  tests::check_books(*run);
  return std::move(*run);
}

double rows_a_cycle(const Simulated& run) {
  const std::size_t buffer = 1;
  REQUIRE(run.costed.machine->memories[buffer].name == "buffer");
  const double bytes = (run.memories[buffer].read_bytes + run.memories[buffer].write_bytes).value();
  return bytes / kRow / static_cast<double>(run.cycles);
}

TEST_CASE("a state in fp32 asks for a row a cycle more, which four ports have and two have not",
          "[simulation]") {
  // By hand, for E = F = 64 and an epoch of 138 cycles, in rows of 256 words: queries, keys and
  // values 64 each, the state in and out 2 * (64 + 2), twice that in fp32. Fills add a little.
  const Simulated word = must_run("word", "4");
  const Simulated wide = must_run("fp32", "4");
  CHECK(rows_a_cycle(word) == Approx((3 * 64 + 132) / 138.0).margin(0.02));
  CHECK(rows_a_cycle(wide) == Approx((3 * 64 + 2 * 132) / 138.0).margin(0.02));
  REQUIRE(word.interval);
  REQUIRE(wide.interval);
  CHECK(word.interval->usual == 138);
  CHECK(wide.interval->usual == 138);
}

TEST_CASE("too few ports make epochs longer, more so with a state in fp32", "[simulation]") {
  for (const char* state : {"word", "fp32"}) {
    INFO(state);
    const Simulated four = must_run(state, "4");
    const Simulated two = must_run(state, "2");
    CHECK(rows_a_cycle(two) < 2);
    REQUIRE(two.interval);
    // What four ports do in an epoch fills both of two for so long.
    const double least = rows_a_cycle(four) * 138 / 2;
    CHECK(static_cast<double>(two.interval->usual) >= least - 1);
    CHECK(four.memories[1].read_bytes == two.memories[1].read_bytes);
  }
}

}  // namespace
}  // namespace einfall::explore
