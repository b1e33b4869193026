#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "sim/buffer/buffer.hpp"
#include "sim/link/link.hpp"
#include "sim/stream/row_reader.hpp"
#include "sim/stream/row_writer.hpp"
#include "tests/sim/array/random_drive.hpp"

namespace einfall::tests {
namespace {

using sim::Fetch;
using sim::RowReader;
using sim::RowWriter;
using sim::Word;

/// Cycles until `rows` rows have passed from a buffer of this latency through a reader of this
/// depth, somebody being ready for them all the time.
std::int64_t cycles_for(std::int64_t rows, std::int64_t latency, int depth) {
  sim::BufferSpec spec;
  spec.rows = rows;
  spec.latency = latency;
  sim::Buffer buffer(spec);
  std::vector<Fetch> order;
  for (std::int64_t row = 0; row < rows; ++row) {
    buffer.preload(row, {static_cast<float>(row)});
    order.push_back({row, 0, false});
  }
  RowReader reader({depth, 1}, order);
  for (std::int64_t cycle = 0, given = 0;; ++cycle) {
    const auto words = reader.offered();
    if (!words.empty()) CHECK(words[0] == static_cast<float>(given++));
    reader.give(static_cast<int>(words.size()));
    std::vector<std::vector<sim::RowRequest>> offers(1);
    if (const Fetch* wanted = reader.wanted(0)) {
      offers[0].push_back({false, wanted->row});
      reader.asked();
    }
    buffer.tick(offers);
    for (const sim::RowArrival& arrival : buffer.arrivals()) reader.arrive(arrival.words);
    reader.tick();
    if (given == rows) return cycle + 1;
  }
}

}  // namespace

TEST_CASE("a depth of latency + 2 moves a row in every cycle, one less does not", "[stream]") {
  for (const std::int64_t latency : {1, 2, 5}) {
    const int depth = static_cast<int>(latency) + 2;
    CHECK(cycles_for(50, latency, depth) == 50 + latency + 1);
    CHECK(cycles_for(50, latency, depth + 3) == 50 + latency + 1);
    CHECK(cycles_for(50, latency, depth - 1) > 50 + latency + 1);
  }
}

TEST_CASE("a row is asked for when its token has been counted, and not before", "[stream]") {
  RowReader reader({4, 1}, {{7, 2, true}, {8, 0, false}});
  CHECK(reader.wanted(1) == nullptr);
  REQUIRE(reader.wanted(2) != nullptr);
  CHECK(reader.wanted(2)->row == 7);
  CHECK(reader.released() == 0);
  reader.asked();
  CHECK(reader.released() == 1);
  CHECK(reader.wanted(0)->row == 8);
}

TEST_CASE("a row leaves word by word where nobody takes it whole", "[stream]") {
  RowReader reader({1, 3}, {{0, 0, false}, {1, 0, false}});
  reader.asked();
  reader.arrive(std::vector<float>{1, 2, 3, 99});
  CHECK(reader.offered().empty());
  reader.tick();
  CHECK(reader.offered().size() == 3);
  reader.give(2);
  REQUIRE(reader.offered().size() == 1);
  CHECK(reader.offered()[0] == 3);
  reader.give(1);
  CHECK(reader.wanted(0) == nullptr);  // its room is free in the next cycle
  reader.tick();
  CHECK(reader.wanted(0)->row == 1);
}

TEST_CASE("a word that finds no row is a fault, not a loss", "[stream]") {
  const std::vector<Word> both{{1, true}, {2, true}}, first{{1, true}, {0, false}};
  RowWriter full({2, 2, 1}, {5, 6});
  full.tick(false, first);
  CHECK(full.offered() == nullptr);
  full.tick(false, first);
  REQUIRE(full.fault());
  CHECK(*full.fault() == "cycle 1, lane 0: a word leaves, and all 1 rows of the writer wait");
  RowWriter over({2, 2, 4}, {5});
  over.tick(false, both);
  REQUIRE(over.offered() != nullptr);
  CHECK(over.offered()->words == std::vector<float>{1, 2});
  over.tick(true, {});
  CHECK(over.done());
  over.tick(false, both);
  REQUIRE(over.fault());
  CHECK(*over.fault() == "cycle 2, lane 0: a word leaves that belongs to no row");
}

// Rows from the buffer over a path into lanes that pass their words on one after the other, back
// into other rows.
TEST_CASE("rows come through reader, path and writer as they are, in order", "[stream][property]") {
  rc::prop("rows", [](std::uint64_t seed) {
    Dice dice(seed);
    const int lanes = dice.roll(1, 6), rows = dice.roll(1, 20);
    sim::BufferSpec spec;
    spec.rows = 2 * rows;
    spec.row_words = lanes + dice.roll(0, 2);
    spec.banks = dice.roll(1, 5);
    spec.shared_ports = dice.roll(1, 2);
    spec.latency = dice.roll(1, 4);
    spec.requesters = 2;
    sim::Buffer buffer(spec);
    std::vector<Fetch> order;
    std::vector<std::int64_t> back;
    for (int row = 0; row < rows; ++row) {
      buffer.preload(row, dice.values(spec.row_words));
      order.push_back({row, 0, false});
      back.push_back(rows + row);
    }
    RowReader reader({dice.roll(1, 6), lanes}, order);
    sim::Link path({dice.roll(0, 3), lanes});
    RowWriter writer({lanes, spec.row_words, rows + lanes}, back);
    std::vector<std::vector<float>> taken;  // by row, and the cycle in which lane 0 had it
    std::vector<std::int64_t> at;
    for (std::int64_t cycle = 0; !writer.done(); ++cycle) {
      RC_ASSERT(cycle < 10'000);
      const auto offered = reader.offered();
      const int sent = std::min(static_cast<int>(offered.size()), path.ready());
      for (int n = 0; n < sent; ++n) path.push(offered[static_cast<std::size_t>(n)]);
      reader.give(sent);
      if (path.valid() == lanes && !dice.one_in(3)) {
        taken.push_back(path.there());
        at.push_back(cycle);
        for (int n = 0; n < lanes; ++n) path.pop();
      }
      std::vector<Word> words(static_cast<std::size_t>(lanes));
      for (std::size_t n = 0; n < taken.size(); ++n)
        if (const auto lane = static_cast<std::size_t>(cycle - at[n]); lane < words.size())
          words[lane] = {taken[n][lane], true};
      std::vector<std::vector<sim::RowRequest>> offers(2);
      if (const Fetch* wanted = reader.wanted(0)) offers[0].push_back({false, wanted->row});
      if (const sim::RowRequest* row = writer.offered()) offers[1].push_back(*row);
      buffer.tick(offers);
      RC_ASSERT(!buffer.fault());
      if (buffer.taken(0) > 0) reader.asked();
      for (const sim::RowArrival& arrival : buffer.arrivals()) reader.arrive(arrival.words);
      writer.tick(buffer.taken(1) > 0, words);
      RC_ASSERT(!writer.fault());
      reader.tick();
      path.tick();
    }
    RC_ASSERT(reader.done());
    for (int row = 0; row < rows; ++row)
      for (std::size_t n = 0; n < static_cast<std::size_t>(lanes); ++n) {
        const float there = buffer.words(row)[n], copied = buffer.words(rows + row)[n];
        RC_ASSERT(there == copied || (std::isnan(there) && std::isnan(copied)));
      }
  });
}

}  // namespace einfall::tests
