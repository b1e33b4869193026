#include "sim/dma/dram_pins.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "sim/dma/load_engine.hpp"
#include "sim/dma/memory_channel.hpp"
#include "sim/dram/bandwidth_dram.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/sim/dma/ask.hpp"

namespace einfall::tests {
namespace {

/// A load engine over pins that give rows as they are asked for: what it offers, cycle by cycle.
template <class Pins>
std::vector<std::vector<sim::RowRequest>> offers_over(Pins pins, sim::LoadEngine load, Dice dice,
                                                      int cycles) {
  std::vector<std::vector<sim::RowRequest>> all;
  std::int64_t released = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    if (load.completed() > released && dice.one_in(2)) {
      ++released;
      load.release();
    }
    const sim::Descriptor piece{dice.roll(0, 50), dice.roll(0, 99), dice.roll(1, 20)};
    if (pins.idle(0) && load.ready()) load.take(piece);
    ask(load, pins, 0);
    all.push_back(load.offers());
    load.tick(std::min(dice.roll(0, 2), static_cast<int>(all.back().size())));
    pins.tick();
  }
  return all;
}

}  // namespace

// A cycle has `bytes` ticks, a byte takes `cycles`.
TEST_CASE("timed by bandwidth and latency, rows arrive in the cycles that the plain pins say",
          "[dma][property]") {
  rc::prop("rows", [](std::uint64_t seed) {
    Dice dice(seed);
    sim::ChannelSpec channel{1, 1, 1, dice.roll(0, 9), 1};
    channel.cycles = dice.roll(1, 6);
    channel.row_bytes = dice.roll(1, 9);
    channel.bytes = dice.roll(1, static_cast<int>(channel.cycles * channel.row_bytes));
    const sim::LoadEngine load({dice.roll(1, 3), dice.roll(1, 9)});
    const std::vector<float> words = dice.values(80);
    sim::BandwidthDram dram({channel.cycles, channel.latency * channel.bytes});
    const sim::DramPins pins({channel.bytes, channel.row_bytes, 1}, dram, words);
    const Dice same(seed);
    const auto expected = offers_over(sim::MemoryChannel(channel, words), load, same, 150);
    const auto seen = offers_over(pins, load, same, 150);
    int rows = 0;
    for (std::size_t cycle = 0; cycle < expected.size(); ++cycle) {
      RC_ASSERT(seen[cycle].size() == expected[cycle].size());
      for (std::size_t n = 0; n < expected[cycle].size(); ++n, ++rows)
        RC_ASSERT(seen[cycle][n].row == expected[cycle][n].row);
    }
    RC_ASSERT(rows > 0);
  });
}

TEST_CASE("a row is there in the first cycle behind its last byte, and not one sooner", "[dma]") {
  const std::vector<float> words{1, 2};
  sim::BandwidthDram dram({3, 14});  // a byte in 3 ticks, of which a cycle has 10
  sim::DramPins pins({10, 5, 1}, dram, words);
  pins.request(0, {1});
  CHECK(pins.room(0) == 0);
  for (int cycle = 0; cycle <= 3; ++cycle) {
    CHECK(pins.rows().there(0).empty() == (cycle < 3));  // 14 + 15 ticks
    CHECK(pins.idle(0) == (cycle >= 2));                 // 15 ticks
    if (cycle < 3) pins.tick();
  }
  CHECK(pins.rows().take(0) == std::vector<float>{2});
}

TEST_CASE("of several engines' rows a DRAM is asked for the lowest in the order, one a cycle",
          "[dma]") {
  const std::vector<float> words{1, 2, 3};
  sim::BandwidthDram dram({1, 0});  // a byte a tick, a cycle has 10
  sim::DramPins pins({10, 10, 1}, dram, words, 1, 4);
  pins.request(0, {0, 7});
  pins.request(1, {1, 5});
  pins.request(2, {3, 6, true, {9}});
  for (int cycle = 0; cycle < 4; ++cycle) {
    CHECK(pins.room(0) == (cycle == 3 ? 1 : 0));
    CHECK(pins.room(3) == 1);
    CHECK(pins.idle(1) == (cycle >= 1));
    CHECK(pins.idle(2) == (cycle >= 2));
    CHECK(pins.idle(0) == (cycle >= 3));
    CHECK(pins.rows().there(1).size() == (cycle >= 1 ? 1 : 0));
    CHECK(pins.rows().there(0).size() == (cycle >= 3 ? 1 : 0));
    CHECK(pins.rows().stored(2) == (cycle >= 3 ? 1 : 0));
    if (cycle < 3) pins.tick();
  }
  CHECK(*pins.rows().words(3) == std::vector<float>{9});
}

}  // namespace einfall::tests
