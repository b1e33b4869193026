#include "explore/reference.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/support/expectations.hpp"
#include "tests/support/golden.hpp"

namespace einfall::explore {
namespace {

namespace fs = std::filesystem;

// Files of a folder of the repository with this ending, as paths from its root.
std::vector<std::string> files(const std::string& folder, const std::string& ending) {
  std::vector<std::string> paths;
  const fs::path root(EINFALL_SOURCE_DIR);
  if (!fs::exists(root / folder)) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string name = entry.path().filename().generic_string();
    if (name.size() >= ending.size() &&
        name.compare(name.size() - ending.size(), ending.size(), ending) == 0)
      paths.push_back(fs::relative(entry.path(), root).generic_string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::map<std::string, base::ErrorCode> all_codes() {
  std::map<std::string, base::ErrorCode> codes;
  for (const CodeTable& table : error_code_tables())
    for (const base::ErrorCode& code : table.codes) {
      INFO(code.code);
      CHECK(codes.emplace(std::string(code.code), code).second);  // two tables with one code
    }
  return codes;
}

// Every string literal of the sources that is a code, with a file it stands in.
std::map<std::string, std::string> emitted_codes() {
  static const std::regex kLiteral(R"re("([EWN][0-9]{1,3})")re");
  std::map<std::string, std::string> codes;
  for (const char* folder : {"base", "einsum", "arch", "mappings", "sim", "explore", "cli"})
    for (const char* ending : {".cpp", ".hpp"})
      for (const std::string& path : files(folder, ending)) {
        if (path.find("error_code") != std::string::npos) continue;
        const std::string text = tests::text_of_file(path);
        for (std::sregex_iterator at(text.begin(), text.end(), kLiteral), end; at != end; ++at)
          codes.emplace((*at)[1], path);
      }
  return codes;
}

TEST_CASE("the page of error codes is up to date", "[error]") {
  tests::expect_file("docs/reference/errors.md", error_page());
}

TEST_CASE("the page of document keys is up to date", "[error]") {
  tests::expect_file("docs/reference/schema.md", schema_page());
}

TEST_CASE("every code in the sources stands in a table, and every table row in a source",
          "[error]") {
  const auto codes = all_codes();
  const auto emitted = emitted_codes();
  for (const auto& [code, path] : emitted)
    if (codes.count(code) == 0) FAIL_CHECK(code << " (" << path << ") stands in no table");
  for (const auto& [code, row] : codes)
    if (emitted.count(code) == 0) FAIL_CHECK(code << " is reported nowhere");
  CHECK(emitted.size() == codes.size());
}

using Range = std::pair<std::string, std::string>;

// The ranges of codes in the comment of a header, "E801 to E825", "(E101-E109, E401)".
std::vector<Range> announced(const std::string& header) {
  static const std::regex kRange(R"(\b([EWN][0-9]+)\b(?:(?: to |-)([EWN][0-9]+))?)");
  std::string comment;
  std::istringstream lines(tests::text_of_file(header));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("/// ", 0) == 0) comment += line.substr(4) + " ";
  std::vector<Range> ranges;
  for (std::sregex_iterator at(comment.begin(), comment.end(), kRange), end; at != end; ++at)
    ranges.emplace_back((*at)[1], (*at)[2].matched ? (*at)[2] : (*at)[1]);
  return ranges;
}

TEST_CASE("a header that says which codes are its own says so of all", "[error]") {
  static const std::regex kRow(R"re(\{"([EWN][0-9]+)",)re");
  const auto number = [](const std::string& code) { return std::stoi(code.substr(1)); };
  std::vector<std::string> headers;
  for (const char* folder : {"base", "einsum", "arch", "mappings", "explore"})
    for (const std::string& path : files(folder, "error_codes.hpp")) headers.push_back(path);
  REQUIRE(headers.size() >= 12);
  for (const std::string& header : headers) {
    const std::vector<Range> ranges = announced(header);
    const std::string text = tests::text_of_file(header.substr(0, header.size() - 3) + "cpp");
    std::set<std::string> codes;
    for (std::sregex_iterator at(text.begin(), text.end(), kRow), end; at != end; ++at)
      codes.insert((*at)[1]);
    INFO(header);
    CHECK_FALSE(codes.empty());
    for (const auto& [first, last] : ranges) {
      INFO(first << " to " << last);
      CHECK(codes.count(first) + codes.count(last) == 2);
    }
    if (ranges.empty()) continue;  // says it in words
    for (const std::string& code : codes) {
      INFO(code);
      CHECK(std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
        return range.first[0] == code[0] && number(range.first) <= number(code) &&
               number(code) <= number(range.second);
      }));
    }
  }
}

// The codes that docs/rationale/error_files.md excuses, with the test case that provokes each.
std::map<std::string, std::string> excused() {
  static const std::regex kRow(R"(\n\| ([EWN][0-9]+) \| ([^|]*\S) +\|)");
  std::map<std::string, std::string> codes;
  const std::string page = tests::text_of_file("docs/rationale/error_files.md");
  for (std::sregex_iterator at(page.begin(), page.end(), kRow), end; at != end; ++at)
    codes.emplace((*at)[1], (*at)[2]);
  return codes;
}

TEST_CASE("every code is provoked by a document, or excused with a test", "[error]") {
  std::set<std::string> provoked;
  for (const std::string& path : files("tests/error", ".yaml"))
    for (const tests::Expected& expected : tests::expectations(tests::text_of_file(path)))
      provoked.insert(expected.code);
  const auto excuses = excused();
  const auto codes = all_codes();
  for (const auto& [code, row] : codes)
    if (provoked.count(code) + excuses.count(code) == 0)
      FAIL_CHECK(code << " is provoked by no file in tests/error");
  std::string sources;
  for (const std::string& path : files("tests", "_test.cpp")) sources += tests::text_of_file(path);
  for (const auto& [code, test] : excuses) {
    INFO(code);
    CHECK(codes.count(code) == 1);
    CHECK(provoked.count(code) == 0);
    CHECK(sources.find("TEST_CASE(\"" + test + "\"") != std::string::npos);
  }
}

TEST_CASE("every row explains itself and fits into a table of the page", "[error]") {
  for (const auto& [code, row] : all_codes()) {
    INFO(code);
    CHECK(std::regex_match(code, std::regex("[EWN][0-9]{1,3}")));
    CHECK_FALSE(row.title.empty());
    CHECK(row.explanation.size() > 20);
    CHECK(row.title.find('\n') == std::string_view::npos);
    CHECK(row.explanation.find('\n') == std::string_view::npos);
  }
}

}  // namespace
}  // namespace einfall::explore
