#include "sim/engine/pin_queue.hpp"

#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>

namespace einfall::sim {
namespace {

using mappings::Wide;

// The lower number comes first.
bool by_number(std::size_t a, std::size_t b) { return a < b; }

TEST_CASE("what comes first in the order interrupts the others, which go on behind it",
          "[engine][pins]") {
  PinQueue queue({1, 2}, by_number);  // a byte takes two cycles
  queue.keep_spans();
  CHECK(queue.ask(0, 5, 50, 0) == 100);
  CHECK(queue.delays().empty());
  // Ten cycles later somebody needs 3 bytes at once.
  CHECK(queue.ask(1, 2, 3, 10) == 16);
  REQUIRE(queue.delays().size() == 1);
  CHECK(queue.delays()[0].engine == 0);
  CHECK(queue.delays()[0].cycles == 6);
  // Between the two, and behind both.
  CHECK(queue.ask(2, 3, 1, 12) == 18);
  CHECK(queue.delays().size() == 1);
  CHECK(queue.ask(3, 9, 1, 12) == 110);
  CHECK(queue.delays().empty());
  CHECK(queue.spans(0) == PinQueue::Spans{{0, 10}, {18, 108}});
  CHECK(queue.spans(1) == PinQueue::Spans{{10, 16}});
}

TEST_CASE("a piece that passes in this cycle is not interrupted, one that has a tick left is",
          "[engine][pins]") {
  for (const std::int64_t now : {9, 10}) {
    PinQueue queue({1, 1}, by_number);
    CHECK(queue.ask(0, 5, 10, 0) == 10);
    CHECK(queue.ask(1, 2, 4, now) == now + 4);
    CHECK(queue.delays().size() == (now == 9 ? 1 : 0));
  }
}

TEST_CASE("many small interruptions cost what they take, to the tick", "[engine][pins]") {
  // 7/3 bytes a cycle: a byte of another stream every 10 cycles takes 3/7 of one.
  PinQueue queue({7, 3}, by_number);
  CHECK(queue.ask(0, 5, 700, 0) == 300);
  std::int64_t end = 300;
  for (std::int64_t i = 1; i <= 20; ++i) {
    queue.ask(1, 2, 1, 10 * i);
    for (const PinQueue::Delay& delay : queue.delays()) end += delay.cycles;
    CHECK(end == 300 + (3 * i + 6) / 7);
  }
}

TEST_CASE("within the play of a queue no piece ends in another cycle, a tick beyond it one does",
          "[engine][pins]") {
  // 10 ticks a cycle, 3 a byte. The first piece ends at tick 24, the one behind it at 36.
  const auto ends = [](std::int64_t ticks) {
    PinQueue queue({10, 3}, by_number);
    queue.ask(0, 1, 8, 0);
    queue.watch_play(1);
    queue.move(1, ticks);
    return queue.ask(1, 2, 4, 2);
  };
  PinQueue queue({10, 3}, by_number);
  CHECK(queue.ask(0, 1, 8, 0) == 3);
  CHECK(queue.tick(1) == 4);
  CHECK(queue.tick(3) == 0);
  queue.watch_play(1);
  CHECK(queue.ask(1, 2, 4, 2) == 4);
  CHECK(queue.play().together);
  CHECK(queue.play().sooner == 3);
  CHECK(queue.play().later == 4);
  for (std::int64_t ticks = -3; ticks <= 4; ++ticks) CHECK(ends(ticks) == 4);
  CHECK(ends(5) == 5);
  // What finds the pins free has a fraction of its own.
  CHECK(queue.ask(2, 3, 4, 4) == 6);
  CHECK_FALSE(queue.play().together);
}

// ---- Against serving tick by tick -----------------------------------------------------------

struct Asked {
  std::size_t engine = 0, transfer = 0;
  std::int64_t bytes = 0, at = 0;
};

// When each piece has passed: every tick goes to the first in the order.
std::vector<std::int64_t> tick_by_tick(const std::vector<Asked>& all, PinQueue::Rate rate) {
  std::vector<std::int64_t> left, passed(all.size(), -1);
  for (const Asked& asked : all) left.push_back(asked.bytes * rate.per_byte);
  std::size_t open = all.size();
  for (std::int64_t tick = 0; open > 0; ++tick) {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (left[i] > 0 && all[i].at * rate.per_cycle <= tick &&
          (!first || all[i].transfer < all[*first].transfer))
        first = i;
    if (!first || --left[*first] > 0) continue;
    passed[*first] = tick / rate.per_cycle + 1;
    --open;
  }
  return passed;
}

TEST_CASE("pieces pass when serving tick by tick says so", "[engine][pins][property]") {
  rc::prop("random requests", [] {
    const PinQueue::Rate rate{*rc::gen::inRange<std::int64_t>(1, 8),
                              *rc::gen::inRange<std::int64_t>(1, 8)};
    std::vector<Asked> all;
    std::int64_t now = 0;
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    for (std::size_t i = count; i-- > 1;)
      std::swap(order[i], order[*rc::gen::inRange<std::size_t>(0, i + 1)]);
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back({i, order[i], *rc::gen::inRange<std::int64_t>(1, 20), now});
      now += *rc::gen::inRange<std::int64_t>(0, 12);
    }
    PinQueue queue(rate, by_number);
    std::vector<std::int64_t> passed(count, 0);
    for (const Asked& asked : all) {
      if (asked.engine % 3 == 2) {  // time may go on anywhere
        queue.shift(1000);
        queue.shift(-1000);
      }
      passed[asked.engine] = queue.ask(asked.engine, asked.transfer, asked.bytes, asked.at);
      for (const PinQueue::Delay& delay : queue.delays()) passed[delay.engine] += delay.cycles;
    }
    RC_ASSERT(passed == tick_by_tick(all, rate));
  });
}

}  // namespace
}  // namespace einfall::sim
