#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "tests/fuzz/exercise.hpp"
#include "tests/support/golden.hpp"

namespace einfall::tests {
namespace {

namespace fs = std::filesystem;

// What a fuzzer once found stays found: every file below regress/<kind> goes through the same
// exercise again. Its name says what was wrong.
void replay(const std::string& kind, const std::function<void(const std::string&)>& exercise) {
  const fs::path root(EINFALL_SOURCE_DIR);
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(root / "tests/fuzz/regress" / kind))
    paths.push_back(fs::relative(entry.path(), root).generic_string());
  std::sort(paths.begin(), paths.end());
  REQUIRE_FALSE(paths.empty());
  for (const std::string& path : paths) {
    INFO(path);
    exercise(text_of_file(path));
    SUCCEED();
  }
}

TEST_CASE("documents that once broke the YAML reader no longer do", "[fuzz]") {
  replay("yaml", exercise_yaml);
}

TEST_CASE("documents that once broke a cascade's way no longer do", "[fuzz]") {
  replay("cascade", exercise_cascade);
}

TEST_CASE("documents that once broke an import no longer do", "[fuzz]") {
  replay("import", exercise_import);
}

}  // namespace
}  // namespace einfall::tests
