#include <catch2/catch.hpp>

#include "explore/quirks_page.hpp"
#include "tests/support/golden.hpp"

namespace einfall::explore {
namespace {

TEST_CASE("the page of quirks is up to date", "[quirks]") {
  Documents documents;
  const auto study = load_reproduction(EINFALL_SOURCE_DIR "/workloads/reference/fusemax.yaml");
  REQUIRE(study);
  const auto page = quirks_page(*study, documents);
  if (!page) FAIL(base::render(page.error()));
  tests::expect_file("docs/reference/quirks.md", *page);
}

}  // namespace
}  // namespace einfall::explore
