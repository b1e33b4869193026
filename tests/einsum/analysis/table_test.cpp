#include <algorithm>
#include <filesystem>

#include "tests/einsum/analysis/cascade_files.hpp"

namespace einfall::einsum {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> shipped_cascades() {
  std::vector<std::string> paths;
  const fs::path folder = fs::path(EINFALL_SOURCE_DIR) / "tests/einsum/analysis/cascades";
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST_CASE("every cascade of the table has the counts its file expects", "[analysis]") {
  const auto paths = shipped_cascades();
  REQUIRE(paths.size() > 40);
  for (const std::string& path : paths) {
    DYNAMIC_SECTION(fs::path(path).stem().string()) {
      const Cascade cascade = tests::cascade_at(path);
      REQUIRE_FALSE(cascade.expectations.empty());
      const PassAnalysis analysis = tests::analyzed(cascade);
      const auto found = check_expectations(cascade, analysis);
      INFO(base::render(found));
      CHECK(found.empty());
    }
  }
}

TEST_CASE("an expectation that is one too high fails for every cascade of the table",
          "[analysis]") {
  for (const std::string& path : shipped_cascades()) {
    Cascade cascade = tests::cascade_at(path);
    const PassAnalysis analysis = tests::analyzed(cascade);
    for (Expectation& expectation : cascade.expectations) expectation.count += "+1";
    const auto found = check_expectations(cascade, analysis);
    INFO(path);
    CHECK(found.size() == cascade.expectations.size());
    CHECK(std::all_of(found.begin(), found.end(), [](const auto& d) { return d.code == "E501"; }));
  }
}

}  // namespace
}  // namespace einfall::einsum
