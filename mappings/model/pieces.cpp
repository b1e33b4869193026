#include "mappings/model/pieces.hpp"

#include <algorithm>

#include "mappings/ir/overlap.hpp"

namespace einfall::mappings {
namespace {

const BoundAccess& access_through(const BoundMapping& bound, StepId step, KeepId keep) {
  for (const BoundAccess& read : bound[step].reads)
    if (std::find(read.keeps.begin(), read.keeps.end(), keep) != read.keeps.end()) return read;
  return bound[step].write;
}

// An index of the access chooses what it reads.
bool gathers(const BoundMapping& bound, const BoundAccess& access) {
  const auto& indices = bound.forms[access.access.index()].indices;
  return std::any_of(indices.begin(), indices.end(),
                     [](const IndexForm& index) { return !index.opaque.empty(); });
}

}  // namespace

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

bool is_whole(const BoundMapping& bound, KeepId id, const std::vector<StepId>& users) {
  PartSet loops;
  for (const StepId user : users) {
    const BoundAccess& access = access_through(bound, user, id);
    if (gathers(bound, access)) return true;
    loops = loops | (PartSet(bound[user].loops) & access.relevant);
  }
  return overlap(bound, bound[id].users, loops).has_value();
}

std::vector<PartId> piece_loops(const BoundMapping& bound, KeepId id,
                                const std::vector<StepId>& users) {
  const BoundKeep& keep = bound[id];
  const std::vector<PartId>& path = bound[keep.node].path;
  std::vector<PartId> loops;
  const PartSet outer = down_to_innermost(path, keep.relevant);
  for (const PartId part : path)
    if (outer.has(part)) loops.push_back(part);
  const auto inside_of = [&](StepId step) {
    std::vector<PartId> inner;
    const PartSet relevant = access_through(bound, step, id).relevant;
    for (const PartId part : bound[step].loops)
      if (!PartSet(path).has(part) && relevant.has(part)) inner.push_back(part);
    return inner;
  };
  std::vector<PartId> pieces = inside_of(users.front());
  if (is_whole(bound, id, users)) pieces.clear();
  for (const StepId user : users) {
    const std::vector<PartId> other = inside_of(user);
    const auto agree = std::mismatch(pieces.begin(), pieces.end(), other.begin(), other.end());
    pieces.erase(agree.first, pieces.end());
  }
  loops.insert(loops.end(), pieces.begin(), pieces.end());
  return loops;
}

}  // namespace einfall::mappings
