#include "sim/link/link.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "tests/sim/array/random_drive.hpp"

namespace einfall::tests {
namespace {

using sim::Link;

TEST_CASE("a word is there its latency after it was pushed and not one cycle sooner", "[link]") {
  for (const std::int64_t latency : {0, 1, 2, 9}) {
    Link link({latency, 1});
    link.push(7);
    for (std::int64_t cycle = 0; cycle < latency; ++cycle) {
      CHECK(link.valid() == 0);
      link.tick();
    }
    REQUIRE(link.valid() == 1);
    CHECK(link.pop() == 7);
  }
}

TEST_CASE("a link moves its width in every cycle", "[link]") {
  for (const std::int64_t latency : {0, 1, 5})
    for (const int width : {1, 3}) {
      Link link({latency, width});
      std::int64_t popped = 0;
      for (int cycle = 0; cycle < 100; ++cycle) {
        CHECK(link.ready() == width);
        while (link.ready() > 0) link.push(0);
        for (; link.valid() > 0; ++popped) link.pop();
        link.tick();
      }
      CHECK(popped == (100 - latency) * width);
    }
}

TEST_CASE("what nobody takes fills the skid, and no word more", "[link]") {
  Link link({4, 2});
  int pushed = 0;
  for (int cycle = 0; cycle < 20; ++cycle, link.tick())
    for (; link.ready() > 0; ++pushed) link.push(static_cast<float>(pushed));
  CHECK(pushed == (4 + 1) * 2);
  for (int n = 0; n < pushed; ++n) {
    CHECK(link.pop() == static_cast<float>(n));
    if (link.valid() == 0) link.tick();
  }
}

TEST_CASE("no word is lost, overtaken or early", "[link][property]") {
  rc::prop("words", [](std::uint64_t seed) {
    Dice dice(seed);
    const sim::LinkSpec spec{dice.roll(0, 6), dice.roll(1, 3)};
    const int gives = dice.roll(1, 4), takes = dice.roll(1, 4);
    Link link(spec);
    std::deque<std::pair<float, std::int64_t>> sent;
    float next = 0;
    for (std::int64_t cycle = 0; cycle < 200; ++cycle) {
      while (link.ready() > 0 && dice.one_in(gives)) {
        sent.emplace_back(next, cycle);
        link.push(next++);
      }
      // The oldest word is there exactly from its latency on, unless as many have left already.
      const bool there = !sent.empty() && sent.front().second + spec.latency <= cycle;
      RC_ASSERT((link.valid() > 0) == there);
      while (link.valid() > 0 && dice.one_in(takes)) {
        RC_ASSERT(sent.front().second + spec.latency <= cycle);
        RC_ASSERT(link.pop() == sent.front().first);
        sent.pop_front();
      }
      link.tick();
    }
  });
}

}  // namespace
}  // namespace einfall::tests
