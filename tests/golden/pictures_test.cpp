#include <catch2/catch.hpp>

#include "tests/support/golden.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {

TEST_CASE("the picture of the epochs in the tutorial is what the program draws", "[golden]") {
  const Scratch scratch;
  const std::string file = scratch.path("epochs.svg");
  const Ran ran = einfall(
      "simulate workloads/scenarios/fusemax.yaml --set schedule=pipelined --set heads=1 "
      "--set seq_len=4K --svg " +
      file);
  REQUIRE(ran.exit == 0);
  expect_file("docs/tutorial/epochs.svg", shell("cat " + file).out);
}

}  // namespace einfall::tests
