#include <catch2/catch.hpp>

#include "base/sha256.hpp"
#include "explore/canonical.hpp"

namespace einfall::explore {
namespace {

std::string digest_of(const Settings& settings) {
  Documents documents;
  const auto costed =
      cost_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/fusemax.yaml", settings, documents);
  if (!costed) FAIL(base::render(costed.error()));
  return base::sha256(canonical_text(*costed));
}

TEST_CASE("equal scenarios have one canonical text, different ones do not", "[canonical]") {
  CHECK(digest_of({}) == digest_of({{"seq_len", "16384"}, {"design", "binding"}}));
  CHECK(digest_of({}) != digest_of({{"seq_len", "4K"}}));
  CHECK(digest_of({}) != digest_of({{"quirks", "ports"}}));
  CHECK(digest_of({}) != digest_of({{"design", "architecture"}}));
}

}  // namespace
}  // namespace einfall::explore
