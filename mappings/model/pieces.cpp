#include "mappings/model/pieces.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/overlap.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/ir/slice_shape.hpp"

namespace einfall::mappings {
namespace {

const BoundAccess& access_through(const BoundMapping& bound, StepId step, KeepId keep) {
  for (const BoundAccess& read : bound[step].reads)
    if (std::find(read.keeps.begin(), read.keeps.end(), keep) != read.keeps.end()) return read;
  return bound[step].write;
}

}  // namespace

const BoundAccess& access_of(const BoundMapping& bound, const Flow& flow) {
  const BoundEinsum& step = bound[flow.step];
  return flow.read == Flow::kNoRead ? step.write : step.reads[flow.read];
}

KeepId storage_of(const BoundMapping& bound, KeepId keep) {
  while (bound[keep].in_place_of) keep = *bound[keep].in_place_of;
  return keep;
}

std::int64_t room_of(const BoundMapping& bound, KeepId keep, const std::vector<PartId>& loops) {
  const PartSet path(bound[bound[keep].node].path);
  std::int64_t pieces = bound[keep].copies;
  for (const PartId part : loops)
    if (!path.has(part)) pieces *= bound[part].trips;
  return pieces;
}

KeepId keep_at(const BoundMapping& bound, const BoundAccess& access, Place place) {
  return *std::find_if(access.keeps.begin(), access.keeps.end(), [&](KeepId id) {
    return bound[id].memory ? place == Place{true, bound[id].memory->index()}
                            : place == Place{false, bound[id].unit->index()};
  });
}

std::vector<StepId> readers_of(const BoundMapping& bound, KeepId keep) {
  std::vector<StepId> readers;
  for (std::size_t s = 0; s < bound.einsums.size(); ++s)
    for (const BoundAccess& read : bound.einsums[s].reads)
      if (!read.forwarded &&
          std::find(read.keeps.begin(), read.keeps.end(), keep) != read.keeps.end() &&
          (readers.empty() || readers.back() != StepId(s)))
        readers.emplace_back(s);
  return readers;
}

std::vector<StepId> users_of(const BoundMapping& bound, KeepId keep) {
  std::vector<StepId> users;
  for (std::size_t s = 0; s < bound.einsums.size(); ++s) {
    const BoundEinsum& step = bound.einsums[s];
    const auto through = [&](const BoundAccess& access) {
      return std::find(access.keeps.begin(), access.keeps.end(), keep) != access.keeps.end();
    };
    if (through(step.write) || std::any_of(step.reads.begin(), step.reads.end(), through))
      users.emplace_back(s);
  }
  return users;
}

PartSet handed_over_in_memory(const BoundMapping& bound, const BoundAccess& read) {
  return read.keeps.empty() ? PartSet() : bound[read.keeps.back()].again;
}

bool is_gathered(const BoundMapping& bound, KeepId keep) {
  return std::any_of(
      bound[keep].users.begin(), bound[keep].users.end(), [&](einsum::AccessId user) {
        const auto& indices = bound.forms[user.index()].indices;
        return std::any_of(indices.begin(), indices.end(),
                           [](const IndexForm& index) { return !index.opaque.empty(); });
      });
}

bool is_whole(const BoundMapping& bound, KeepId id) {
  PartSet all;
  for (std::size_t p = 0; p < bound.parts.size(); ++p) all.insert(PartId(p));
  return is_gathered(bound, id) || overlap(bound, bound[id].users, all).has_value() ||
         is_cut_at_ends(bound, bound[id]);
}

PartSet operand_loops(const BoundMapping& bound, const BoundEinsum& step, std::size_t read) {
  const PartSet loops(step.loops);
  if (read == Flow::kNoRead || step.stationary != read) return loops;
  const std::vector<PartId> nest = nest_of(step);
  return loops & down_to_innermost(nest, changing(bound, nest, step.reads[read].relevant));
}

PartSet result_loops(const BoundMapping& bound, const BoundEinsum& step) {
  const PartSet loops(step.loops);
  if (step.dataflow == arch::Dataflow::kWeightStationary ||
      step.dataflow == arch::Dataflow::kColumnReduce)
    return loops;
  const std::vector<PartId> nest = nest_of(step);
  return loops & down_to_innermost(nest, changing(bound, nest, step.write.relevant));
}

std::vector<PartId> piece_loops(const BoundMapping& bound, KeepId id,
                                const std::vector<StepId>& users) {
  const BoundKeep& keep = bound[id];
  const std::vector<PartId>& path = bound[keep.node].path;
  std::vector<PartId> loops;
  const PartSet outer = renewing_loops(bound, keep);
  for (const PartId part : path)
    if (outer.has(part)) loops.push_back(part);
  const auto inside_of = [&](StepId step) {
    std::vector<PartId> inner;
    const PartSet relevant = selecting_parts(bound, access_through(bound, step, id).access);
    for (const PartId part : bound[step].loops)
      if (!PartSet(path).has(part) && relevant.has(part)) inner.push_back(part);
    return inner;
  };
  std::vector<PartId> pieces = inside_of(users.front());
  if (is_whole(bound, id)) pieces.clear();
  for (const StepId user : users) {
    const std::vector<PartId> other = inside_of(user);
    const auto agree = std::mismatch(pieces.begin(), pieces.end(), other.begin(), other.end());
    pieces.erase(agree.first, pieces.end());
  }
  loops.insert(loops.end(), pieces.begin(), pieces.end());
  return loops;
}

}  // namespace einfall::mappings
