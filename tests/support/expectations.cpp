#include "tests/support/expectations.hpp"

#include <fmt/format.h>

#include <regex>
#include <sstream>

namespace einfall::tests {
namespace {

base::Severity severity(const std::string& text) {
  if (text == "error") return base::Severity::kError;
  return text == "warning" ? base::Severity::kWarning : base::Severity::kNote;
}

bool meets(const base::Diagnostic& found, const Expected& expected) {
  return found.severity == expected.severity && found.code == expected.code &&
         found.span.line == expected.line &&
         (found.message.find(expected.fragment) != std::string::npos ||
          found.help.find(expected.fragment) != std::string::npos);
}

}  // namespace

std::vector<Expected> expectations(const std::string& text) {
  static const std::regex kPattern(
      R"(^\s*# expect-(error|warning|note)(@([0-9]{1,6}))?: ([EWN][0-9]+) (.*\S)\s*$)");
  std::vector<Expected> all;
  std::vector<std::size_t> waiting;  // for the line to come
  std::istringstream lines(text);
  std::string line;
  for (std::uint32_t number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (line.find("# expect-") == std::string::npos) {
      for (const std::size_t i : waiting) all[i].line = number;
      waiting.clear();
    } else if (!std::regex_match(line, match, kPattern)) {
      all.push_back({base::Severity::kError, number, "unreadable", line});
    } else {
      if (!match[3].matched) waiting.push_back(all.size());
      const auto given = match[3].matched ? std::stoul(match[3]) : 0;
      all.push_back({severity(match[1]), static_cast<std::uint32_t>(given), match[4], match[5]});
    }
  }
  return all;
}

std::vector<std::string> mismatches(const std::vector<Expected>& expected,
                                    const base::Diagnostics& found) {
  std::vector<std::string> differences;
  std::vector<bool> met(found.size(), false);
  for (const Expected& e : expected) {
    std::size_t i = 0;
    while (i < found.size() && (met[i] || !meets(found[i], e))) ++i;
    if (i < found.size())
      met[i] = true;
    else
      differences.push_back(fmt::format("not reported: line {}: {}[{}] with '{}'", e.line,
                                        base::name(e.severity), e.code, e.fragment));
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!met[i])
      differences.push_back(fmt::format("not expected: line {}: {}[{}]: {}", found[i].span.line,
                                        base::name(found[i].severity), found[i].code,
                                        found[i].message));
  return differences;
}

}  // namespace einfall::tests
