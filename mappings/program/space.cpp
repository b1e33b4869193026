#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/nest.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/program/lowering.hpp"

namespace einfall::mappings {
namespace {

bool lies_in(const BoundMapping& bound, const BoundAccess& access, KeepId storage) {
  return std::any_of(access.keeps.begin(), access.keeps.end(),
                     [&](KeepId keep) { return storage_of(bound, keep) == storage; });
}

// The operation that begins a slice: the one that writes the tensor whose storage it is.
Operation* writer_of(Lowering& lowering, KeepId storage) {
  for (Operation& op : lowering.program.operations)
    for (const StepId step : op.tile) {
      const auto& keeps = lowering.bound[step].write.keeps;
      if (std::find(keeps.begin(), keeps.end(), storage) != keeps.end()) return &op;
    }
  return nullptr;
}

// Loops that the two share, down to the piece of the slice that they hand over.
PartSet handed_over(const Lowering& lowering, const Operation& writer, const Operation& reader) {
  PartSet relevant;
  for (const StepId step : writer.tile) relevant = relevant | lowering.bound[step].write.relevant;
  return shared_loops(lowering, writer, reader) & relevant;
}

}  // namespace

void lower_space(Lowering& lowering) {
  const BoundMapping& bound = lowering.bound;
  for (std::size_t k = 0; k < bound.keeps.size(); ++k) {
    const BoundKeep& keep = bound.keeps[k];
    if (keep.in_place_of || !keep.memory) continue;
    Operation* writer = writer_of(lowering, KeepId(k));
    if (writer == nullptr) continue;
    const PartSet path(bound[keep.node].path);
    for (Operation& reader : lowering.program.operations) {
      if (&reader == writer ||
          std::none_of(reader.tile.begin(), reader.tile.end(), [&](StepId step) {
            return std::any_of(bound[step].reads.begin(), bound[step].reads.end(),
                               [&](const BoundAccess& read) {
                                 return !read.forwarded && lies_in(bound, read, KeepId(k));
                               });
          }))
        continue;
      const PartSet outer = down_to_innermost(bound[keep.node].path, keep.relevant);
      const PartSet shared = (handed_over(lowering, *writer, reader) - path) |
                             (shared_loops(lowering, *writer, reader) & outer);
      std::int64_t pieces = 1;
      for (const WalkLevel& level : writer->walk.levels)
        if (shared.has(level.part) && !path.has(level.part)) pieces *= level.trips;
      const std::size_t token =
          lowering.add_token(fmt::format("room for {}, read by {}", writer->name, reader.name),
                             Lack::kSpace, keep.copies * pieces);
      lowering.program.tokens[token].keep = KeepId(k);
      connect_room(reader, *writer, shared, token);
    }
  }
}

}  // namespace einfall::mappings
