#include <catch2/catch.hpp>

#include "explore/canonical.hpp"

namespace einfall::explore {
namespace {

std::string digest_of(const Settings& settings) {
  Documents documents;
  const auto costed =
      cost_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/fusemax.yaml", settings, documents);
  if (!costed) FAIL(base::render(costed.error()));
  return digest(canonical_text(*costed));
}

TEST_CASE("digests are SHA-256", "[canonical]") {
  // The test vectors of FIPS 180-4.
  CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("equal scenarios have one canonical text, different ones do not", "[canonical]") {
  CHECK(digest_of({}) == digest_of({{"seq_len", "16384"}, {"design", "binding"}}));
  CHECK(digest_of({}) != digest_of({{"seq_len", "4K"}}));
  CHECK(digest_of({}) != digest_of({{"quirks", "ports"}}));
  CHECK(digest_of({}) != digest_of({{"design", "architecture"}}));
}

}  // namespace
}  // namespace einfall::explore
