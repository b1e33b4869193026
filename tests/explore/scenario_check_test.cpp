#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "explore/document.hpp"
#include "explore/scenario.hpp"

namespace einfall::explore {
namespace {

TEST_CASE("a parameter that is needed and unset is E954", "[scenario]") {
  const auto path = std::filesystem::temp_directory_path() / "einfall-unset-parameter.yaml";
  std::ofstream(path) << "einfall: 1\n"
                         "scenario: unset\n"
                         "parameters: {length: {doc: tokens, size: true}}\n"
                         "cascade: c.yaml\n"
                         "machine: m.yaml\n"
                         "mapping: p.yaml\n"
                         "sizes: {T: \"{length}\"}\n";
  const auto scenario = load_scenario(path.string());
  REQUIRE(scenario);
  Scenarios scenarios;
  const auto resolved = resolve(*scenario, {}, scenarios);
  REQUIRE_FALSE(resolved);
  REQUIRE(resolved.error().size() == 1);
  CHECK(resolved.error()[0].code == "E954");
  CHECK(resolved.error()[0].span.line == 7);
  CHECK(resolve(*scenario, {{"length", "1K"}}, scenarios));
  // It may come from outside, so that the document itself is fine.
  CHECK(check_document(path.string()).verdict == Verdict::kFine);
}

}  // namespace
}  // namespace einfall::explore
