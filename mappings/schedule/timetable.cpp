#include "mappings/schedule/timetable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "mappings/schedule/body.hpp"
#include "mappings/schedule/masked_runs.hpp"
#include "mappings/schedule/rooms.hpp"

namespace einfall::mappings {
namespace {

using base::error;
using base::failure;

// Of one visit of a tile: its results are looked at one by one.
constexpr std::int64_t kMostCycles = std::int64_t{1} << 24;

std::string name_of(const einsum::Cascade& cascade, const BoundMapping& bound, const Tile& tile) {
  std::string names;
  for (const StepId step : tile)
    names += (names.empty() ? "" : "+") + cascade[bound[step].einsum].name;
  return names;
}

// Slots given by hand, checked; every Einsum of the body needs one.
base::Result<ModuloSchedule> given_slots(const einsum::Cascade& cascade, const Mapping& mapping,
                                         const BoundMapping& bound, const std::vector<Tile>& tiles,
                                         const ModuloProblem& problem, std::int64_t interval) {
  ModuloSchedule schedule{interval, std::vector<std::int64_t>(tiles.size(), 0), 0};
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto slot =
        std::find_if(bound.schedule.slots.begin(), bound.schedule.slots.end(),
                     [&](const BoundSlot& s) { return s.einsum == tiles[i].front(); });
    if (slot == bound.schedule.slots.end())
      return failure(error(
          "E883", mapping.schedule.span,
          fmt::format("{} has no slot, though others have", name_of(cascade, bound, tiles[i])),
          "give a slot for every Einsum of the steady state, or for none"));
    schedule.start[i] = slot->stage * interval + slot->offset;
  }
  const std::int64_t first = *std::min_element(schedule.start.begin(), schedule.start.end());
  for (std::int64_t& start : schedule.start) start -= first;
  if (const auto bad = first_violation(problem, schedule)) {
    std::string what;
    if (*bad < problem.edges.size()) {
      const ModuloEdge& e = problem.edges[*bad];
      what = fmt::format(
          fmt::runtime(!e.room
                           ? "{} starts at cycle {}, but {} from cycle {} delivers to it {} cycles "
                             "after its start"
                           : "{} starts at cycle {} and takes room that is free when {} from cycle "
                             "{} and its readers are done, {} cycles after its start"),
          name_of(cascade, bound, tiles[e.to]), schedule.start[e.to] + e.distance * interval,
          name_of(cascade, bound, tiles[e.from]), schedule.start[e.from], e.delay);
    } else {
      what = fmt::format(
          "{} shares its unit with another Einsum at the same time, or is not behind "
          "the one that it takes turns with",
          name_of(cascade, bound, tiles[*bad - problem.edges.size()]));
    }
    return failure(error("E883", mapping.schedule.slots.front().span, what,
                         "leave out `slots` to have them found"));
  }
  return schedule;
}

base::Result<ModuloSchedule> solve(const einsum::Cascade& cascade, const Mapping& mapping,
                                   const BoundMapping& bound, const std::vector<Tile>& tiles,
                                   const ModuloProblem& problem, const IntervalBounds& bounds) {
  const auto given = bound.schedule.interval;
  if (given && *given < bounds.largest())
    return failure(
        error("E882", mapping.schedule.span,
              fmt::format("an interval of {} cycles is given, but at least {} are needed "
                          "(operations of the busiest unit {}, recurrence {})",
                          *given, bounds.largest(),
                          *std::max_element(bounds.resource.begin(), bounds.resource.end()),
                          bounds.recurrence),
              "leave out `interval` to have the shortest found"));
  if (!bound.schedule.slots.empty())
    return given_slots(cascade, mapping, bound, tiles, problem, given.value_or(bounds.largest()));
  auto schedule = modulo_schedule(problem, given.value_or(0));
  if (!schedule)
    return failure(
        error("E882", mapping.schedule.interleave.front().span,
              "no schedule was found, of any interval, in which these Einsums take turns",
              "leave out `interleave`, or give `slots`"));
  if (given && schedule->interval != *given)
    return failure(error("E882", mapping.schedule.span,
                         fmt::format("no schedule with an interval of {} cycles was found, the "
                                     "shortest has {}",
                                     *given, schedule->interval)));
  return std::move(*schedule);
}

// Delay of the whole run until the slices of the first epoch are there.
std::int64_t first_load_delay(const Timetable& t) {
  if (t.bytes_per_cycle == Exact(0)) return 0;
  Exact channel = 0;
  std::int64_t delay = 0;
  for (const TimetableLoad& load : t.loads) {
    channel += Exact(load.bytes) / t.bytes_per_cycle;
    const std::int64_t arrival = channel.ceil().value_or(0) + t.memory_latency;
    for (const std::size_t reader : load.readers)
      delay = std::max(delay, arrival - t.ops[reader].start);
  }
  return delay;
}

}  // namespace

std::int64_t TimetableCut::at(std::int64_t epoch) const {
  std::int64_t behind = size;
  for (const Loop& loop : loops) behind -= epoch / loop.inner % loop.trips * loop.points;
  return std::clamp<std::int64_t>(behind, 0, extent);
}

std::int64_t left_of(std::int64_t bytes, const std::vector<TimetableCut>& cuts,
                     std::int64_t epoch) {
  Wide left = bytes;
  for (const TimetableCut& cut : cuts) left = (left * cut.at(epoch) + cut.extent - 1) / cut.extent;
  return static_cast<std::int64_t>(left);
}

std::int64_t Timetable::prologue() const { return first_load_delay(*this) + span; }

std::int64_t Timetable::longest() const { return masked.empty() ? epochs : masked.front().epochs; }

std::int64_t Timetable::issued_epochs() const {
  Exact sum = masked.empty() ? Exact(epochs) * Exact(runs) : Exact(0);
  for (const TimetableRun& run : masked) sum += Exact(run.times) * Exact(run.epochs);
  return sum.ceil().value_or(std::int64_t{1} << 62);
}

std::int64_t Timetable::steady_state() const { return (longest() - 1) * interval; }

std::int64_t Timetable::epilogue() const {
  std::int64_t cycles = 0;
  for (const TimetableTail& tail : tails)
    cycles += tail.visits * tail.timing.issue * std::max<std::int64_t>(1, epochs / tail.period);
  return cycles;
}

std::vector<std::size_t> tail_anchors(const Timetable& timetable) {
  std::vector<std::size_t> anchors;
  std::size_t anchor = 0;
  std::int64_t latest = -1;
  for (const TimetableTail& tail : timetable.tails) {
    for (const TimetableTail::Wait& wait : tail.waits)
      if (timetable.ops[wait.op].start > latest) {
        latest = timetable.ops[wait.op].start;
        anchor = wait.op;
      }
    anchors.push_back(anchor);
  }
  return anchors;
}

base::Result<Timetable> build_timetable(const einsum::Cascade& cascade,
                                        const arch::Machine& machine, const Mapping& mapping,
                                        const BoundMapping& bound) {
  EINFALL_TRY(const Body body, find_body(cascade, mapping, bound));
  const BoundNode& leaf = bound[body.leaf];
  const std::vector<Tile> tiles = body_tiles(bound, body);
  ModuloProblem problem{machine.units.size(), {}, body_edges(cascade, machine, bound, body, tiles)};
  std::vector<TimetableOp> unplaced;
  for (const Tile& tile : tiles) {
    const TileTiming timing = tile_timing(bound, machine, tile);
    if (timing.issue > kMostCycles || timing.complete() > kMostCycles)
      return failure(error(
          "E885", cascade[bound[tile.front()].einsum].span,
          fmt::format("one visit of {} takes more than 2^24 cycles", name_of(cascade, bound, tile)),
          "cut its temporal ranks into loops"));
    problem.ops.push_back({bound[tile.front()].unit.index(), timing.issue});
    unplaced.push_back({tile, problem.ops.back().unit, 0, timing});
  }
  const auto tile_of = [&](StepId step) {
    return static_cast<std::size_t>(std::find(tiles.begin(), tiles.end(), Tile{step}) -
                                    tiles.begin());
  };
  for (const BoundInterleave& pair : bound.schedule.interleave)
    problem.ops[tile_of(pair.first)].followed_by = tile_of(pair.second);
  for (const ModuloEdge& edge :
       room_edges(bound, body, unplaced, body_tails(machine, bound, body, unplaced)))
    problem.edges.push_back(edge);
  const auto bounds = interval_bounds(problem);
  if (!bounds)
    return failure(error("E884", mapping.schedule.span,
                         "the Einsums of the steady state depend on each other in a cycle inside "
                         "one epoch"));
  EINFALL_TRY(const ModuloSchedule schedule,
              solve(cascade, mapping, bound, tiles, problem, *bounds));

  Timetable t;
  t.bounds = *bounds;
  t.interval = schedule.interval;
  // Ops by start; edges follow.
  std::vector<std::size_t> order(tiles.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return schedule.start[a] < schedule.start[b];
  });
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    const Tile& tile = tiles[order[i]];
    t.ops.push_back({tile, bound[tile.front()].unit.index(), schedule.start[order[i]],
                     tile_timing(bound, machine, tile)});
    t.span = std::max({t.span, t.ops.back().start + t.ops.back().timing.issue,
                       t.ops.back().start + t.ops.back().timing.complete()});
  }
  for (const ModuloEdge& e : problem.edges)
    if (!e.room) t.edges.push_back({place[e.from], place[e.to], e.delay, e.distance});
  // An interval that is asked for is kept, one that was found need not be.
  if (const auto given = mapping.schedule.interval)
    for (std::size_t i = 0; i < t.ops.size(); ++i) t.edges.push_back({i, i, *given, 1, true});

  const std::vector<PartId> outer(leaf.path.begin(),
                                  leaf.path.begin() + static_cast<std::ptrdiff_t>(body.outer));
  t.runs = outer.empty() ? 1 : steps(bound, PartSet(outer));
  t.epochs = base::ceil_div(steps(bound, PartSet(leaf.path)), t.runs);
  auto masked = masked_runs(bound, body);
  if (!masked)
    return failure(error("E885", mapping.schedule.span,
                         fmt::format("a condition makes too many different runs of the pipeline: "
                                     "more than {} stretches of its loops",
                                     kMostRunParts),
                         "make the loops outside of the pipeline step further, or leave the "
                         "schedule to phases"));
  t.masked = std::move(masked->runs);
  t.series = std::move(masked->series);
  if (!t.masked.empty()) {
    // Numbered through the full trips of the loops.
    t.epochs = trips(bound, leaf.path, body.outer);
    t.runs = 0;
    for (const TimetableRun& run : t.masked) t.runs += run.times;
  }
  if (t.epochs > (std::int64_t{1} << 62) / (2 * t.interval))
    return failure(error("E885", mapping.schedule.span, "a run takes more than 2^61 cycles"));
  for (std::size_t i = body.outer; i < leaf.path.size(); ++i)
    t.loop_trips.push_back(bound[leaf.path[i]].trips);
  if (!machine.memories.empty()) {
    const arch::Memory& outermost = machine.memories.front();
    t.memory_latency = outermost.latency.value();
    if (outermost.bandwidth)
      t.bytes_per_cycle = Exact(outermost.bandwidth->value(), machine.clock.value());
  }
  t.tails = body_tails(machine, bound, body, t.ops);
  t.loads = body_loads(cascade, machine, bound, body, t.ops);
  t.live_values = live_values(t, bound);
  return t;
}

}  // namespace einfall::mappings
