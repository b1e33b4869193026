#include "mappings/schedule/body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/floor_div.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"

namespace einfall::mappings {
namespace {

using base::error;
using base::failure;

bool ends_with(const std::vector<PartId>& path, const std::vector<PartId>& tail) {
  return tail.size() <= path.size() && std::equal(tail.rbegin(), tail.rend(), path.rbegin());
}

std::string loop_list(const BoundMapping& bound, const std::vector<PartId>& loops) {
  std::string out;
  for (const PartId part : loops) out += (out.empty() ? "" : ", ") + bound.part_names[part.index()];
  return "[" + out + "]";
}

// Epochs between a value and its use one step of the iterative rank later, in the shortest block:
// slots that hold there hold in all others.
std::int64_t carried_distance(const einsum::Cascade& cascade, const BoundMapping& bound,
                              const std::vector<PartId>& path, einsum::TensorId tensor) {
  const einsum::Tensor& t = cascade[tensor];
  if (!t.iterative_position) return 1;
  const einsum::RankId rank = t.ranks[*t.iterative_position];
  for (std::size_t i = path.size(); i-- > 0;)
    if (bound[path[i]].rank == rank) {
      std::int64_t epochs = 1;
      for (std::size_t inner = i + 1; inner < path.size(); ++inner)
        epochs = saturating_mul(epochs, fewest_trips(bound, path[inner]));
      return epochs;
    }
  return 0;
}

// How many loops, from the outermost inwards, are the same.
std::size_t common_loops(const std::vector<PartId>& a, const std::vector<PartId>& b) {
  const auto split = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(split.first - a.begin());
}

bool writes(const BoundMapping& bound, const Tile& tile, einsum::TensorId tensor) {
  return std::any_of(tile.begin(), tile.end(),
                     [&](StepId step) { return bound[step].write.tensor == tensor; });
}

std::optional<std::size_t> writer_of(const BoundMapping& bound, const std::vector<Tile>& tiles,
                                     einsum::TensorId tensor) {
  for (std::size_t i = 0; i < tiles.size(); ++i)
    if (writes(bound, tiles[i], tensor)) return i;
  return std::nullopt;
}

bool reads(const BoundMapping& bound, const Tile& tile, einsum::TensorId tensor) {
  for (const StepId step : tile)
    for (const BoundAccess& read : bound[step].reads)
      if (read.tensor == tensor) return true;
  return false;
}

// The one tile that reads what tile i makes last, if there is exactly one.
std::optional<std::size_t> only_reader(const BoundMapping& bound, const std::vector<Tile>& tiles,
                                       std::size_t i) {
  std::optional<std::size_t> found;
  for (std::size_t j = 0; j < tiles.size(); ++j) {
    if (j == i || !reads(bound, tiles[j], bound[tiles[i].back()].write.tensor)) continue;
    if (found) return std::nullopt;
    found = j;
  }
  return found;
}

// Element by element, or a product that is part of its reader's multiply-add.
bool take_turns(const BoundMapping& bound, const Tile& first, const Tile& second) {
  const BoundEinsum& a = bound[first.back()];
  const BoundEinsum& b = bound[second.front()];
  const bool adjacent = a.unit == b.unit && a.write.consumed_in_leaf &&
                        reads(bound, {second.front()}, a.write.tensor);
  if (!adjacent || a.operators.empty()) return adjacent;
  return a.dataflow == arch::Dataflow::kVector && b.dataflow == arch::Dataflow::kVector &&
         !a.time.empty() && a.time == b.time && a.columns == b.columns &&
         PartSet(a.time) == (PartSet(a.time) & a.write.relevant) &&
         PartSet(b.time) == (PartSet(b.time) & b.write.relevant);
}

}  // namespace

std::int64_t trips(const BoundMapping& bound, const std::vector<PartId>& path, std::size_t from) {
  std::int64_t product = 1;
  for (std::size_t i = from; i < path.size(); ++i)
    if (__builtin_mul_overflow(product, bound[path[i]].trips, &product))
      return std::int64_t{1} << 62;
  return product;
}

base::Result<Body> find_body(const einsum::Cascade& cascade, const Mapping& mapping,
                             const BoundMapping& bound) {
  const auto& over = bound.schedule.over;
  if (bound.schedule.kind != ScheduleKind::kPipelined || over.empty())
    return failure(error("E880", mapping.schedule.span,
                         fmt::format("mapping {} has no pipelined schedule", mapping.name),
                         "give `schedule: {kind: pipelined, over: [...]}`"));
  std::vector<NodeId> leaves;
  for (std::size_t n = 0; n < bound.nodes.size(); ++n)
    if (!bound.nodes[n].einsums.empty() && ends_with(bound.nodes[n].path, over))
      leaves.emplace_back(n);
  if (leaves.empty())
    return failure(error(
        "E880", mapping.schedule.over.front().span,
        fmt::format("no leaf of the nest has {} as its innermost loops", loop_list(bound, over)),
        "list the loops of the steady state in the order of the nest, the "
        "innermost last"));
  if (leaves.size() > 1) {
    const auto step = bound[leaves[1]].einsums.front();
    return failure(
        error("E881", mapping.schedule.over.front().span,
              fmt::format("the Einsums below {} stand in {} leaves; {} is not in the "
                          "first",
                          loop_list(bound, over), leaves.size(), cascade[bound[step].einsum].name),
              "put the Einsums of the steady state into one leaf"));
  }
  for (const BoundEinsum& step : bound.einsums) {
    if (step.node == leaves.front()) break;
    const auto& body = bound[leaves.front()].einsums;
    if (std::none_of(body.begin(), body.end(),
                     [&](StepId reader) { return reads(bound, {reader}, step.write.tensor); }))
      continue;
    return failure(
        error("E881", mapping.schedule.over.front().span,
              fmt::format("{} stands in the nest before the Einsums below {}, which read it",
                          cascade[step.einsum].name, loop_list(bound, over)),
              "what comes before a pipeline is not overlapped with it: give it a mapping and a "
              "scenario of its own, or put it into the pipeline's leaf"));
  }
  const std::vector<PartId>& path = bound[leaves.front()].path;
  const Body body{leaves.front(), path.size() - over.size()};
  for (const BoundEinsum& step : bound.einsums) {
    const std::size_t common = common_loops(path, step.loops);
    if (common >= body.outer || trips(bound, path, common) == trips(bound, path, body.outer))
      continue;
    const std::vector<PartId> around(path.begin() + static_cast<std::ptrdiff_t>(common),
                                     path.begin() + static_cast<std::ptrdiff_t>(body.outer));
    return failure(error("E881", mapping.schedule.over.front().span,
                         fmt::format("{} follows a pipeline that runs again for every step of {}, "
                                     "and stands outside of these loops",
                                     cascade[step.einsum].name, loop_list(bound, around)),
                         "list these loops under `over` too, or put the Einsum into them"));
  }
  return body;
}

std::vector<Tile> body_tiles(const BoundMapping& bound, const Body& body) {
  std::vector<Tile> tiles;
  for (const StepId step : bound[body.leaf].einsums) tiles.push_back({step});
  // A later tile takes the one it alone reads to its front; repeated, so that chains join.
  for (std::size_t i = 0; i < tiles.size();) {
    const auto reader = only_reader(bound, tiles, i);
    if (!reader || !take_turns(bound, tiles[i], tiles[*reader])) {
      ++i;
      continue;
    }
    tiles[*reader].insert(tiles[*reader].begin(), tiles[i].begin(), tiles[i].end());
    tiles.erase(tiles.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
  return tiles;
}

std::vector<ModuloEdge> body_edges(const einsum::Cascade& cascade, const arch::Machine& machine,
                                   const BoundMapping& bound, const Body& body,
                                   const std::vector<Tile>& tiles) {
  std::vector<ModuloEdge> edges;
  for (std::size_t to = 0; to < tiles.size(); ++to)
    for (const StepId reader : tiles[to])
      for (const BoundAccess& read : bound[reader].reads) {
        const auto from = writer_of(bound, tiles, read.tensor);
        if (!from) continue;
        const std::int64_t distance =
            read.carried ? carried_distance(cascade, bound, bound[body.leaf].path, read.tensor) : 0;
        if (*from == to && distance == 0) continue;  // inside one visit
        edges.push_back({*from, to,
                         dependence_delay(bound, machine, tiles[*from], tiles[to], read).cycles,
                         distance});
      }
  return edges;
}

std::vector<TimetableLoad> body_loads(const einsum::Cascade& cascade, const arch::Machine& machine,
                                      const BoundMapping& bound, const Body& body,
                                      const std::vector<TimetableOp>& ops) {
  const std::vector<PartId>& path = bound[body.leaf].path;
  std::vector<TimetableLoad> loads;
  const auto load_of = [&](einsum::TensorId tensor) {
    return std::find_if(loads.begin(), loads.end(),
                        [&](const TimetableLoad& l) { return l.tensor == tensor; });
  };
  for (std::size_t o = 0; o < ops.size(); ++o) {
    for (const StepId step : ops[o].tile)
      for (const BoundAccess& read : bound[step].reads) {
        if (cascade[read.tensor].role != einsum::TensorRole::kInput) continue;
        if (const auto known = load_of(read.tensor); known != loads.end()) {
          known->readers.push_back(o);
          continue;
        }
        const auto kept = std::find_if(read.keeps.begin(), read.keeps.end(), [&](KeepId keep) {
          return bound[keep].memory && bound[keep].memory->index() > 0;
        });
        // Loops up to `held` renew the slice, those inside it touch it piece by piece.
        std::size_t held = path.size();
        std::int64_t elements = read.slice;
        std::int64_t bits = 8 * machine.word.value();
        TimetableLoad load{read.tensor, 0, 1, 1, 1, 2, {o}};
        if (kept != read.keeps.end()) {
          const BoundKeep& keep = bound[*kept];
          held = keep.node.valid() ? bound[keep.node].path.size() : 0;
          elements = keep.slice;
          bits = keep.bits;
          load.copies = keep.copies;
        }
        std::size_t renewing = held;
        while (renewing > body.outer && !read.relevant.has(path[renewing - 1])) --renewing;
        load.block = trips(bound, path, std::max(renewing, body.outer));
        std::size_t touched = path.size();
        while (touched > held && !read.relevant.has(path[touched - 1])) --touched;
        load.every = touched > held ? trips(bound, path, touched) : load.block;
        for (std::size_t i = held; i < touched; ++i)
          if (read.relevant.has(path[i])) load.pieces *= bound[path[i]].trips;
        load.bytes = (elements / load.pieces * bits + 7) / 8;
        for (std::size_t i = body.outer; i > held && !read.relevant.has(path[i - 1]); --i)
          load.runs *= bound[path[i - 1]].trips;
        loads.push_back(load);
      }
  }
  return loads;
}

namespace {

// As dependence_delay(); what nothing on the chip keeps in between leaves for the outermost memory,
// whole, and comes back.
std::int64_t tail_delay(const BoundMapping& bound, const arch::Machine& machine, const Tile& from,
                        StepId to, const BoundAccess& read) {
  if (read.forwarded || !read.keeps.empty() || machine.memories.empty())
    return dependence_delay(bound, machine, from, {to}, read).cycles;
  const arch::Memory& outermost = machine.memories.front();
  std::int64_t delay = tile_timing(bound, machine, from).complete() + 2 * outermost.latency.value();
  if (outermost.bandwidth)
    for (const std::int64_t elements : {bound[from.back()].write.slice, read.slice})
      delay += (Exact(elements * machine.word.value()) *
                Exact(machine.clock.value(), outermost.bandwidth->value()))
                   .ceil()
                   .value_or(0);
  return delay;
}

}  // namespace

std::vector<TimetableTail> body_tails(const arch::Machine& machine, const BoundMapping& bound,
                                      const Body& body, const std::vector<TimetableOp>& ops) {
  const std::vector<PartId>& path = bound[body.leaf].path;
  std::vector<TimetableTail> tails;
  for (std::size_t s = 0; s < bound.einsums.size(); ++s) {
    const BoundEinsum& einsum = bound.einsums[s];
    if (einsum.node == body.leaf) continue;
    const std::size_t common = common_loops(path, einsum.loops);
    TimetableTail tail{
        StepId(s), einsum.unit.index(), tile_timing(bound, machine, {StepId(s)}), 0, 0, {}};
    tail.period = trips(bound, path, std::max(common, body.outer));
    tail.visits = trips(bound, einsum.loops, common);
    for (std::size_t l = common; l < einsum.loops.size(); ++l) {
      const auto at = std::find(path.begin(), path.end(), einsum.loops[l]);
      if (at == path.end() || at < path.begin() + static_cast<std::ptrdiff_t>(body.outer)) continue;
      tail.through.push_back(static_cast<std::size_t>(at - path.begin()) - body.outer);
    }
    for (const BoundAccess& read : einsum.reads) {
      for (std::size_t o = 0; o < ops.size(); ++o)
        if (writes(bound, ops[o].tile, read.tensor))
          tail.waits.push_back({o, tail_delay(bound, machine, ops[o].tile, StepId(s), read)});
      for (std::size_t before = 0; before < tails.size(); ++before)
        if (bound[tails[before].step].write.tensor == read.tensor)
          tail.behind.push_back(
              {before, tail_delay(bound, machine, {tails[before].step}, StepId(s), read)});
    }
    tails.push_back(tail);
  }
  return tails;
}

namespace {

// Cycles by which an operation begins before it is booked: it takes turns with the one before it.
std::int64_t lead_of(const Timetable& timetable, const BoundMapping& bound, const TimetableOp& op) {
  for (const BoundInterleave& pair : bound.schedule.interleave)
    for (const TimetableOp& first : timetable.ops)
      if (Tile{pair.second} == op.tile && Tile{pair.first} == first.tile)
        return first.timing.issue - 1;
  return 0;
}

}  // namespace

std::vector<std::int64_t> live_values(const Timetable& timetable, const BoundMapping& bound) {
  std::vector<std::int64_t> most(timetable.ops.size(), 0);
  for (std::size_t o = 0; o < timetable.ops.size(); ++o) {
    const TimetableOp& op = timetable.ops[o];
    const bool in_place = bound[op.tile.back()].dataflow == arch::Dataflow::kOutputStationary;
    const std::int64_t lead = lead_of(timetable, bound, op);
    // By cycle of the interval; few cycles have any, however long a given interval is.
    std::map<std::int64_t, std::int64_t> change;
    std::int64_t always = 0;
    for (std::int64_t e = 0; e < op.timing.elements; ++e) {
      const std::int64_t born = in_place ? op.start - lead : op.start + op.timing.result(e) - 1;
      std::int64_t dies = born;
      for (const ModuloEdge& edge : timetable.edges) {
        if (edge.from != o || edge.distance > 0) continue;
        const TimetableOp& reader = timetable.ops[edge.to];
        const std::int64_t pace = reader.timing.issue / op.timing.elements;
        dies = std::max(dies, reader.start + (op.timing.elements == 1
                                                  ? reader.timing.issue
                                                  : (e + 1) * std::max<std::int64_t>(1, pace)));
      }
      const std::int64_t life = dies - born;
      always += life / timetable.interval;
      const std::int64_t from = base::floor_mod(born, timetable.interval);
      const std::int64_t rest = life % timetable.interval;
      ++change[from];
      if (from + rest <= timetable.interval) {
        --change[from + rest];
      } else {
        ++change[0];
        --change[from + rest - timetable.interval];
        --change[timetable.interval];
      }
    }
    std::int64_t now = always;
    most[o] = now;
    for (const auto& [cycle, c] : change) {
      now += c;
      most[o] = std::max(most[o], now);
    }
  }
  return most;
}

}  // namespace einfall::mappings
