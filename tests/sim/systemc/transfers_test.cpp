#include <rapidcheck/catch.h>

#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <optional>

#include "sim/systemc/load_sc.hpp"
#include "sim/systemc/memory_sc.hpp"
#include "sim/systemc/store_sc.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/sim/dma/ask.hpp"

// The modules of the engines to and from the memory and of its pins against their cores alone,
// driven alike.
namespace einfall::tests {
namespace {

using sim::RowRequest;

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

}  // namespace

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
      ask(load, pins, 0);
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
      ask(load, pins, 0);
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
      store.asked(request_rows(pins, 1, wanted));
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
