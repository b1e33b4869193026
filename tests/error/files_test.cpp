#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "tests/support/expectations.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/program.hpp"
#include "tests/support/sanitized.hpp"

namespace einfall::tests {
namespace {

namespace fs = std::filesystem;

constexpr double kSeconds = tests::kSanitized ? 5 : 1;
constexpr std::size_t kRendered = 20;  // more are only counted

std::vector<std::string> documents() {
  std::vector<std::string> paths;
  const fs::path root(EINFALL_SOURCE_DIR);
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests/error"))
    if (entry.path().extension() == ".yaml")
      paths.push_back(fs::relative(entry.path(), root).generic_string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// `# run: einfall eval FILE --set K=0` says which command is meant; `einfall check FILE` otherwise.
std::string command_of(const std::string& text, const std::string& path) {
  static const std::regex kRun(R"((?:^|\n)# run: ([^\n]*\S))");
  std::smatch match;
  const std::string command =
      std::regex_search(text, match, kRun) ? match[1].str() : "einfall check FILE";
  return std::regex_replace(command, std::regex(R"(\bFILE\b)"), path) + " --json";
}

base::Severity severity(const std::string& word) {
  if (word == "error") return base::Severity::kError;
  return word == "warning" ? base::Severity::kWarning : base::Severity::kNote;
}

// The diagnostics with what is said of other documents (a scenario's mapping) at line 0, so that no
// expectation depends on their lines.
base::Diagnostics diagnostics_of(const nlohmann::json& json, const std::string& path) {
  base::Diagnostics all;
  for (const auto& entry : json["diagnostics"]) {
    const bool here = entry["file"] == path;
    all.push_back({severity(entry["severity"]),
                   entry["code"],
                   {nullptr, here ? entry["line"].get<std::uint32_t>() : 0, 0, 1},
                   entry["message"],
                   {},
                   entry["help"]});
  }
  return all;
}

// Files whose message is about another one as a whole, which nothing in a document names.
const std::map<std::string, std::string> kWithoutPlace{
    {"tests/error/program/e001_no_such_file.yaml", "the command line names what cannot be read"},
    {"tests/error/program/e006_no_such_folder.yaml", "the command line names what is written"},
    {"tests/error/scenario/gpu_few_points.yaml", "it is about all points of the file"},
};

// FILE:LINE:COLUMN, of what is wrong or at least of who asked for it.
bool is_located(const nlohmann::json& entry) {
  const auto has_place = [](const nlohmann::json& at) {
    return !at["file"].get<std::string>().empty() && at["line"] > 0 && at["column"] > 0;
  };
  return has_place(entry) || std::any_of(entry["notes"].begin(), entry["notes"].end(), has_place);
}

std::size_t lines_with_carets(const std::string& text) {
  static const std::regex kCarets(R"( +\| +\^+)");
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += std::regex_match(line, kCarets);
  return count;
}

// What the reader of a terminal gets: every code, and a caret for every line to point at.
void check_rendering(const nlohmann::json& json, const std::string& text) {
  if (json["diagnostics"].size() > kRendered) return;
  std::size_t places = 0;
  for (const auto& entry : json["diagnostics"]) {
    CHECK(text.find("[" + entry["code"].get<std::string>() + "]: ") != std::string::npos);
    CHECK_FALSE(entry["message"].get<std::string>().empty());
    places += entry["line"] > 0;
    for (const auto& note : entry["notes"]) places += note["line"] > 0;
  }
  CHECK(lines_with_carets(text) == places);
}

// 1: the input is wrong; 2: only the model failed, in an expectation of the document or in a
// deadlock; 0: remarks.
int exit_for(const base::Diagnostics& diagnostics) {
  int exit = 0;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != base::Severity::kError) continue;
    if (diagnostic.code != "E501" && diagnostic.code != "E960") return 1;
    exit = 2;
  }
  return exit;
}

TEST_CASE("every document here is rejected as its comments say, and for nothing else", "[error]") {
  const auto paths = documents();
  REQUIRE_FALSE(paths.empty());
  for (const std::string& path : paths) {
    DYNAMIC_SECTION(path) {
      const std::string text = text_of_file(path);
      const auto expected = expectations(text);
      CHECK_FALSE(expected.empty());
      const std::string command = command_of(text, path);
      // A sanitized program cannot start with so few addresses.
      if (tests::kSanitized && command.find("ulimit -v") != std::string::npos) continue;
      const Ran ran = shell(command);
      INFO(command << "\n" << ran.err);
      const auto json = nlohmann::json::parse(ran.out, nullptr, false);
      REQUIRE_FALSE(json.is_discarded());
      const base::Diagnostics found = diagnostics_of(json, path);
      for (const std::string& mismatch : mismatches(expected, found)) FAIL_CHECK(mismatch);
      const bool located =
          std::all_of(json["diagnostics"].begin(), json["diagnostics"].end(), is_located);
      CHECK(located == (kWithoutPlace.count(path) == 0));
      CHECK(ran.exit == exit_for(found));
      CHECK(ran.cpu_seconds < kSeconds);
      check_rendering(json, ran.err);
    }
  }
}

}  // namespace
}  // namespace einfall::tests
