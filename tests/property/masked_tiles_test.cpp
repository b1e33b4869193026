#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <set>

#include "mappings/model/cost.hpp"
#include "tests/mappings/ir/fixture.hpp"

/// Causal and windowed attention in FuseMax's binding against going through every tile: what is
/// issued, what moves, and the software pipeline over the epochs that are left.
namespace einfall::mappings {
namespace {

using tests::SizeMap;

struct Case {
  std::string cascade;
  std::int64_t keys, window;  // window: keys seen back, all of them if 0
  std::int64_t block;         // P1: tiles of queries in a block
};

constexpr std::int64_t kSide = 4, kHeads = 3, kE = 2, kF = 3;

bool present(const Case& c, std::int64_t p, std::int64_t m) {
  return m <= p && (c.window == 0 || m > p - c.window);
}

struct Tiles {
  /// Issued tiles (block, m1, p1), in this order.
  std::vector<std::array<std::int64_t, 3>> issued;
  std::int64_t points = 0;  // present

  explicit Tiles(const Case& c) {
    for (std::int64_t p2 = 0; p2 * c.block * kSide < c.keys; ++p2)
      for (std::int64_t m1 = 0; m1 * kSide < c.keys; ++m1)
        for (std::int64_t p1 = 0; p1 < c.block; ++p1) {
          std::int64_t here = 0;
          for (std::int64_t p = (p2 * c.block + p1) * kSide;
               p < std::min(c.keys, (p2 * c.block + p1 + 1) * kSide); ++p)
            for (std::int64_t m = m1 * kSide; m < std::min(c.keys, (m1 + 1) * kSide); ++m)
              here += present(c, p, m) ? 1 : 0;
          if (here > 0) issued.push_back({p2, m1, p1});
          points += here;
        }
  }
  [[nodiscard]] std::int64_t different(std::vector<std::size_t> digits) const {
    std::set<std::vector<std::int64_t>> seen;
    for (const auto& tile : issued) {
      std::vector<std::int64_t> key;
      for (const std::size_t digit : digits) key.push_back(tile[digit]);
      seen.insert(key);
    }
    return static_cast<std::int64_t>(seen.size());
  }
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(issued.size()); }
};

struct Bound {
  einsum::Cascade cascade;
  arch::Machine machine;
  Mapping mapping;
  BoundMapping bound;
};

Bound bind_case(const Case& c, const std::string& mapping_name) {
  Bound out{tests::cascade_named(c.cascade),
            tests::resized(tests::machine_named("fusemax-cloud"), kSide),
            tests::mapping_named(mapping_name),
            {}};
  for (Partition& partition : out.mapping.partitions)
    for (RankPart& part : partition.parts)
      if (part.automatic) part.automatic = false, part.size = c.block;
  SizeMap sizes = {{"B", 1}, {"H", kHeads}, {"E", kE}, {"F", kF}, {"P", c.keys}, {"M", c.keys}};
  if (c.window > 0) sizes["W"] = c.window;
  out.bound = tests::bound_or_fail(out.mapping, out.cascade, out.machine, sizes);
  return out;
}

const std::vector<Case> kCases = {{"attn_1pass_causal", 64, 0, 4},
                                  {"attn_1pass_causal", 64, 0, 16},
                                  {"attn_1pass_causal", 32, 0, 1},
                                  {"attn_1pass_causal", 48, 0, 3},
                                  {"attn_1pass_window", 64, 10, 4},
                                  {"attn_1pass_window", 64, 3, 2},
                                  {"attn_1pass_window", 64, 40, 16},
                                  // More tiles than are looked at one by one.
                                  {"attn_1pass_causal", 120, 0, 1},
                                  {"attn_1pass_causal", 240, 0, 4},
                                  {"attn_1pass_window", 120, 30, 2},
                                  {"attn_1pass_window", 200, 41, 25}};

TEST_CASE("a nest issues the tiles with a present point and moves what they need", "[property]") {
  for (const Case& c : kCases) {
    CAPTURE(c.cascade, c.keys, c.window, c.block);
    const Bound b = bind_case(c, "one-pass");
    const Tiles tiles(c);
    const auto counts = count(b.bound, b.cascade, b.machine, {});
    REQUIRE(counts);
    const auto of = [&](const std::string& name) {
      return counts->steps[b.bound.step_of[b.cascade.find_einsum(name)->index()].index()];
    };
    for (const std::string name : {"BQK", "LM", "RM", "SLN", "SLD", "SLNV", "PRM", "RD", "RNV"})
      CHECK(tests::step_named(b.bound, b.cascade, name).visits == kHeads * tiles.count());
    CHECK(of("BQK").busy_cycles == kHeads * tiles.count() * kE);
    CHECK(of("BQK").points == kHeads * tiles.count() * kSide * kSide * kE);
    CHECK(of("BQK").useful == kHeads * tiles.points * kE);
    CHECK(of("PRM").busy_cycles == kHeads * tiles.count() * 7);
    CHECK(of("PRM").useful <= of("PRM").points);
    CHECK(of("AV").busy_cycles == kHeads * c.keys / kSide * kF);

    const auto words = [&](FlowKind kind, const std::string& tensor) {
      std::int64_t sum = 0;
      for (const Flow& flow : counts->flows)
        if (flow.kind == kind && b.cascade[flow.tensor].name == tensor) sum += flow.words;
      return sum;
    };
    CHECK(words(FlowKind::kOperand, "Q") == kHeads * tiles.count() * kSide * kE);
    CHECK(words(FlowKind::kOperand, "K") == kHeads * tiles.count() * kSide * kE);
    CHECK(words(FlowKind::kOperand, "V") == kHeads * tiles.count() * kSide * kF);
    CHECK(words(FlowKind::kFill, "K") == kHeads * tiles.different({0, 1}) * kSide * kE);
    CHECK(words(FlowKind::kFill, "V") == kHeads * tiles.different({0, 1}) * kSide * kF);
    CHECK(words(FlowKind::kFill, "Q") == kHeads * c.keys * kE);
    CHECK(words(FlowKind::kResult, "RNV") == kHeads * tiles.count() * kSide * kF);
  }
}

TEST_CASE("the tiles of a huge mask are counted at once, and exactly", "[property]") {
  const Case c{"attn_1pass_causal", std::int64_t{1} << 30, 0, 4};
  const Bound b = bind_case(c, "one-pass");
  const std::int64_t tiles = c.keys / kSide, blocks = tiles / c.block;
  CHECK(tests::step_named(b.bound, b.cascade, "BQK").visits == kHeads * (tiles * (tiles + 1) / 2));
  const BoundKeep& keys = tests::keep_of(b.bound, b.cascade, "K");
  CHECK(keys.fills == kHeads * c.block * (blocks * (blocks + 1) / 2));
  CHECK(keys.filled == keys.fills * kSide * kE);
}

// The definition, epoch by epoch: no memory, no skipping.
std::int64_t naive_cycles(const Timetable& t, const TimetableRun& run, std::int64_t row) {
  std::vector<std::int64_t> epochs;
  for (const auto& range : run.issued)
    for (std::int64_t e = range.first; e < range.end; ++e) epochs.push_back(e);
  std::vector<std::size_t> order(t.ops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return t.ops[a].start % t.interval < t.ops[b].start % t.interval;
  });
  std::size_t anchor = 0;
  std::int64_t last_stage = 0;
  for (std::size_t o = 0; o < t.ops.size(); ++o)
    last_stage = std::max(last_stage, t.ops[o].start / t.interval);
  const TimetableTail& tail = t.tails.at(0);
  for (const auto& wait : tail.waits)
    if (t.ops[wait.op].start > t.ops[anchor].start) anchor = wait.op;
  std::map<std::pair<std::size_t, std::int64_t>, std::int64_t> start;
  std::map<std::size_t, std::int64_t> free;
  std::int64_t end = 0;
  const auto occupy = [&](std::size_t unit, std::int64_t from, const TileTiming& timing) {
    free[unit] = from + timing.issue;
    end = std::max({end, from + timing.issue, from + timing.complete()});
  };
  const auto count = static_cast<std::int64_t>(epochs.size());
  for (std::int64_t slot = 0; slot < count + last_stage; ++slot)
    for (const std::size_t o : order) {
      const std::int64_t at = slot - t.ops[o].start / t.interval;
      if (at < 0 || at >= count) continue;
      const std::int64_t epoch = epochs[static_cast<std::size_t>(at)];
      std::int64_t from = free[t.ops[o].unit];
      for (const ModuloEdge& e : t.edges) {
        const auto producer = start.find({e.from, epoch - e.distance});
        if (e.to == o && producer != start.end()) from = std::max(from, producer->second + e.delay);
      }
      start[{o, epoch}] = from;
      occupy(t.ops[o].unit, from, t.ops[o].timing);
      // The tile of queries is done when no later epoch of it comes.
      const bool last = std::none_of(epochs.begin() + at + 1, epochs.end(),
                                     [&](std::int64_t e) { return e % row == epoch % row; });
      if (o != anchor || !last) continue;
      std::int64_t divide = free[tail.unit];
      for (const auto& wait : tail.waits)
        divide = std::max(divide, start.at({wait.op, epoch}) + wait.delay);
      occupy(tail.unit, divide, tail.timing);
    }
  return end;
}

TEST_CASE("a pipeline runs over the epochs that a mask leaves", "[property]") {
  for (const Case& c : kCases) {
    CAPTURE(c.cascade, c.keys, c.window, c.block);
    const Bound b = bind_case(c, "one-pass-pipelined");
    const Tiles tiles(c);
    auto timetable = build_timetable(b.cascade, b.machine, b.mapping, b.bound);
    if (!timetable) FAIL(base::render(timetable.error()));
    CHECK(timetable->issued_epochs() == kHeads * tiles.count());
    std::int64_t busy = 0, expected = 0;
    for (const StepId step : b.bound[b.bound.einsums[0].node].einsums)
      expected += b.bound[step].busy_cycles;
    expected += tests::step_named(b.bound, b.cascade, "AV").busy_cycles;
    Timetable free = *timetable;
    free.bytes_per_cycle = 0;
    for (TimetableLoad& load : free.loads) load.readers.clear();
    for (const TimetableRun& run : timetable->masked) {
      const auto skipping = run_recurrence(*timetable, {}, 0, &run);
      RecurrenceOptions slow;
      slow.fast_forward = false;
      CHECK(skipping.cycles == run_recurrence(*timetable, slow, 0, &run).cycles);
      CHECK(run_recurrence(free, {}, 0, &run).cycles == naive_cycles(*timetable, run, c.block));
      busy += run.times * std::accumulate(skipping.busy_cycles.begin(), skipping.busy_cycles.end(),
                                          std::int64_t{0});
    }
    CHECK(busy == expected);
  }
}

}  // namespace
}  // namespace einfall::mappings
