#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

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

// Pipelines whose array makes words faster than lanes take them: what they lack is known, and is
// what FuseMax interleaves its products for.
const std::vector<std::string> kWordsThatWait = {
    "binding-chained.yaml",        "binding-pipelined-fp32-state.yaml", "binding-pipelined.yaml",
    "blocks-pipelined.yaml",       "latent-decode-pipelined.yaml",      "one-pass-pipelined.yaml",
    "one-pass-sink-pipelined.yaml"};

std::vector<std::string> warned(const std::string& messages) {
  static const std::regex kWarning(
      R"(mappings/library/([a-z0-9-]+\.yaml):[0-9:]+ warning\[W803\])");
  std::vector<std::string> files;
  for (std::sregex_iterator at(messages.begin(), messages.end(), kWarning), end; at != end; ++at)
    files.push_back((*at)[1]);
  return files;
}

}  // namespace

TEST_CASE("every document that ships passes check without a warning but of words that wait",
          "[cli]") {
  const std::vector<std::string> paths = shipped();
  REQUIRE(paths.size() > 20);
  std::string command = "check";
  for (const std::string& path : paths) command += " " + path;
  const Ran ran = einfall(command);
  INFO(ran.err);
  CHECK(ran.exit == 0);
  CHECK(warned(ran.err) == kWordsThatWait);
  static const std::regex kAny(R"(warning\[)");
  CHECK(std::distance(std::sregex_iterator(ran.err.begin(), ran.err.end(), kAny), {}) ==
        static_cast<std::ptrdiff_t>(kWordsThatWait.size()));
  CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') ==
        static_cast<std::ptrdiff_t>(paths.size()));
}

}  // namespace einfall::tests
