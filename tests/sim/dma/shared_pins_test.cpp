#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "sim/dma/load_engine.hpp"
#include "sim/dma/memory_channel.hpp"
#include "sim/dma/store_engine.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/sim/dma/ask.hpp"

// Two load engines and a store engine that share the pins of the outermost memory, the buffer, and
// a unit that works on what is loaded: stepped, row by row with values, against the engines of a
// program.
namespace einfall::tests {
namespace {

/// for outer { for inner { use A, B, C } }: A is loaded for every visit, B for every outer step; C
/// is stored behind every visit, or behind the last of an outer step.
struct Setup {
  sim::ChannelSpec channel;
  std::int64_t outer = 1, inner = 1;
  std::int64_t a_rows = 1, b_rows = 1, c_rows = 1;  // of a piece
  int a_slots = 1, b_slots = 1, c_slots = 1;        // pieces with room in the buffer
  bool c_each = false;
  std::int64_t issue = 1;  // cycles of a visit
  std::int64_t buffer_latency = 1;

  [[nodiscard]] std::int64_t visits() const { return outer * inner; }
  [[nodiscard]] bool makes(std::int64_t visit) const {
    return c_each || visit % inner == inner - 1;
  }
  [[nodiscard]] bool begins_c(std::int64_t visit) const { return c_each || visit % inner == 0; }
  [[nodiscard]] std::int64_t results() const { return c_each ? visits() : outer; }
  [[nodiscard]] std::int64_t queue() const { return channel.latency + 4; }
};

/// From when on pieces count for whoever waits for them, and when visits begin.
struct Stamps {
  std::vector<std::int64_t> a, b, stored, used;
  bool operator==(const Stamps&) const = default;
};

enum Engine : std::size_t { kA, kB, kC };
// Operations of the program below.
enum Op : std::size_t { kUse, kLoadA, kLoadB, kStoreC };

/// The place of a transfer in the order of the nest: loads before the visit that they serve, stores
/// behind it, those at the same place in the order of the operations.
std::int64_t order(std::int64_t visit, Op op) { return visit * 4 + op; }

/// The same machine, stepped.
class Machine {
 public:
  explicit Machine(const Setup& s)
      : s_(s),
        a_({s.a_slots, static_cast<int>(s.queue())}),
        b_({s.b_slots, static_cast<int>(s.queue())}),
        store_({static_cast<int>(s.buffer_latency) + 2}),
        channel_(s.channel, words(s), s.results() * s.c_rows, 3),
        buffer_(buffer_spec(s)) {}

  Stamps run() {
    for (; now_ < 1'000'000 && !done(); ++now_) cycle();
    RC_ASSERT(done());
    check_results();
    return stamps_;
  }

 private:
  static std::vector<float> words(const Setup& s) {
    std::vector<float> words;
    for (std::int64_t row = 0; row < s.visits() * s.a_rows + s.outer * s.b_rows; ++row)
      words.push_back(static_cast<float>(row));
    return words;
  }
  static sim::BufferSpec buffer_spec(const Setup& s) {
    sim::BufferSpec spec;
    spec.rows = s.a_slots * s.a_rows + s.b_slots * s.b_rows + s.c_slots * s.c_rows;
    spec.banks = static_cast<int>(spec.rows);
    spec.shared_ports = 3 * static_cast<int>(s.queue());
    spec.latency = s.buffer_latency;
    spec.requesters = 3;
    return spec;
  }
  // Where pieces lie in the buffer and in the memory.
  [[nodiscard]] sim::Descriptor a(std::int64_t n) const {
    return {n * s_.a_rows, n % s_.a_slots * s_.a_rows, s_.a_rows, order(n, kLoadA)};
  }
  [[nodiscard]] sim::Descriptor b(std::int64_t n) const {
    return {s_.visits() * s_.a_rows + n * s_.b_rows,
            s_.a_slots * s_.a_rows + n % s_.b_slots * s_.b_rows, s_.b_rows,
            order(n * s_.inner, kLoadB)};
  }
  [[nodiscard]] sim::Descriptor c(std::int64_t n) const {
    return {s_.a_slots * s_.a_rows + s_.b_slots * s_.b_rows + n % s_.c_slots * s_.c_rows,
            s_.visits() * s_.a_rows + s_.outer * s_.b_rows + n * s_.c_rows, s_.c_rows,
            order(s_.c_each ? n : (n + 1) * s_.inner - 1, kStoreC)};
  }
  static float result(std::int64_t piece, std::int64_t row) {
    return -static_cast<float>(piece * 100 + row) - 1;
  }

  [[nodiscard]] bool done() const {
    return static_cast<std::int64_t>(stamps_.stored.size()) == s_.results();
  }
  [[nodiscard]] std::int64_t used() const { return static_cast<std::int64_t>(stamps_.used.size()); }

  void note(std::vector<std::int64_t>& stamps, std::int64_t count) const {
    while (static_cast<std::int64_t>(stamps.size()) < count) stamps.push_back(now_);
  }
  void cycle() {
    if (busy_ && now_ == until_) finish_visit();
    note(stamps_.a, a_.completed());
    note(stamps_.b, b_.completed());
    note(stamps_.stored, store_.completed(channel_.rows().stored(kC)));
    if (!busy_ && used() < s_.visits()) start_visit();
    take_pieces();
    move_rows();
  }
  void start_visit() {
    const std::int64_t visit = used();
    const std::int64_t outer = visit / s_.inner;
    const auto count = [](const std::vector<std::int64_t>& stamps) {
      return static_cast<std::int64_t>(stamps.size());
    };
    if (count(stamps_.a) <= visit || count(stamps_.b) <= outer) return;
    if (s_.begins_c(visit)) {
      if (begun_ - count(stamps_.stored) == s_.c_slots) return;
      ++begun_;
    }
    for (std::int64_t r = 0; r < s_.a_rows; ++r)
      RC_ASSERT(buffer_.words(a(visit).to + r)[0] == static_cast<float>(a(visit).from + r));
    for (std::int64_t r = 0; r < s_.b_rows; ++r)
      RC_ASSERT(buffer_.words(b(outer).to + r)[0] == static_cast<float>(b(outer).from + r));
    stamps_.used.push_back(now_);
    busy_ = true;
    until_ = now_ + s_.issue;
  }
  void finish_visit() {
    busy_ = false;
    const std::int64_t visit = used() - 1;
    a_.release();
    if (visit % s_.inner == s_.inner - 1) b_.release();
    if (!s_.makes(visit)) return;
    for (std::int64_t r = 0; r < s_.c_rows; ++r)
      buffer_.preload(c(made_).from + r, {result(made_, r)});
    ++made_;
  }
  void take_pieces() {
    if (taken_a_ < s_.visits() && a_.ready() && channel_.idle(kA)) a_.take(a(taken_a_++));
    if (taken_b_ < s_.outer && b_.ready() && channel_.idle(kB)) b_.take(b(taken_b_++));
    if (taken_c_ < made_ && store_.ready()) store_.take(c(taken_c_++));
  }
  void move_rows() {
    ask(a_, channel_, kA);
    ask(b_, channel_, kB);
    const std::vector<std::vector<sim::RowRequest>> offers{a_.offers(), b_.offers(),
                                                           store_.reads()};
    buffer_.tick(offers);
    RC_ASSERT(!buffer_.fault());
    a_.tick(buffer_.taken(kA));
    b_.tick(buffer_.taken(kB));
    store_.read(buffer_.taken(kC));
    for (const sim::RowArrival& row : buffer_.arrivals()) store_.arrive(row.words);
    ask(store_, channel_, kC);
    channel_.tick();
    RC_ASSERT(!channel_.rows().fault());
  }
  void check_results() const {
    for (std::int64_t n = 0; n < s_.results(); ++n)
      for (std::int64_t r = 0; r < s_.c_rows; ++r) {
        const std::vector<float>* words = channel_.rows().words(c(n).to + r);
        RC_ASSERT(words != nullptr && *words == std::vector<float>{result(n, r)});
      }
  }

  Setup s_;
  sim::LoadEngine a_, b_;
  sim::StoreEngine store_;
  sim::MemoryChannel channel_;
  sim::Buffer buffer_;
  Stamps stamps_;
  std::int64_t now_ = 0;
  bool busy_ = false;
  std::int64_t until_ = 0;
  std::int64_t taken_a_ = 0, taken_b_ = 0, taken_c_ = 0;
  std::int64_t begun_ = 0, made_ = 0;  // pieces of C
};

// The write of a piece's last row takes a cycle, at either end, which a program counts as part of
// the latency; and a store reads its first row from the buffer first.
Stamps by_events(const Setup& s) {
  using namespace mappings;
  constexpr Levels kInner = 2;
  Program program;
  BoundNode leaf;
  leaf.path = {PartId(0), PartId(1)};
  leaf.loops = leaf.path;
  program.nodes.push_back(leaf);
  program.bytes_per_cycle = Exact(s.channel.bytes, s.channel.cycles);
  program.memory_latency = s.channel.latency + 1;
  program.ports = {{}, {}};
  Flow in, out;
  in.bits = out.bits = 8;
  in.from = out.to = {true, 0};
  in.to = out.from = {true, 1};
  program.flows = {in, in, out};
  Walk outer, both;
  outer.levels = {{PartId(0), s.outer, 1, s.outer, {}, true}};
  both.levels = {outer.levels[0], {PartId(1), s.inner, 1, s.inner, {}, true}};
  When first, last;
  first.first = last.last = kInner;
  const When c_begins = s.c_each ? When{} : first, c_ends = s.c_each ? When{} : last;
  enum Name : std::size_t { kAData, kARoom, kBData, kBRoom, kCData, kCRoom };
  program.tokens = {{"A", Lack::kOperand, 0, {}},    {"room of A", Lack::kSpace, s.a_slots, {}},
                    {"B", Lack::kOperand, 0, {}},    {"room of B", Lack::kSpace, s.b_slots, {}},
                    {"C", Lack::kDependence, 0, {}}, {"room of C", Lack::kSpace, s.c_slots, {}}};
  Operation use;
  use.node = NodeId(0);
  use.walk = both;
  use.issue.push_back({s.issue, {}});
  use.complete = s.issue;
  use.takes = {{kAData, {}}, {kBData, first}, {kCRoom, c_begins}};
  use.gives = {{kARoom, {}, true, 0},
               {kBRoom, last, true, 0},
               {kCData, c_ends, false, s.issue + s.buffer_latency}};
  const auto transfer = [&](const Walk& walk, std::size_t flow, std::int64_t rows, Name waits,
                            Name gives) {
    Operation op;
    op.kind = OperationKind::kTransfer;
    op.node = NodeId(0);
    op.serves = kUse;
    op.walk = walk;
    op.moves.push_back({flow, {rows * s.channel.row_bytes, {}}, {}});
    op.takes.push_back({waits, {}});
    op.gives.push_back({gives, {}, true, 0});
    return op;
  };
  program.operations = {use, transfer(both, 0, s.a_rows, kARoom, kAData),
                        transfer(outer, 1, s.b_rows, kBRoom, kBData),
                        transfer(s.c_each ? both : outer, 2, s.c_rows, kCData, kCRoom)};
  program.engines = {{EngineKind::kUnit, "unit", 0, {kUse}},
                     {EngineKind::kLoad, "load of A", 0, {kLoadA}},
                     {EngineKind::kLoad, "load of B", 0, {kLoadB}},
                     {EngineKind::kStore, "store of C", 0, {kStoreC}}};
  sim::Execution execution(program, {});
  Stamps out_stamps;
  execution.observe([&](const sim::Execution::Done& done) {
    if (done.engine == 0)
      out_stamps.used.push_back(done.start);
    else
      (done.engine == 1   ? out_stamps.a
       : done.engine == 2 ? out_stamps.b
                          : out_stamps.stored)
          .push_back(done.delivered);
    return true;
  });
  RC_ASSERT(sim::run(execution, program.engines.size()));
  return out_stamps;
}

Setup random_setup(Dice& dice) {
  Setup s;
  s.channel.row_bytes = 10;
  s.channel.cycles = dice.roll(1, 7);
  // Pins that take at most the row a cycle at which the queues are made to keep up.
  s.channel.bytes = dice.roll(1, static_cast<int>(s.channel.cycles) * 10);
  s.channel.latency = dice.roll(0, 12);
  s.outer = dice.roll(1, 6);
  s.inner = dice.roll(1, 5);
  s.a_rows = dice.roll(1, 12);
  s.b_rows = dice.roll(1, 12);
  s.c_rows = dice.roll(1, 12);
  s.a_slots = dice.roll(1, 4);
  s.b_slots = dice.roll(1, 3);
  s.c_slots = dice.roll(1, 3);
  s.c_each = dice.one_in(2);
  s.issue = dice.roll(1, 60);
  s.buffer_latency = dice.roll(1, 5);
  if (dice.one_in(3)) {
    // Stores one behind the other, for which nothing else is asked.
    s.outer = 1;
    s.b_rows = s.a_rows = s.issue = 1;
    s.a_slots = static_cast<int>(s.inner);
    s.c_slots = dice.roll(2, 4);
    s.c_each = true;
  }
  return s;
}

}  // namespace

TEST_CASE("a piece is stored when its rows have been read, passed the pins and been written",
          "[dma]") {
  // 3 rows at 10 B, 4 B a cycle: 7.5 cycles, behind the visit and the reading of the first row.
  Setup s;
  s.channel = {10, 4, 1, 5, 1};
  s.c_rows = 3;
  s.issue = 20;
  s.buffer_latency = 2;
  const Stamps stamps = Machine(s).run();
  const std::int64_t whole = stamps.used[0] + 20;
  CHECK(stamps.stored == std::vector<std::int64_t>{whole + 2 + 8 + 5 + 1});
}

TEST_CASE("what the nest needs first passes first, whatever it interrupts", "[dma]") {
  // One cycle a row. B has room for all its pieces and runs ahead; A, in demand, interrupts it.
  Setup s;
  s.channel = {10, 10, 1, 0, 1};
  s.outer = 2;
  s.a_rows = 2;
  s.b_rows = 10;
  s.b_slots = 2;
  s.issue = 1;
  const Stamps stamps = Machine(s).run();
  // A, B, then, as the first visit gives its room back at 14, A for the second; a cycle later the
  // first one's C, and behind all of them what is left of B.
  CHECK(stamps.a == std::vector<std::int64_t>{2 + 1, 14 + 2 + 1 + 1});
  CHECK(stamps.b == std::vector<std::int64_t>{12 + 1, 12 + 10 + 2 + 1 + 1});
  CHECK(stamps.stored[0] == 15 + 1 + 1);
}

TEST_CASE("engines that share the pins have the stamps of a program's engines", "[dma][property]") {
  rc::prop("stamps", [](std::uint64_t seed) {
    Dice dice(seed);
    const Setup s = random_setup(dice);
    RC_ASSERT(Machine(s).run() == by_events(s));
  });
}

TEST_CASE("a row of the memory that nothing was written to is never read as a number", "[dma]") {
  for (const std::int64_t row : {0, 1, 2}) {
    const std::vector<float> words{7, 8};
    sim::MemoryChannel channel({10, 10, 1, 3, 1}, words, 1, 2);
    channel.request(0, {row});
    for (int cycle = 0; cycle < 4; ++cycle) {
      CHECK_FALSE(channel.rows().fault());
      CHECK(channel.rows().there(0).empty());
      channel.tick();
    }
    CHECK(channel.rows().fault().has_value() == (row == 2));
    if (row == 2)
      CHECK(*channel.rows().fault() ==
            "cycle 4, engine 0: row 2 of the memory is read, but nothing was written to it");
    else
      CHECK(channel.rows().take(0) == std::vector<float>{words[static_cast<std::size_t>(row)]});
  }
}

TEST_CASE("what was stored can be read a cycle after it is there, and not one sooner", "[dma]") {
  for (const int wait : {0, 1}) {
    sim::MemoryChannel channel({10, 10, 1, 3, 1}, {}, 1, 2);
    channel.request(1, {0, 0, true, {5}});
    // Behind it by a cycle on the pins, so that it is there a cycle later.
    if (wait == 1) channel.tick();
    channel.request(0, {0, wait == 0 ? -1 : 0});
    for (int cycle = 0; cycle < 6; ++cycle) {
      if (!channel.rows().there(0).empty()) CHECK(channel.rows().take(0) == std::vector<float>{5});
      channel.tick();
    }
    CHECK(channel.rows().fault().has_value() == (wait == 0));
    CHECK((channel.rows().stored(1) == 1) == (wait == 1));
  }
}

}  // namespace einfall::tests
