#include "sim/buffer/buffer.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <map>

namespace einfall::sim {
namespace {

using Offers = std::vector<std::vector<RowRequest>>;

BufferSpec spec_of(int requesters, int ports, int banks, std::int64_t latency = 1) {
  BufferSpec spec;
  spec.rows = 64;
  spec.banks = banks;
  spec.shared_ports = ports;
  spec.latency = latency;
  spec.requesters = requesters;
  return spec;
}

Buffer filled(const BufferSpec& spec) {
  Buffer buffer(spec);
  for (std::int64_t row = 0; row < spec.rows; ++row) buffer.preload(row, {static_cast<float>(row)});
  return buffer;
}

TEST_CASE("a row is there its latency after the grant and not one cycle sooner", "[buffer]") {
  for (const std::int64_t latency : {0, 1, 2, 7}) {
    Buffer buffer = filled(spec_of(1, 1, 1, latency));
    buffer.tick(Offers{{{false, 5}}});
    CHECK(buffer.taken(0) == 1);
    for (std::int64_t cycle = 0; cycle < latency; ++cycle) {
      CHECK(buffer.arrivals().empty());
      buffer.tick(Offers{{}});
    }
    REQUIRE(buffer.arrivals().size() == 1);
    CHECK(buffer.arrivals()[0].row == 5);
    CHECK(buffer.arrivals()[0].words == std::vector<float>{5});
    buffer.tick(Offers{{}});
    CHECK(buffer.arrivals().empty());
  }
}

TEST_CASE("what is written can be read from the next cycle on", "[buffer]") {
  for (const bool was_there : {true, false}) {
    Buffer buffer(spec_of(2, 2, 64, 0));
    if (was_there) buffer.preload(3, {1});
    // Both in one cycle would need the bank twice: the second waits, and sees the new row.
    buffer.tick(Offers{{{true, 3, {2}}}, {{false, 3}}});
    CHECK(buffer.taken(0) == 1);
    CHECK(buffer.taken(1) == 0);
    buffer.tick(Offers{{}, {{false, 3}}});
    REQUIRE(buffer.arrivals().size() == 1);
    CHECK(buffer.arrivals()[0].words == std::vector<float>{2});
  }
}

TEST_CASE("a row that nothing was written to, or that does not exist, ends the run", "[buffer]") {
  Buffer never(spec_of(1, 1, 1));
  never.tick(Offers{{}});
  never.tick(Offers{{{false, 5}}});
  REQUIRE(never.fault());
  CHECK(text(*never.fault()) ==
        "cycle 1, requester 0: row 5 is read, but nothing was written to it");
  never.tick(Offers{{{true, 5, {1}}}});
  CHECK(never.cycle() == 1);
  Buffer outside(spec_of(1, 1, 1));
  outside.tick(Offers{{{true, 64, {1}}}});
  REQUIRE(outside.fault());
  CHECK(outside.fault()->kind == BufferFault::Kind::kOutside);
}

TEST_CASE("ports of one kind do not serve the other, shared ones serve both", "[buffer]") {
  BufferSpec spec = spec_of(1, 0, 64);
  spec.read_ports = 1;
  spec.write_ports = 2;
  const std::vector<RowRequest> reads{{false, 1}, {false, 2}, {false, 3}};
  const std::vector<RowRequest> writes{{true, 1, {0}}, {true, 2, {0}}, {true, 3, {0}}};
  const auto taken = [&](const std::vector<RowRequest>& requests) {
    Buffer buffer = filled(spec);
    buffer.tick(Offers{requests});
    return buffer.taken(0);
  };
  CHECK(taken(reads) == 1);
  CHECK(taken(writes) == 2);
  spec.shared_ports = 1;
  CHECK(taken(reads) == 2);
  CHECK(taken(writes) == 3);
}

TEST_CASE("a bank serves one row a cycle", "[buffer]") {
  Buffer buffer = filled(spec_of(2, 4, 8));
  buffer.tick(Offers{{{false, 1}}, {{false, 9}}});
  CHECK(buffer.taken(0) + buffer.taken(1) == 1);
  CHECK(buffer.counters().waited_for_bank == 1);
  buffer.tick(Offers{{{false, 1}}, {{false, 10}}});
  CHECK(buffer.taken(0) + buffer.taken(1) == 2);
  CHECK(buffer.counters().waited_for_port == 0);
}

// Every requester has rows to move all the time.
TEST_CASE("who asks all the time gets as many rows as every other", "[buffer][property]") {
  REQUIRE(rc::check([] {
    const int requesters = *rc::gen::inRange(1, 6), ports = *rc::gen::inRange(1, 8);
    Buffer buffer = filled(spec_of(requesters, ports, 64));
    std::vector<std::int64_t> rows(static_cast<std::size_t>(requesters), 0);
    for (int cycle = 0; cycle < 50; ++cycle) {
      Offers offers;
      for (int r = 0; r < requesters; ++r) {
        offers.emplace_back();
        for (int n = 0; n < ports; ++n) offers.back().push_back({false, (r * ports + n) % 64});
      }
      buffer.tick(offers);
      for (int r = 0; r < requesters; ++r) rows[r] += buffer.taken(r);
      const auto [least, most] = std::minmax_element(rows.begin(), rows.end());
      RC_ASSERT(*most - *least <= 1);
    }
    RC_ASSERT(buffer.counters().rows == std::int64_t{50} * ports);
  }));
}

// Requesters that keep what they offer until it is taken, against a memory without time.
TEST_CASE("rows are moved once, in order, and what is read is what was last written",
          "[buffer][property]") {
  REQUIRE(rc::check([](const std::vector<std::pair<std::uint8_t, bool>>& wishes) {
    BufferSpec spec = spec_of(3, *rc::gen::inRange(1, 4), *rc::gen::inRange(1, 9),
                              *rc::gen::inRange<std::int64_t>(0, 4));
    Buffer buffer = filled(spec);
    Offers offers(3);
    for (std::size_t n = 0; n < wishes.size(); ++n)
      offers[n % 3].push_back(
          {wishes[n].second, wishes[n].first % 64, {static_cast<float>(1000 + n)}});
    std::map<std::int64_t, float> memory;
    for (std::int64_t row = 0; row < 64; ++row) memory[row] = static_cast<float>(row);
    std::vector<float> expected, seen;
    const auto wait = static_cast<std::int64_t>(wishes.size()) + spec.latency;
    for (std::int64_t cycle = 0; cycle <= wait; ++cycle) {
      buffer.tick(offers);
      RC_ASSERT(!buffer.fault());
      std::size_t first = 0;
      std::vector<std::pair<std::int64_t, float>> writes;
      std::vector<std::int64_t> banks;
      for (auto& wanted : offers) {
        const auto taken = wanted.begin() + buffer.taken(static_cast<int>(first++));
        for (auto request = wanted.begin(); request != taken; ++request) {
          banks.push_back(spec.bank_of(request->row));
          if (request->write)
            writes.emplace_back(request->row, request->words[0]);
          else
            expected.push_back(memory[request->row]);
        }
        wanted.erase(wanted.begin(), taken);
      }
      std::sort(banks.begin(), banks.end());
      RC_ASSERT(std::adjacent_find(banks.begin(), banks.end()) == banks.end());
      RC_ASSERT(static_cast<int>(banks.size()) <= spec.shared_ports);
      for (const auto& [row, word] : writes) memory[row] = word;
      for (const RowArrival& arrival : buffer.arrivals()) seen.push_back(arrival.words[0]);
    }
    std::sort(expected.begin(), expected.end());
    std::sort(seen.begin(), seen.end());
    RC_ASSERT(seen == expected);
    for (const auto& [row, word] : memory) RC_ASSERT(buffer.words(row)[0] == word);
  }));
}

}  // namespace
}  // namespace einfall::sim
