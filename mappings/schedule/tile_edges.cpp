#include "mappings/schedule/tile_edges.hpp"

#include <algorithm>

namespace einfall::mappings {

std::int64_t row_skew(const arch::ComputeUnit& unit) {
  std::int64_t slowest = 1;
  for (const char* name : {"mac", "mul", "add", "sub", "max", "min"})
    if (const arch::Operator* op = unit.find(name); op != nullptr && op->primitives.empty())
      slowest = std::max(slowest, op->latency);
  return slowest + unit.hop_latency - 1;
}

TileEdges tile_edges(const BoundMapping& bound, const arch::Machine& machine, const Tile& tile) {
  const BoundEinsum& last = bound[tile.back()];
  const arch::ComputeUnit& unit = machine.units[last.unit.index()];
  TileEdges edges;
  std::int64_t columns = 1;
  for (const PartId part : last.columns)
    columns = std::min(unit.columns, columns * bound[part].trips);
  edges.spread = (columns - 1) * unit.hop_latency;
  if (unit.kind != arch::UnitKind::kSpatialArray ||
      last.dataflow == arch::Dataflow::kWeightStationary ||
      last.dataflow == arch::Dataflow::kColumnReduce)
    return edges;
  edges.words = unit.rows * last.row_tiles * last.column_tiles;
  edges.to_foot = unit.rows * row_skew(unit);
  return edges;
}

std::int64_t settled(const TileTiming& timing, const TileEdges& edges) {
  return edges.to_foot +
         std::max(timing.complete(), timing.first_result + (timing.elements - 1) * edges.words) +
         std::max<std::int64_t>(0, edges.words - 1) + edges.spread;
}

}  // namespace einfall::mappings
