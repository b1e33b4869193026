#include "mappings/schedule/recurrence.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "mappings/schedule/loop_levels.hpp"

using namespace einfall::mappings;

namespace {

constexpr std::size_t kArray = 0;
constexpr std::size_t kVector = 1;

struct Visit {
  std::size_t unit;
  std::int64_t issue;
};

// A timetable from a solved body, without anything of a machine.
Timetable timetable(const std::vector<Visit>& visits, const std::vector<ModuloEdge>& edges,
                    const std::vector<std::int64_t>& loops) {
  ModuloProblem problem{2, {}, edges};
  for (const Visit& v : visits) problem.ops.push_back({v.unit, v.issue});
  const auto schedule = modulo_schedule(problem);
  Timetable t;
  t.bounds = *interval_bounds(problem);
  t.interval = schedule->interval;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    t.ops.push_back({{StepId(i)},
                     visits[i].unit,
                     schedule->start[i],
                     TileTiming{visits[i].issue, 1, visits[i].issue, false}});
    t.span = std::max(t.span, schedule->start[i] + visits[i].issue);
  }
  t.edges = edges;
  t.loop_trips = loops;
  t.epochs = 1;
  for (const std::int64_t trips : loops) t.epochs *= trips;
  return t;
}

// One epoch of FuseMax's binding on a D x D array with E = F (MICRO 2024, section V): QK LM SLN SLD
// SLNV on the array, RM PRM SPD RD SPNV RNV on the vector unit; carried by `distance` epochs.
Timetable fusemax_epoch(std::int64_t d, std::int64_t e, std::int64_t m1, std::int64_t p1) {
  enum { kQk, kLm, kSln, kSld, kSlnv, kRm, kPrm, kSpd, kRd, kSpnv, kRnv };
  const std::vector<Visit> visits{{kArray, e},  {kArray, 1},  {kArray, 7},  {kArray, 1},
                                  {kArray, e},  {kVector, 1}, {kVector, 7}, {kVector, 1},
                                  {kVector, 1}, {kVector, e}, {kVector, e}};
  const std::vector<ModuloEdge> edges{{kQk, kLm, e, 0},    {kQk, kSln, e, 0},   {kLm, kRm, d, 0},
                                      {kRm, kSln, 1, 0},   {kRm, kPrm, 1, 0},   {kRm, kRm, 1, p1},
                                      {kRm, kPrm, 1, p1},  {kSln, kSld, 7, 0},  {kSln, kSlnv, 7, 0},
                                      {kSld, kRd, d, 0},   {kPrm, kSpd, 7, 0},  {kPrm, kSpnv, 7, 0},
                                      {kSpd, kRd, 1, 0},   {kRd, kSpd, 1, p1},  {kSlnv, kRnv, d, 0},
                                      {kSpnv, kRnv, 1, 0}, {kRnv, kSpnv, 1, p1}};
  return timetable(visits, edges, {m1, p1});
}

}  // namespace

TEST_CASE("FuseMax's epoch reaches 138 cycles, the load of its vector unit", "[recurrence]") {
  const Timetable t = fusemax_epoch(256, 64, 64, 4);
  CHECK(t.bounds.resource == std::vector<std::int64_t>{137, 138});
  CHECK(t.interval == 138);
  // A tile takes at least QK, the way down, RM, SLN, SLNV's first sum on its way down, RNV.
  CHECK(t.span >= 64 + 1 + 256 + 1 + 7 + 256 + 64);
  CHECK(t.span <= 7 * 138);
}

TEST_CASE("Held to the timetable, the recurrence is the closed form exactly", "[recurrence]") {
  for (const std::int64_t d : {16, 64, 256})
    for (const std::int64_t e : {32, 64, 128})
      for (const std::int64_t p1 : {1, 2, 8}) {
        const Timetable t = fusemax_epoch(d, e, 40, p1);
        CAPTURE(d, e, p1);
        const std::int64_t closed = (t.epochs - 1) * t.interval + t.span;
        CHECK(run_recurrence(t, {true, true}).cycles == closed);
        CHECK(run_recurrence(t, {false, true}).cycles == closed);
        // As early as possible: never later, and never faster than the busiest unit.
        const std::int64_t early = run_recurrence(t).cycles;
        CHECK(early <= closed);
        CHECK(early >= t.epochs * t.bounds.largest());
      }
}

TEST_CASE("Busy cycles are the work issued, skipped or not", "[recurrence]") {
  const Timetable t = fusemax_epoch(256, 64, 100, 8);
  for (const bool fast : {true, false}) {
    const RecurrenceResult r = run_recurrence(t, {fast});
    CHECK(r.busy_cycles[kArray] == 137 * t.epochs);
    CHECK(r.busy_cycles[kVector] == 138 * t.epochs);
    CHECK((r.skipped_epochs > 0) == fast);
  }
}

TEST_CASE("A head of a million tokens runs, tile by tile or skipping", "[recurrence][slow]") {
  Timetable t = fusemax_epoch(256, 64, 4096, 128);
  t.bytes_per_cycle = Exact(67108864, 146875);
  t.loads.push_back({{}, 32768, 128, 1, 128, 2, {0}});
  const RecurrenceResult fast = run_recurrence(t);
  const RecurrenceResult slow = run_recurrence(t, {false});
  CHECK(fast.cycles == slow.cycles);
  CHECK(fast.loaded_bytes == slow.loaded_bytes);
  CHECK(fast.loaded_bytes == std::int64_t{4096} * 32768);
  CHECK(fast.skipped_epochs > t.epochs / 2);
  CHECK(slow.skipped_epochs == 0);
}

TEST_CASE("Where whole heads repeat, they are skipped like epochs", "[recurrence]") {
  Timetable t = fusemax_epoch(256, 64, 40, 8);
  t.loop_trips.insert(t.loop_trips.begin(), 1000);
  const std::int64_t head = t.epochs;
  t.epochs *= 1000;
  t.bytes_per_cycle = Exact(67108864, 146875);
  t.loads.push_back({{}, 32768, 1, 40, head, 1, {0}});
  const RecurrenceResult fast = run_recurrence(t);
  CHECK(t.epochs - fast.skipped_epochs < 8 * head);
  t.loop_trips.front() = 12;
  t.epochs = 12 * head;
  CHECK(run_recurrence(t).cycles == run_recurrence(t, {false}).cycles);
}

TEST_CASE("A loop goes on through the one around it where nothing marks its end", "[recurrence]") {
  Timetable t = fusemax_epoch(256, 64, 40, 8);
  t.loop_trips = {5, 3, 40, 8};
  t.epochs *= 15;
  using Levels = std::vector<LoopLevel>;
  CHECK(loop_levels(t, true) == Levels{{960, 5, 5}, {320, 3, 3}, {8, 40, 40}, {1, 8, 8}});
  CHECK(loop_levels(t, false) == Levels{{960, 5, 5}, {320, 15, 3}, {8, 600, 40}, {1, 4800, 8}});
  t.tails.push_back({StepId(11), kVector, TileTiming{64, 64, 1, false}, 320, 4, {{10, 64}}});
  CHECK(loop_levels(t, false) == Levels{{960, 5, 5}, {320, 15, 3}, {8, 40, 40}, {1, 320, 8}});
  t.loads.push_back({{}, 100, 8, 1, 960, 1, {0}});
  CHECK(loop_levels(t, false) == Levels{{960, 5, 5}, {320, 3, 3}, {8, 40, 40}, {1, 8, 8}});
}

TEST_CASE("A batch of heads costs little more than a head, ports shared or not", "[recurrence]") {
  Timetable t = fusemax_epoch(256, 64, 40, 8);
  const std::int64_t head = t.epochs;
  t.loop_trips = {64, 12, 40, 8};
  t.epochs *= 64 * 12;
  for (const bool shared : {false, true}) {
    CAPTURE(shared);
    if (shared) {
      t.port_rates = {4};
      for (TimetableOp& op : t.ops) op.rows.push_back({{0}, Exact(2 * op.timing.issue), {}, false});
    }
    t.tails = {{StepId(11), kVector, TileTiming{64, 64, 1, false}, head, 4, {{10, 64}}}};
    CHECK(t.epochs - run_recurrence(t).skipped_epochs < 8 * head);
  }
}

TEST_CASE("A tail follows each block; its unit pays for what does not fit idle cycles",
          "[recurrence]") {
  Timetable t = fusemax_epoch(256, 64, 16, 4);
  const std::int64_t without = run_recurrence(t).cycles;
  t.tails.push_back({StepId(11), kVector, TileTiming{64, 64, 1, false}, t.epochs, 4, {{10, 64}}});
  const RecurrenceResult with = run_recurrence(t);
  CHECK(with.cycles >= without + 64);  // the last one waits for the last result
  CHECK(with.cycles <= without + 4 * 64);
  CHECK(with.busy_cycles[kVector] == 138 * t.epochs + 4 * 64);
}

TEST_CASE("When memory is the bottleneck, the run takes as long as its bytes", "[recurrence]") {
  Timetable t = fusemax_epoch(64, 64, 200, 1);
  t.bytes_per_cycle = Exact(7, 3);
  t.loads.push_back({{}, 1000, 1, 1, 1, 2, {0}});  // 428.57 cycles an epoch, more than 138
  const RecurrenceResult r = run_recurrence(t);
  const std::int64_t channel = (200 * 1000 * 3 + 6) / 7;
  CHECK(r.cycles >= channel);
  CHECK(r.cycles <= channel + t.span + 1);
}

TEST_CASE("A single buffer serialises loading and computing, two overlap them", "[recurrence]") {
  Timetable t = timetable({{kArray, 100}}, {}, {50});
  t.bytes_per_cycle = Exact(1);
  t.loads.push_back({{}, 100, 1, 1, 1, 1, {0}});
  CHECK(run_recurrence(t).cycles == 50 * 200);
  t.loads[0].copies = 2;
  CHECK(run_recurrence(t).cycles == 100 + 50 * 100);
  // A slice is asked for when the one before the last is used up: two of them take 100 + 30 + 100.
  t.memory_latency = 30;
  CHECK(run_recurrence(t).cycles == 330 + 24 * 230);
}

TEST_CASE("Skipping the steady state never changes a result", "[recurrence][property]") {
  rc::prop("with and without fast-forward are identical", [] {
    const auto pick = [](std::int64_t low, std::int64_t high) {
      return *rc::gen::inRange<std::int64_t>(low, high);
    };
    const std::int64_t p1 = pick(1, 6);
    Timetable t = fusemax_epoch(pick(4, 300), pick(4, 90), pick(3, 40), p1);
    const std::int64_t block = t.epochs, heads = pick(1, 7), batch = pick(1, 7);
    t.loop_trips = {batch, heads, t.loop_trips[0], t.loop_trips[1]};
    t.epochs *= batch * heads;
    // What outer loops may mark: a slice for each head, for each of the batch, for all.
    const std::int64_t kept = block * *rc::gen::element<std::int64_t>(1, heads, heads * batch);
    if (pick(0, 2) == 1) {
      t.bytes_per_cycle = Exact(pick(1, 400), pick(1, 5));
      t.memory_latency = pick(0, 200);
      t.loads.push_back({{}, pick(1, 20000), p1, 1, p1, pick(1, 3), {0}});
      t.loads.push_back({{}, pick(1, 20000), 1, p1, kept, pick(1, 3), {0}});
      t.loads.push_back({{}, pick(1, 9000), p1, 1, p1, 2, {4}});
    }
    if (pick(0, 2) == 1)
      t.tails.push_back({StepId(11),
                         kVector,
                         TileTiming{pick(1, 80), 1, 1, false},
                         *rc::gen::element(p1, block, kept),
                         pick(1, p1 + 1),
                         {{10, 64}}});
    if (pick(0, 2) == 1) {  // ports to be shared, in order of time
      t.port_rates = {pick(1, 5)};
      for (TimetableOp& op : t.ops) {
        op.rows.push_back({{0}, Exact(pick(0, 100), pick(1, 4)), {}, false});
        if (pick(0, 4) == 0) op.rows.back().only = {{block, heads}};
        op.rows.back().last = pick(0, 2) == 1;
      }
      for (TimetableLoad& load : t.loads)
        load.rows.push_back({{0}, Exact(pick(0, 100)), {}, false});
    }
    const RecurrenceResult fast = run_recurrence(t);
    const RecurrenceResult slow = run_recurrence(t, {false});
    RC_ASSERT(fast.cycles == slow.cycles);
    RC_ASSERT(fast.busy_cycles == slow.busy_cycles);
    RC_ASSERT(fast.loaded_bytes == slow.loaded_bytes);
  });
}
