#include <rapidcheck/catch.h>

#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <optional>

#include "sim/systemc/buffer_sc.hpp"
#include "sim/systemc/link_sc.hpp"
#include "sim/systemc/load_sc.hpp"
#include "sim/systemc/memory_sc.hpp"
#include "sim/systemc/store_sc.hpp"
#include "tests/sim/array/random_drive.hpp"

// The modules of buffer, path, load engine and pins against their cores alone, driven alike.
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

struct LoadBench {
  LoadBench(const sim::ChannelSpec& channel, const sim::LoadEngineSpec& spec,
            std::span<const float> words)
      : load("load", spec), memory("memory", sim::MemoryChannel(channel, words), 1) {
    load.clk(simulation.clock());
    memory.clk(simulation.clock());
    load.descriptors(descriptors);
    load.released(released);
    load.asks(asks);
    memory.asked[0](asks);
    memory.rows[0](rows);
    load.rows(rows);
    memory.idle[0](idle);
    memory.stored[0](stored);
    load.idle(idle);
    load.writes(writes);
    load.completed(completed);
  }
  sim::Simulation simulation;
  sim::LoadSc load;
  sim::PinsSc<sim::MemoryChannel> memory;
  sim::Channel<sim::Descriptor> descriptors{"descriptors"};
  sim::Channel<sim::PinRow> asks{"asks"};
  sim::Channel<std::vector<float>> rows{"rows"};
  sim::Channel<RowRequest> writes{"writes"};
  sim::Count released{"released"}, completed{"completed"}, stored{"stored"};
  sc_core::sc_signal<bool> idle{"idle"};
};

/// A load and a store engine at one memory; the store is the second.
struct SharedBench {
  SharedBench(const sim::ChannelSpec& channel, const sim::LoadEngineSpec& load_spec,
              const sim::StoreEngineSpec& store_spec, std::span<const float> words)
      : load("load", load_spec),
        store("store", store_spec),
        memory("memory", sim::MemoryChannel(channel, words, 0, 2), 2) {
    for (sim::Clocked* module : std::initializer_list<sim::Clocked*>{&load, &store, &memory})
      module->clk(simulation.clock());
    for (std::size_t e : {0, 1}) {
      memory.asked[e](asks[e]);
      memory.rows[e](rows[e]);
      memory.idle[e](idle[e]);
      memory.stored[e](stored[e]);
    }
    load.descriptors(loads);
    load.released(released);
    load.asks(asks[0]);
    load.rows(rows[0]);
    load.idle(idle[0]);
    load.writes(writes);
    load.completed(loaded);
    store.descriptors(stores);
    store.reads(reads);
    store.rows(brought);
    store.asks(asks[1]);
    store.idle(idle[1]);
    store.stored(stored[1]);
    store.completed(completed);
  }
  sim::Simulation simulation;
  sim::LoadSc load;
  sim::StoreSc store;
  sim::PinsSc<sim::MemoryChannel> memory;
  sim::Channel<sim::Descriptor> loads{"loads"}, stores{"stores"};
  std::array<sim::Channel<sim::PinRow>, 2> asks{sim::Channel<sim::PinRow>{"asks0"},
                                                sim::Channel<sim::PinRow>{"asks1"}};
  std::array<sim::Channel<std::vector<float>>, 2> rows{sim::Channel<std::vector<float>>{"rows0"},
                                                       sim::Channel<std::vector<float>>{"rows1"}};
  sim::Channel<RowRequest> writes{"writes"}, reads{"reads"};
  sim::Rows brought;
  sim::Count released{"released"}, loaded{"loaded"}, completed{"completed"};
  std::array<sim::Count, 2> stored;
  std::array<sc_core::sc_signal<bool>, 2> idle;
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

// What a cycle does between a load engine, the first at the pins, and them.
void ask(sim::LoadEngine& load, sim::MemoryChannel& pins) {
  while (!pins.rows().there(0).empty()) load.arrive(pins.rows().take(0));
  int asked = 0;
  for (const sim::PinRow& row : load.wanted()) {
    if (pins.room(0) == 0) break;
    pins.request(0, row);
    ++asked;
  }
  load.asked(asked);
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

TEST_CASE("the modules of load engine and pins move rows in the cycles in which their cores do",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    const sim::ChannelSpec channel{dice.roll(1, 9), dice.roll(1, 20), dice.roll(1, 5),
                                   dice.roll(0, 8), 2};
    const sim::LoadEngineSpec spec{dice.roll(1, 3), dice.roll(1, 12)};
    const std::vector<float> words = dice.values(200 * channel.row_words);
    LoadBench bench(channel, spec, words);
    sim::MemoryChannel pins(channel, words);
    sim::LoadEngine load(spec);
    std::optional<sim::Descriptor> piece;
    std::int64_t taken = 0, released = 0;
    const int hurry = dice.roll(1, 4);
    for (int cycle = 0; cycle < 200; ++cycle) {
      if (!piece && dice.one_in(hurry))
        piece = {dice.roll(0, 150), dice.roll(0, 99), dice.roll(1, 20)};
      if (load.completed() > released && dice.one_in(3)) {
        ++released;
        load.release();
      }
      const int room = dice.one_in(3) ? 0 : dice.roll(0, 4);
      bench.descriptors.offer(piece ? std::vector{*piece} : std::vector<sim::Descriptor>{});
      bench.released.write(released);
      bench.writes.ready.write(room);
      bench.simulation.settle();
      RC_ASSERT(bench.completed.read() == load.completed());
      RC_ASSERT(bench.descriptors.moves() == (piece && load.ready() && pins.idle(0) ? 1 : 0));
      if (piece && load.ready() && pins.idle(0)) {
        load.take(*piece);
        piece.reset();
        ++taken;
      }
      ask(load, pins);
      const auto offers = load.offers();
      RC_ASSERT(bench.writes.data.read() == sim::Beat<RowRequest>{offers});
      load.tick(std::min(room, static_cast<int>(offers.size())));
      pins.tick();
      bench.simulation.finish();
    }
    RC_ASSERT(taken > 0);
  });
}

TEST_CASE("the modules of two engines that share pins move rows in the cycles of their cores",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    const sim::ChannelSpec channel{dice.roll(1, 9), dice.roll(1, 20), dice.roll(1, 5),
                                   dice.roll(0, 8), 2};
    const sim::LoadEngineSpec load_spec{dice.roll(1, 3), dice.roll(1, 12)};
    const sim::StoreEngineSpec store_spec{dice.roll(1, 12)};
    const std::vector<float> words = dice.values(200 * channel.row_words);
    SharedBench bench(channel, load_spec, store_spec, words);
    sim::MemoryChannel pins(channel, words, 0, 2);
    sim::LoadEngine load(load_spec);
    sim::StoreEngine store(store_spec);
    std::deque<std::pair<int, sim::RowArrival>> under_way;  // reads of the buffer, by cycle
    std::int64_t released = 0, pieces = 0;
    std::optional<sim::Descriptor> in, out;
    for (int cycle = 0; cycle < 200; ++cycle) {
      const auto piece = [&] {
        return sim::Descriptor{dice.roll(0, 150), dice.roll(0, 150), dice.roll(1, 20),
                               dice.roll(0, 9)};
      };
      if (!in && dice.one_in(3)) in = piece();
      if (!out && dice.one_in(3)) out = piece();
      if (load.completed() > released && dice.one_in(3)) {
        ++released;
        load.release();
      }
      const int room = dice.roll(0, 4), grants = dice.roll(0, 2);
      std::vector<sim::RowArrival> brought;
      while (!under_way.empty() && under_way.front().first <= cycle) {
        brought.push_back(under_way.front().second);
        under_way.pop_front();
      }
      bench.loads.offer(in ? std::vector{*in} : std::vector<sim::Descriptor>{});
      bench.stores.offer(out ? std::vector{*out} : std::vector<sim::Descriptor>{});
      bench.released.write(released);
      bench.writes.ready.write(room);
      bench.reads.ready.write(grants);
      bench.rows[1].ready.write(0);
      bench.brought.write({brought});
      bench.simulation.settle();
      RC_ASSERT(bench.loaded.read() == load.completed());
      RC_ASSERT(bench.completed.read() == store.completed(pins.rows().stored(1)));
      RC_ASSERT(bench.stores.moves() == (out && store.ready() ? 1 : 0));
      if (in && load.ready() && pins.idle(0)) {
        load.take(*in);
        in.reset();
      }
      if (out && store.ready()) {
        store.take(*out);
        out.reset();
        ++pieces;
      }
      ask(load, pins);
      const auto reads = store.reads();
      RC_ASSERT(bench.reads.data.read() == sim::Beat<RowRequest>{reads});
      const int read = std::min(grants, static_cast<int>(reads.size()));
      for (int n = 0; n < read; ++n)
        under_way.push_back(
            {cycle + 3, {0, reads[static_cast<std::size_t>(n)].row, dice.values(2)}});
      store.read(read);
      for (const sim::RowArrival& row : brought) store.arrive(row.words);
      const auto wanted = store.wanted(pins.idle(1));
      RC_ASSERT(bench.asks[1].data.read() == sim::Beat<sim::PinRow>{wanted});
      int asked = 0;
      for (; asked < static_cast<int>(wanted.size()) && pins.room(1) > 0; ++asked)
        pins.request(1, wanted[static_cast<std::size_t>(asked)]);
      store.asked(asked);
      const auto offers = load.offers();
      RC_ASSERT(bench.writes.data.read() == sim::Beat<RowRequest>{offers});
      load.tick(std::min(room, static_cast<int>(offers.size())));
      pins.tick();
      bench.simulation.finish();
    }
    RC_ASSERT(pieces > 0);
  });
}

TEST_CASE("a row is offered by the load engine when pins and latency let it, not one cycle sooner",
          "[systemc]") {
  for (const std::int64_t latency : {0, 4}) {
    // 7 bytes at 2 a cycle: through after 3.5 cycles.
    const std::vector<float> words{8};
    LoadBench bench({7, 2, 1, latency, 1}, {1, 4}, words);
    bench.descriptors.offer({{0, 3, 1}});
    bench.writes.ready.write(1);
    for (std::int64_t cycle = 0; cycle <= 4 + latency + 1; ++cycle) {
      bench.simulation.settle();
      CHECK(bench.descriptors.moves() == (cycle == 0 ? 1 : 0));
      CHECK(bench.idle.read() == (cycle == 0 || cycle >= 4));
      CHECK(bench.writes.moves() == (cycle == 4 + latency ? 1 : 0));
      CHECK(bench.completed.read() == (cycle > 4 + latency ? 1 : 0));
      bench.simulation.finish();
    }
  }
}

TEST_CASE("a stored row passes from buffer to memory in the stated cycles, not one sooner",
          "[systemc]") {
  for (const std::int64_t latency : {0, 4}) {
    // 7 bytes at 2 a cycle: through after 3.5 cycles.
    SharedBench bench({7, 2, 1, latency, 1}, {1, 4}, {2}, std::vector<float>{8});
    bench.stores.offer({{5, 0, 1, 0}});
    bench.reads.ready.write(1);
    bench.rows[1].ready.write(0);
    constexpr int kBrought = 3;
    for (std::int64_t cycle = 0; cycle <= kBrought + 4 + latency + 1; ++cycle) {
      std::vector<sim::RowArrival> brought;
      if (cycle == kBrought) brought.push_back({0, 5, {3}});
      bench.brought.write({brought});
      bench.simulation.settle();
      CHECK(bench.stores.moves() == (cycle == 0 ? 1 : 0));
      CHECK(bench.reads.moves() == (cycle == 0 ? 1 : 0));
      CHECK(bench.asks[1].moves() == (cycle == kBrought ? 1 : 0));
      CHECK(bench.idle[1].read() == (cycle <= kBrought || cycle >= kBrought + 4));
      CHECK(bench.completed.read() == (cycle > kBrought + 4 + latency ? 1 : 0));
      bench.simulation.finish();
      bench.stores.offer({});
    }
    CHECK(*bench.memory.contents().words(0) == std::vector<float>{3});
  }
}

}  // namespace einfall::tests
