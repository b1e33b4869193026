#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "explore/document.hpp"
#include "tests/support/expectations.hpp"
#include "tests/support/golden.hpp"

namespace einfall::explore {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> documents() {
  std::vector<std::string> paths;
  const fs::path root(EINFALL_SOURCE_DIR);
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests/error"))
    if (entry.path().extension() == ".yaml")
      paths.push_back(fs::relative(entry.path(), root).generic_string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// What the reader of a terminal gets: the code, and a caret for every line to point at.
void check_rendering(const base::Diagnostic& diagnostic) {
  const std::string text = base::render({diagnostic});
  CHECK(text.find("[" + diagnostic.code + "]: ") != std::string::npos);
  const auto lines = (diagnostic.span.known() ? 1 : 0) +
                     std::count_if(diagnostic.notes.begin(), diagnostic.notes.end(),
                                   [](const base::DiagnosticNote& n) { return n.span.known(); });
  CHECK((text.find('^') != std::string::npos) == (lines > 0));
  CHECK_FALSE(diagnostic.message.empty());
}

// The diagnostics with what is said of other documents (a scenario's mapping) at line 0, so that no
// expectation depends on their lines.
base::Diagnostics seen_from(const std::string& path, base::Diagnostics diagnostics) {
  for (base::Diagnostic& diagnostic : diagnostics)
    if (diagnostic.span.file != nullptr && diagnostic.span.file->name != path)
      diagnostic.span.line = 0;
  return diagnostics;
}

TEST_CASE("every document here is rejected as its comments say, and for nothing else", "[error]") {
  const auto paths = documents();
  REQUIRE_FALSE(paths.empty());
  for (const std::string& path : paths) {
    DYNAMIC_SECTION(path) {
      const auto expected = tests::expectations(tests::text_of_file(path));
      const std::string full = std::string(EINFALL_SOURCE_DIR) + "/" + path;
      const auto checked = check_document(full);
      INFO(base::render(checked.diagnostics));
      CHECK_FALSE(expected.empty());
      for (const std::string& mismatch :
           tests::mismatches(expected, seen_from(full, checked.diagnostics)))
        FAIL_CHECK(mismatch);
      for (const base::Diagnostic& diagnostic : checked.diagnostics) check_rendering(diagnostic);
      CHECK(base::has_errors(checked.diagnostics) == (checked.verdict != Verdict::kFine));
    }
  }
}

}  // namespace
}  // namespace einfall::explore
