#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/program.hpp"

namespace einfall::tests {
namespace {

namespace fs = std::filesystem;

// Every YAML document that ships, but for the lessons' mistakes.
std::vector<std::string> shipped() {
  std::vector<std::string> paths;
  const fs::path root(EINFALL_SOURCE_DIR);
  for (const char* folder : {"workloads", "arch/specs", "mappings/library", "docs/tutorial"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".yaml")
        paths.push_back(fs::relative(entry.path(), root).string());
  std::erase_if(paths, [](const std::string& path) {
    return path.find("_wrong") != std::string::npos || path.find("_full") != std::string::npos ||
           path.find("mistake") != std::string::npos;
  });
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TEST_CASE("every document that ships passes check without a warning", "[cli]") {
  const std::vector<std::string> paths = shipped();
  REQUIRE(paths.size() > 20);
  std::string command = "check";
  for (const std::string& path : paths) command += " " + path;
  const Ran ran = einfall(command);
  INFO(ran.err);
  CHECK(ran.exit == 0);
  CHECK(ran.err.find("warning[") == std::string::npos);
  CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') ==
        static_cast<std::ptrdiff_t>(paths.size()));
}

}  // namespace einfall::tests
