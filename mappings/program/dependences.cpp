#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/nest.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/program/lowering.hpp"

namespace einfall::mappings {
namespace {

// The operation that makes the tensor, if one does.
Operation* maker(Lowering& lowering, einsum::TensorId tensor) {
  for (Operation& op : lowering.program.operations)
    for (const StepId step : op.tile)
      if (lowering.bound[step].write.tensor == tensor) return &op;
  return nullptr;
}

// Whether the other operation, too, has the step that lies `shift` points of the rank from where
// this one stands.
SharedMask has_step(const Lowering& lowering, const Operation& other, const Operation& here,
                    einsum::RankId rank, std::int64_t shift) {
  const PartSet loops = here.walk.parts() & other.walk.parts();
  SharedMask mask = recast(other.walk, here.walk, loops);
  WalkMask made = mask ? *mask : WalkMask{IssuedTiles(lowering.bound, Mask{{{}}}, {}), {}};
  auto at = std::find_if(made.ranks.begin(), made.ranks.end(),
                         [&](const WalkMask::Rank& r) { return r.rank == rank; });
  if (at == made.ranks.end()) {
    WalkMask::Rank added{rank, lowering.bound.sizes[rank], {}, 0};
    for (std::size_t i = 0; i < here.walk.levels.size(); ++i)
      if (lowering.bound[here.walk.levels[i].part].rank == rank) added.levels.push_back(i);
    at = made.ranks.insert(made.ranks.end(), std::move(added));
  }
  at->shift = shift;
  return std::make_shared<const WalkMask>(std::move(made));
}

// Value of step i of the iterative rank for step i + 1: not given in the last step, not taken in
// the first.
void connect_carried(Lowering& lowering, Operation& from, Operation& to, const BoundAccess& read,
                     const DependenceDelay& delay) {
  const einsum::Tensor& tensor = lowering.cascade[read.tensor];
  if (!tensor.iterative_position) return;
  const einsum::RankId rank = tensor.ranks[*tensor.iterative_position];
  PartSet cut;
  for (const PartId part : lowering.bound.rank_parts[rank.index()])
    if (lowering.bound[part].trips > 1) cut.insert(part);
  cut = cut - handed_over_in_memory(lowering.bound, read);
  const Levels levels = from.walk.of(cut);
  if (levels == 0) return;  // steps inside one visit
  const std::string& name = lowering.cascade[rank].name;
  if (!hands_on(lowering, from.walk, to.walk, cut,
                {fmt::format("{} of one step of rank {} is read in the next", tensor.name, name),
                 fmt::format("the loops that {} is cut into", name),
                 "put the loops of that rank next to each other",
                 lowering.cascade[lowering.bound[to.tile.back()].einsum].span}))
    return;
  const std::size_t token =
      lowering.add_token(from.name + " -> next " + to.name, Lack::kDependence, 0);
  Give give{token, {}, false, delay.cycles, delay.of_last};
  Take take{token, {}};
  if (same_mask(from.walk, to.walk)) {
    give.when.not_last = levels;
    take.when.not_first = to.walk.of(cut);
  } else {
    const auto innermost = static_cast<std::size_t>(63 - __builtin_clzll(levels));
    const std::int64_t step = from.walk.levels[innermost].stride;
    give.when.other = has_step(lowering, to, from, rank, step);
    take.when.other = has_step(lowering, from, to, rank, -step);
  }
  from.gives.push_back(std::move(give));
  to.takes.push_back(std::move(take));
}

}  // namespace

void lower_dependences(Lowering& lowering) {
  auto& operations = lowering.program.operations;
  for (std::size_t o = 0; o < operations.size(); ++o) {
    Operation& to = operations[o];
    for (const StepId reader : to.tile)
      for (const BoundAccess& read : lowering.bound[reader].reads) {
        Operation* from = maker(lowering, read.tensor);
        if (from == nullptr) continue;
        const DependenceDelay delay =
            dependence_delay(lowering.bound, lowering.machine, from->tile, to.tile, read);
        if (read.carried) {
          connect_carried(lowering, *from, to, read, delay);
        } else if (from != &to) {
          const std::size_t token =
              lowering.add_token(from->name + " -> " + to.name, Lack::kDependence, 0);
          connect(*from, to, complete_in(lowering, *from, to, read.tensor),
                  {token, {}, false, delay.cycles, delay.of_last});
        }
      }
  }
}

}  // namespace einfall::mappings
