#include "sim/dma/load_engine.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <optional>

#include "sim/dma/memory_channel.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/sim/dma/ask.hpp"

// A load engine, the pins, the buffer and who reads from it: stepped, against the engines of a
// program.
namespace einfall::tests {
namespace {

struct Setup {
  sim::ChannelSpec channel;
  sim::LoadEngineSpec load;
  int pieces = 1;
  std::int64_t rows = 1;   // of a piece
  std::int64_t issue = 1;  // cycles in which a piece is used
  /// Another requester that wants a row of the buffer in every cycle.
  bool others = false;
};

/// By piece: from when on its data can be used, and when its use begins.
struct Stamps {
  std::vector<std::int64_t> delivered, used;
  bool operator==(const Stamps&) const = default;
};

Setup random_setup(Dice& dice, int most_rows_in_ten_cycles) {
  Setup s;
  s.channel.row_bytes = 10;
  s.channel.cycles = dice.roll(1, 7);
  s.channel.bytes = dice.roll(1, static_cast<int>(s.channel.cycles) * most_rows_in_ten_cycles);
  s.channel.latency = dice.roll(0, 12);
  s.load.slots = dice.roll(1, 4);
  s.load.queue_rows = static_cast<int>(s.channel.latency) + 4;
  s.pieces = dice.roll(1, 12);
  s.rows = dice.roll(1, 20);
  s.issue = dice.roll(1, 60);
  return s;
}

Stamps stepped(const Setup& s) {
  const std::int64_t rows = s.rows * s.pieces;
  std::vector<float> words;
  for (std::int64_t row = 0; row < rows; ++row) words.push_back(static_cast<float>(row));
  sim::MemoryChannel channel(s.channel, words);
  sim::LoadEngine load(s.load);
  sim::BufferSpec spec;
  spec.rows = s.rows * s.load.slots + 1;  // the last one is for others
  spec.banks = static_cast<int>(spec.rows);
  spec.requesters = 2;
  sim::Buffer buffer(spec);
  buffer.preload(spec.rows - 1, {0});
  Stamps out;
  std::int64_t until = 0;
  bool busy = false;
  for (std::int64_t now = 0, taken = 0; out.used.size() < static_cast<std::size_t>(s.pieces);
       ++now) {
    RC_ASSERT(now < 1'000'000);
    if (busy && now == until) {
      busy = false;
      load.release();
    }
    for (auto d = static_cast<std::int64_t>(out.delivered.size()); d < load.completed(); ++d)
      out.delivered.push_back(now);
    if (!busy && out.delivered.size() > out.used.size()) {
      const auto piece = static_cast<std::int64_t>(out.used.size());
      for (std::int64_t r = 0; r < s.rows; ++r)
        RC_ASSERT(buffer.words(piece % s.load.slots * s.rows + r)[0] ==
                  static_cast<float>(piece * s.rows + r));
      out.used.push_back(now);
      busy = true;
      until = now + s.issue;
    }
    if (taken < s.pieces && load.ready() && channel.idle(0)) {
      load.take({taken * s.rows, taken % s.load.slots * s.rows, s.rows});
      ++taken;
    }
    ask(load, channel, 0);
    std::vector<std::vector<sim::RowRequest>> offers{load.offers(), {}};
    if (s.others) offers[1].push_back({false, spec.rows - 1});
    buffer.tick(offers);
    RC_ASSERT(!buffer.fault());
    load.tick(buffer.taken(0));
    channel.tick();
  }
  return out;
}

// The write of the last row takes a cycle, which a program counts as part of the latency.
Stamps by_events(const Setup& s) {
  using namespace mappings;
  Program program;
  BoundNode leaf;
  leaf.path = {PartId(0)};
  leaf.loops = leaf.path;
  program.nodes.push_back(leaf);
  program.bytes_per_cycle = Exact(s.channel.bytes, s.channel.cycles);
  program.memory_latency = s.channel.latency + 1;
  program.ports = {{}, {}};
  Flow flow;
  flow.bits = 8;
  flow.from = {true, 0};
  flow.to = {true, 1};
  program.flows = {flow};
  Operation load;
  load.kind = OperationKind::kTransfer;
  load.node = NodeId(0);
  load.walk.levels.push_back({PartId(0), s.pieces, 1, s.pieces, {}, true});
  load.moves.push_back({0, {s.rows * s.channel.row_bytes, {}}, {}});
  load.takes.push_back({1, {}});
  load.gives.push_back({0, {}, true, 0});
  Operation use = load;
  use.kind = OperationKind::kTile;
  use.moves.clear();
  use.issue.push_back({s.issue, {}});
  use.complete = s.issue;
  use.takes[0].token = 0;
  use.gives[0].token = 1;
  program.operations = {use, load};
  program.engines = {{EngineKind::kUnit, "unit", 0, {0}}, {EngineKind::kLoad, "load", 0, {1}}};
  program.tokens = {{"data", Lack::kOperand, 0, {}}, {"room", Lack::kSpace, s.load.slots, {}}};
  sim::Execution execution(program, {});
  Stamps out;
  execution.observe([&](const sim::Execution::Done& done) {
    if (done.engine == 0)
      out.used.push_back(done.start);
    else
      out.delivered.push_back(done.delivered);
    return true;
  });
  RC_ASSERT(sim::run(execution, program.engines.size()));
  return out;
}

}  // namespace

TEST_CASE("a piece can be read a cycle after its last row arrived, and not sooner", "[dma]") {
  // 4 rows of 10 B at 3 B a cycle: through after 40 / 3 cycles, there 5 later, then written.
  Setup s;
  s.channel = {10, 3, 1, 5, 1};
  s.load = {2, 9};
  s.rows = 4;
  CHECK(stepped(s).delivered == std::vector<std::int64_t>{14 + 5 + 1});
  s.channel.bytes = 4;  // exactly 10 cycles
  CHECK(stepped(s).delivered == std::vector<std::int64_t>{10 + 5 + 1});
}

TEST_CASE("a second slot hides loading behind use, one does not", "[dma]") {
  Setup s;
  s.channel = {10, 10, 1, 3, 1};
  s.load = {2, 9};
  s.pieces = 5;
  s.rows = 8;
  s.issue = 12;
  const std::int64_t first = 8 + 3 + 1;
  CHECK(stepped(s).used.back() == first + 4 * 12);
  s.load.slots = 1;
  CHECK(stepped(s).used.back() == first + 4 * (12 + first));
}

TEST_CASE("a queue that is too short holds the pins back", "[dma]") {
  Setup s;
  s.channel = {10, 10, 1, 6, 1};
  s.rows = 20;
  // A row keeps its place for the cycle on the pins, the latency, and until it was written.
  s.load = {1, 8};
  CHECK(stepped(s).delivered == std::vector<std::int64_t>{20 + 6 + 1});
  s.load.queue_rows = 7;
  CHECK(stepped(s).delivered.front() > 20 + 6 + 1);
}

TEST_CASE("stamps of load engine and reader are those of a program's engines", "[dma][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Setup s = random_setup(dice, 10);  // at most the row a cycle that the port writes
    RC_ASSERT(stepped(s) == by_events(s));
  });
}

// A row waits one cycle at most for the other's, as long as the port has one in two cycles for it;
// what is late delays the room of a later piece, so that waiting may add up from piece to piece.
TEST_CASE("who shares the port delays a piece by a cycle at most", "[dma][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    Setup s = random_setup(dice, 5);
    s.others = true;
    const Stamps rows = stepped(s), events = by_events(s);
    for (std::size_t n = 0; n < rows.used.size(); ++n) {
      const std::int64_t late = rows.delivered[n] - events.delivered[n];
      RC_ASSERT(late >= 0);
      RC_ASSERT(late <= static_cast<std::int64_t>(n) + 1);
    }
  });
}

}  // namespace einfall::tests
