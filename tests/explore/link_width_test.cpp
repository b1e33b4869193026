#include <fstream>

#include "tests/explore/simulated.hpp"

/// A link of a stated width takes what passes it, or the scenario is refused.
namespace einfall::explore {
namespace {

// FuseMax's binding with the link from the buffer to the 2D array so wide.
base::Result<Simulated> run(const std::string& width) {
  const std::string stem = EINFALL_BINARY_DIR "/link_width";
  std::ofstream(stem + "_machine.yaml")
      << "einfall: 1\nmachine: link-width\nextends: " EINFALL_SOURCE_DIR
      << "/arch/specs/fusemax-cloud.yaml\nfeatures:\n  links:\n"
      << "    - {from: buffer, to: array2d" << width << "}\n"
      << "    - {from: dram, to: buffer}\n"
         "    - {from: buffer, to: array1d}\n"
         "    - {from: array2d, to: array1d}\n"
         "    - {from: array1d, to: array2d}\n"
         "    - {from: array2d, to: buffer}\n"
         "    - {from: array1d, to: buffer}\n"
         "    - {from: buffer, to: dram}\n"
         "    - {from: array1d, to: dram}\n";
  std::ofstream(stem + ".yaml") << "einfall: 1\nscenario: link-width\ncascade: " EINFALL_SOURCE_DIR
                                << "/workloads/cascades/attn_1pass.yaml\nmachine: " << stem
                                << "_machine.yaml\nmapping: " EINFALL_SOURCE_DIR
                                   "/mappings/library/binding.yaml\n"
                                << "sizes: {B: 1, H: 1, E: 64, F: 64, P: 1024, M: 1024}\n";
  Documents documents;
  return simulate_scenario(stem + ".yaml", {}, documents, {});
}

// QK reads 256 keys and 256 queries of 64 elements of 2 B in 64 cycles.
TEST_CASE("a link that takes what passes it costs nothing, one byte less is refused",
          "[simulation]") {
  const auto without = run("");
  const auto enough = run(", width: 1024 B");
  REQUIRE(without.has_value());
  REQUIRE(enough.has_value());
  CHECK(enough->cycles == without->cycles);
  const auto narrow = run(", width: 1023 B");
  REQUIRE_FALSE(narrow.has_value());
  REQUIRE(narrow.error().size() == 1);
  CHECK(narrow.error().front().code == "E891");
  CHECK(narrow.error().front().span.line == 6);
}

}  // namespace
}  // namespace einfall::explore
