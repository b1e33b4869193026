#include "mappings/schedule/port_shares.hpp"

#include <catch2/catch.hpp>
#include <map>

namespace einfall::mappings {
namespace {

// Cycles by which each ends later.
std::map<std::size_t, std::int64_t> delays(PortShares& ports) {
  std::map<std::size_t, std::int64_t> out;
  for (const PortShares::Delay& delay : ports.settle()) out[delay.who] += delay.cycles;
  return out;
}

TEST_CASE("who asks for too much gets as many rows as every other", "[port_shares]") {
  PortShares ports({4});
  ports.begin(0, 100, {400}, 0);
  ports.begin(1, 100, {400}, 0);
  CHECK(delays(ports) == std::map<std::size_t, std::int64_t>{{0, 100}, {1, 100}});
}

TEST_CASE(
    "who asks for less than its share has all it wants, and leaves the rest when it is through",
    "[port_shares]") {
  PortShares ports({4});
  ports.begin(0, 100, {400}, 0);
  ports.begin(1, 100, {100}, 0);
  CHECK(delays(ports) == std::map<std::size_t, std::int64_t>{{0, 25}});
}

TEST_CASE("who begins later holds up those under way", "[port_shares]") {
  PortShares ports({4});
  ports.begin(0, 100, {400}, 0);
  CHECK(delays(ports).empty());
  ports.begin(1, 100, {400}, 50);
  CHECK(delays(ports) == std::map<std::size_t, std::int64_t>{{0, 50}, {1, 50}});
  // One is through at 150, the other goes on alone until 200.
  ports.begin(2, 10, {40}, 200);
  CHECK(delays(ports).empty());
}

TEST_CASE("what is long over holds nobody up, however long", "[port_shares]") {
  for (const std::int64_t gap :
       {(std::int64_t{1} << 43) - 1, std::int64_t{1} << 43, std::int64_t{1} << 60}) {
    PortShares ports({4});
    ports.begin(0, 10, {40}, 0);
    CHECK(delays(ports).empty());
    ports.begin(1, 10, {40}, gap);
    CHECK(delays(ports).empty());
    ports.begin(0, 10, {40}, gap + 5);
    CHECK(delays(ports) == std::map<std::size_t, std::int64_t>{{0, 5}, {1, 5}});
  }
}

TEST_CASE("an operation goes as slowly as the scarcest of its rows", "[port_shares]") {
  PortShares ports({1, 4});
  ports.begin(0, 100, {200, 200}, 0);
  CHECK(delays(ports) == std::map<std::size_t, std::int64_t>{{0, 100}});
}

}  // namespace
}  // namespace einfall::mappings
