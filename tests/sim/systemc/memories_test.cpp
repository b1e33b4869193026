#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <deque>

#include "sim/systemc/buffer_sc.hpp"
#include "sim/systemc/link_sc.hpp"
#include "tests/sim/array/random_drive.hpp"

// The modules of buffer and path against their cores alone, driven alike.
namespace einfall::tests {
namespace {

using sim::RowRequest;

struct BufferBench {
  explicit BufferBench(const sim::BufferSpec& spec) : buffer("buffer", spec) {
    buffer.clk(simulation.clock());
    for (int r = 0; r < spec.requesters; ++r) {
      const std::string name = std::to_string(r);
      buffer.requests[static_cast<std::size_t>(r)](requests.emplace_back("request" + name));
      buffer.rows[static_cast<std::size_t>(r)](rows.emplace_back(("rows" + name).c_str()));
    }
  }
  void drive(const std::vector<std::vector<RowRequest>>& offers) {
    for (std::size_t r = 0; r < offers.size(); ++r) requests[r].offer(offers[r]);
    simulation.settle();
  }

  sim::Simulation simulation;
  sim::BufferSc buffer;
  std::deque<sim::Channel<RowRequest>> requests;
  std::deque<sim::Rows> rows;
};

struct LinkBench {
  explicit LinkBench(const sim::LinkSpec& spec) : link("link", spec) {
    link.clk(simulation.clock());
    link.in(in);
    link.out(out);
  }
  sim::Simulation simulation;
  sim::LinkSc link;
  sim::Channel<float> in{"in"}, out{"out"};
};

std::vector<RowRequest> random_requests(Dice& dice, const sim::BufferSpec& spec) {
  std::vector<RowRequest> out;
  while (!dice.one_in(2)) {
    RowRequest request{dice.one_in(2), dice.roll(0, static_cast<int>(spec.rows) - 1)};
    if (request.write) request.words = dice.values(spec.row_words);
    out.push_back(request);
  }
  return out;
}

}  // namespace

TEST_CASE("the module of the buffer takes and brings what its core does, in the same cycles",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    sim::BufferSpec spec;
    spec.rows = dice.roll(1, 20);
    spec.row_words = dice.roll(1, 3);
    spec.banks = dice.roll(1, 8);
    spec.read_ports = dice.roll(0, 2);
    spec.write_ports = dice.roll(0, 2);
    spec.latency = dice.roll(1, 4);
    spec.requesters = dice.roll(1, 4);
    BufferBench bench(spec);
    sim::Buffer core(spec);
    // Some rows are not written before they are read: a fault of both.
    for (std::int64_t row = 0; row < spec.rows; ++row) {
      if (dice.one_in(50)) continue;
      const auto words = dice.values(spec.row_words);
      bench.buffer.core().preload(row, words);
      core.preload(row, words);
    }
    std::vector<std::vector<RowRequest>> offers(static_cast<std::size_t>(spec.requesters));
    for (int cycle = 0; cycle < 60 && !core.fault(); ++cycle) {
      for (auto& offer : offers)
        if (offer.empty()) offer = random_requests(dice, spec);
      bench.drive(offers);
      core.tick(offers);
      std::vector<sim::Beat<sim::RowArrival>> arrivals(offers.size());
      for (const sim::RowArrival& arrival : core.arrivals())
        arrivals[static_cast<std::size_t>(arrival.requester)].items.push_back(arrival);
      for (std::size_t r = 0; r < offers.size() && !core.fault(); ++r) {
        const int taken = core.taken(static_cast<int>(r));
        RC_ASSERT(bench.requests[r].moves() == taken);
        RC_ASSERT(bench.rows[r].read() == arrivals[r]);
        offers[r].erase(offers[r].begin(), offers[r].begin() + taken);
      }
      bench.simulation.finish();
      RC_ASSERT(bench.buffer.core().fault().has_value() == core.fault().has_value());
    }
  });
}

TEST_CASE("a row is there its latency after the module took its request, not one sooner",
          "[systemc]") {
  for (const std::int64_t latency : {1, 2, 7}) {
    sim::BufferSpec spec;
    spec.latency = latency;
    BufferBench bench(spec);
    bench.buffer.core().preload(0, {5});
    bench.drive({{{false, 0}}});
    REQUIRE(bench.requests[0].moves() == 1);
    for (std::int64_t cycle = 0; cycle <= latency + 1; ++cycle) {
      if (cycle > 0) bench.drive({{}});
      CHECK(bench.rows[0].read().items.size() == (cycle == latency ? 1 : 0));
      bench.simulation.finish();
    }
  }
}

TEST_CASE("the module of a path takes and gives what its core does, in the same cycles",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    const sim::LinkSpec spec{dice.roll(0, 5), dice.roll(1, 4)};
    LinkBench bench(spec);
    sim::Link core(spec);
    for (int cycle = 0; cycle < 100; ++cycle) {
      const std::vector<float> words = dice.values(dice.roll(0, spec.width + 1));
      const int takes = dice.one_in(3) ? 0 : dice.roll(0, spec.width + 1);
      bench.in.offer(words);
      bench.out.ready.write(takes);
      bench.simulation.settle();
      const int pushed = std::min(core.ready(), static_cast<int>(words.size()));
      RC_ASSERT(bench.in.moves() == pushed);
      for (int n = 0; n < pushed; ++n) core.push(words[static_cast<std::size_t>(n)]);
      RC_ASSERT(bench.out.valid.read() == core.valid());
      RC_ASSERT(bench.out.data.read() == sim::Beat<float>{core.there()});
      for (int n = 0; n < takes && core.valid() > 0; ++n) core.pop();
      core.tick();
      bench.simulation.finish();
    }
  });
}

TEST_CASE("a word comes out of the module of a path its latency later, not one sooner",
          "[systemc]") {
  for (const std::int64_t latency : {0, 1, 6}) {
    LinkBench bench({latency, 1});
    bench.in.offer({3});
    bench.out.ready.write(1);
    for (std::int64_t cycle = 0; cycle <= latency + 1; ++cycle) {
      bench.simulation.settle();
      CHECK(bench.out.moves() == (cycle == latency ? 1 : 0));
      bench.simulation.finish();
      bench.in.offer({});
    }
  }
}

}  // namespace einfall::tests
