#include "sim/array/issuer.hpp"

#include <catch2/catch.hpp>

namespace einfall::sim {
namespace {

Slots slots_of(const std::string& pattern) {
  Slots slots;
  for (const char c : pattern) {
    slots.emplace_back();
    if (c == 'i') slots.back() = Instruction{};
  }
  return slots;
}

TEST_CASE("an operation's slots follow each other from the cycle in which it was started",
          "[array]") {
  Issuer issuer(slots_of("i.ii"), {2, 4});
  CHECK(issuer.offered(0) == nullptr);
  issuer.tick(0, false);
  CHECK(issuer.offered(1) != nullptr);  // cycle 1
  issuer.tick(1, false);                // not taken: it stays
  CHECK(issuer.offered(1) != nullptr);
  issuer.tick(1, true);
  CHECK(issuer.offered(1) == nullptr);  // cycle 3: the bubble, which passes
  CHECK(issuer.finished() == 0);
  issuer.tick(1, false);
  CHECK(issuer.finished() == 1);
  CHECK(issuer.offered(1) == nullptr);  // cycle 4: the second was not started
  issuer.tick(1, false);
  CHECK(issuer.offered(2) != nullptr);  // cycle 5
  issuer.tick(2, true);
  issuer.tick(2, true);
  CHECK(issuer.done());
  CHECK(issuer.finished() == 2);
  CHECK(issuer.began() == std::vector<std::int64_t>{2, 5});
  CHECK(issuer.last_issued() == 6);
}

TEST_CASE("operations without slots are finished when they are started", "[array]") {
  Issuer issuer(slots_of("i"), {0, 1, 1});
  issuer.tick(0, false);
  CHECK(issuer.finished() == 0);
  issuer.tick(2, false);
  CHECK(issuer.finished() == 1);
  issuer.tick(2, true);
  CHECK(issuer.finished() == 2);
  issuer.tick(3, false);
  CHECK(issuer.finished() == 3);
}

}  // namespace
}  // namespace einfall::sim
