#include <algorithm>

#include "mappings/program/lowering.hpp"

namespace einfall::mappings {

Extent extent_of(const BoundMapping& bound, const Walk& walk, PartSet parts) {
  Extent extent;
  const PartSet loops = walk.parts();
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    std::int64_t full = 1;
    std::int64_t stride = 0;       // of the innermost part that counts
    bool complete = true;          // every outer part is a loop or counts
    std::int64_t last_offset = 0;  // of the last tile that the loops select
    Levels cut = 0;
    std::int64_t covered = 1;  // points of one step of the innermost loop
    for (const PartId part : bound.rank_parts[r]) {
      const BoundPart& p = bound[part];
      if (loops.has(part)) {
        complete = complete && stride == 0;  // a loop inside of what counts: not a tile's end
        cut |= walk.of(PartSet({part}));
        covered = p.stride;
      } else if (parts.has(part)) {
        full *= p.trips;
        stride = complete ? p.stride : 0;
      } else {
        complete = false;
      }
    }
    extent.full *= full;
    if (stride == 0 || !complete) continue;
    const std::int64_t size = bound.sizes.values[r];
    if (cut != 0) last_offset = (base::ceil_div(size, covered) - 1) * covered;
    const std::int64_t rest = std::min(full, base::ceil_div(size - last_offset, stride));
    if (rest == full) continue;
    if (cut == 0)
      extent.full = extent.full / full * rest;
    else
      extent.cuts.push_back({cut, full, rest});
  }
  return extent;
}

}  // namespace einfall::mappings
