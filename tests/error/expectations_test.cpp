#include "tests/support/expectations.hpp"

#include <catch2/catch.hpp>

namespace einfall::tests {
namespace {

base::Diagnostic error_at(std::uint32_t line, const std::string& code, const std::string& message) {
  return base::error(code, {nullptr, line, 1, 1}, message);
}

const char* const kText =
    "a: 1\n"
    "  # expect-error: E204 variable 'z'\n"
    "  # expect-error: E205 twice on one line\n"
    "b: 2\n"
    "# expect-error@0: E001 whole file\n"
    "# expect-warning: W2 range\n"
    "c: 3\n";

TEST_CASE("an expectation is meant for the next line that is none", "[error]") {
  const auto found = expectations(kText);
  REQUIRE(found.size() == 4);
  CHECK(found[0].line == 4);
  CHECK(found[0].code == "E204");
  CHECK(found[0].fragment == "variable 'z'");
  CHECK(found[1].line == 4);
  CHECK(found[2].line == 0);
  CHECK(found[3].line == 7);
  CHECK(found[3].severity == base::Severity::kWarning);
}

TEST_CASE("an expectation that cannot be read is never met", "[error]") {
  const auto found = expectations("# expect-error E204 no colon\na: 1\n");
  REQUIRE(found.size() == 1);
  CHECK(mismatches(found, {error_at(2, "E204", "no colon")}).size() == 2);
}

TEST_CASE("code, line, severity and fragment must all agree", "[error]") {
  const auto expected = expectations("# expect-error: E204 variable 'z'\na: 1\n");
  CHECK(mismatches(expected, {error_at(2, "E204", "rank variable 'z' has no rank")}).empty());
  CHECK(mismatches(expected, {error_at(2, "E205", "rank variable 'z' has no rank")}).size() == 2);
  CHECK(mismatches(expected, {error_at(1, "E204", "rank variable 'z' has no rank")}).size() == 2);
  CHECK(mismatches(expected, {error_at(2, "E204", "rank variable 'y' has no rank")}).size() == 2);
  CHECK(mismatches(expected, {base::warning("E204", {nullptr, 2, 1, 1}, "variable 'z'")}).size() ==
        2);
}

TEST_CASE("a diagnostic too many or too few is a mismatch", "[error]") {
  const auto expected = expectations("# expect-error: E204 z\na: 1\n");
  CHECK(mismatches(expected, {}).size() == 1);
  CHECK(mismatches({}, {error_at(2, "E204", "z")}).size() == 1);
  CHECK(mismatches(expected, {error_at(2, "E204", "z"), error_at(2, "E204", "z")}).size() == 1);
}

TEST_CASE("the fragment may stand in the help", "[error]") {
  base::Diagnostic found = error_at(2, "E011", "unknown key");
  found.help = "did you mean 'ranks'?";
  CHECK(mismatches(expectations("# expect-error: E011 mean 'ranks'\nrank:\n"), {found}).empty());
}

}  // namespace
}  // namespace einfall::tests
