#include <fmt/format.h>

#include "mappings/ir/legality.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 62;  // of what measure counts

// Other tiles than those of a mask's edge have been counted.
bool is_uncounted(std::int64_t count, std::int64_t without_mask, const Mask& mask) {
  return !mask.everything() && count >= kMost && without_mask < kMost;
}

void refuse(Binder& binder, const base::SourceSpan& span, const std::string& what,
            const base::SourceSpan& condition) {
  base::Diagnostic out = base::error(
      "E832", span,
      fmt::format("{}; the tiles along the edge of a condition cannot be counted but one by one, "
                  "and there are more than {}",
                  what, kMostBoxes),
      "choose sizes so that, of two ranks which the condition compares, the tiles of one are a "
      "multiple of those of the other, or cut larger tiles");
  out.notes.push_back({condition, "an Einsum under the condition"});
  binder.sink.push_back(std::move(out));
}

}  // namespace

void check_masks(Binder& binder) {
  const BoundMapping& bound = binder.bound;
  for (std::size_t s = 0; s < bound.einsums.size(); ++s) {
    const BoundEinsum& step = bound.einsums[s];
    const PartSet loops(step.loops);
    const PartSet timed = loops | PartSet(step.time);
    if (is_uncounted(step.visits, steps(bound, loops), step.mask) ||
        is_uncounted(step.steps, steps(bound, timed), step.mask))
      return refuse(binder, binder.step_spans[s],
                    fmt::format("'{}' has tiles without a point", binder.name_of(StepId(s))),
                    binder.cascade[step.einsum].span);
  }
  for (std::size_t k = 0; k < bound.keeps.size(); ++k) {
    const BoundKeep& keep = bound.keeps[k];
    const std::int64_t fills = steps(bound, renewing_loops(bound, keep));
    const std::int64_t all = saturating_mul(fills, keep.slice);
    if (is_uncounted(keep.fills, fills, keep.mask) || is_uncounted(keep.filled, all, keep.mask))
      return refuse(binder, bound.keep_spans[k],
                    fmt::format("'{}' has slices that nobody needs", binder.name_of(keep.tensor)),
                    binder.cascade[keep.users.front()].span);
  }
}

}  // namespace einfall::mappings
