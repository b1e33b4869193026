#include "mappings/schedule/rooms.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"

namespace einfall::mappings {
namespace {

std::int64_t fewest_steps(const BoundMapping& bound, const std::vector<PartId>& loops,
                          std::size_t from) {
  std::int64_t product = 1;
  for (std::size_t i = from; i < loops.size(); ++i)
    product = saturating_mul(product, fewest_trips(bound, loops[i]));
  return product;
}

// No schedule of one iteration is longer; keeps products with intervals within 64 bits.
constexpr std::int64_t kFar = std::int64_t{1} << 36;

// Of a tail: the tensors' keeps that tile w writes and the tail reads, by their least copies.
std::int64_t least_copies(const BoundMapping& bound, const Tile& writer, StepId reader) {
  std::int64_t copies = std::int64_t{1} << 62;
  for (const StepId step : writer)
    for (const KeepId keep : handed_through(bound, step, reader))
      copies = std::min(copies, bound[keep].copies);
  return copies;
}

void add_readers(const BoundMapping& bound, const std::vector<PartId>& path,
                 const std::vector<TimetableOp>& tiles, std::vector<ModuloEdge>& edges) {
  for (std::size_t w = 0; w < tiles.size(); ++w)
    for (std::size_t r = 0; r < tiles.size(); ++r) {
      if (r == w) continue;
      for (const StepId writer : tiles[w].tile)
        for (const StepId reader : tiles[r].tile)
          for (const KeepId keep : handed_through(bound, writer, reader))
            edges.push_back({r, w, tiles[r].timing.issue, room_distance(bound, path, writer, keep),
                             false, true});
    }
}

}  // namespace

std::vector<KeepId> handed_through(const BoundMapping& bound, StepId writer, StepId reader) {
  std::vector<KeepId> keeps;
  for (const KeepId keep : bound[writer].write.keeps) {
    if (bound[keep].in_place_of || !bound[keep].memory) continue;
    const auto lies_there = [&](KeepId other) {
      while (bound[other].in_place_of) other = *bound[other].in_place_of;
      return other == keep;
    };
    for (const BoundAccess& read : bound[reader].reads)
      if (!read.forwarded && std::any_of(read.keeps.begin(), read.keeps.end(), lies_there)) {
        keeps.push_back(keep);
        break;
      }
  }
  return keeps;
}

std::int64_t room_distance(const BoundMapping& bound, const std::vector<PartId>& loops,
                           StepId writer, KeepId keep) {
  const std::vector<PartId>& around = bound[bound[keep].node].path;
  const PartSet outer = down_to_innermost(around, bound[keep].relevant);
  // The slice is renewed by the loops of `outer`; its pieces are selected by those below the node.
  const PartSet pieces = (bound[writer].write.relevant & PartSet(loops)) - PartSet(around);
  std::size_t renewing = loops.size();
  while (renewing > 0 && !outer.has(loops[renewing - 1])) --renewing;
  const std::int64_t block = fewest_steps(bound, loops, renewing);
  // Other loops are at their last step where a piece is read last, at their first where it is made.
  std::int64_t apart = saturating_mul(bound[keep].copies, block);
  for (std::size_t i = renewing; i < loops.size(); ++i)
    if (!pieces.has(loops[i]))
      apart -= (fewest_trips(bound, loops[i]) - 1) * fewest_steps(bound, loops, i + 1);
  return std::clamp<std::int64_t>(apart, 1, kFar);
}

std::vector<ModuloEdge> room_edges(const BoundMapping& bound, const Body& body,
                                   const std::vector<TimetableOp>& tiles,
                                   const std::vector<TimetableTail>& tails) {
  const std::vector<PartId>& path = bound[body.leaf].path;
  std::vector<ModuloEdge> edges;
  add_readers(bound, path, tiles, edges);
  std::vector<TimetableTail::Wait> waits;  // a tail stands behind those before it
  for (const TimetableTail& tail : tails) {
    waits.insert(waits.end(), tail.waits.begin(), tail.waits.end());
    const std::vector<PartId>& loops = bound[tail.step].loops;
    const auto split = std::mismatch(path.begin(), path.end(), loops.begin(), loops.end());
    const auto common = static_cast<std::size_t>(split.first - path.begin());
    if (common <= body.outer) continue;  // at the end of a run, and the next one waits for that
    const std::int64_t period = fewest_steps(bound, path, common);
    // Visits come behind the last epochs of a block, its rooms are taken again from the first on.
    const std::int64_t visits = std::min(period, fewest_steps(bound, loops, common));
    for (std::size_t w = 0; w < tiles.size(); ++w) {
      const std::int64_t copies = least_copies(bound, tiles[w].tile, tail.step);
      if (copies == std::int64_t{1} << 62) continue;
      for (const TimetableTail::Wait& wait : waits)
        edges.push_back(
            {wait.op, w, wait.delay + tail.timing.issue,
             std::min(kFar, saturating_mul(copies - 1, period)) + std::min(kFar, visits), false,
             true});
    }
  }
  return edges;
}

}  // namespace einfall::mappings
