#include <catch2/catch.hpp>
#include <filesystem>

#include "mappings/ir/example.hpp"

using namespace einfall;
using namespace einfall::mappings;

namespace {

const std::string kLibrary = EINFALL_SOURCE_DIR "/mappings/library/";

}  // namespace

TEST_CASE("every mapping of the library is legal where its example puts it", "[mapping]") {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kLibrary)) {
    if (entry.path().extension() != ".yaml") continue;
    ++seen;
    const std::string name = entry.path().stem().string();
    DYNAMIC_SECTION(name) {
      const auto mapping = load_mapping(entry.path().string());
      if (!mapping) FAIL(base::render(mapping.error()));
      CHECK(mapping->name == name);
      REQUIRE(mapping->example.has_value());
      const auto example = bind_example(*mapping);
      if (!example) FAIL(base::render(example.error()));
      CHECK_FALSE(example->bound.einsums.empty());
    }
  }
  CHECK(seen >= 18);
}
