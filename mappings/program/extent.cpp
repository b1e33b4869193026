#include <algorithm>
#include <optional>

#include "mappings/program/lowering.hpp"

namespace einfall::mappings {

Extent extent_of(const BoundMapping& bound, const Walk& walk, PartSet parts) {
  Extent extent;
  const PartSet loops = walk.parts();
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    std::int64_t full = 1;
    std::int64_t stride = 0;       // of the innermost part that counts
    bool complete = true;          // every part outside of one that counts is a loop or counts
    bool passed_over = false;      // a part of several steps that is neither
    std::int64_t last_offset = 0;  // of the last tile that the loops select
    Levels cut = 0;
    std::int64_t covered = 1;  // points of one step of the innermost loop
    for (const PartId part : bound.rank_parts[r]) {
      const BoundPart& p = bound[part];
      if (loops.has(part)) {
        complete = complete && stride == 0 && !passed_over;  // a loop inside of what counts: not a
                                                             // tile's end
        cut |= walk.of(PartSet({part}));
        covered = p.stride;
      } else if (p.trips == 1) {
        continue;  // divides nothing
      } else if (parts.has(part)) {
        full *= p.trips;
        complete = complete && !passed_over;
        stride = complete ? p.stride : 0;
      } else {
        passed_over = true;
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

namespace {

// Coordinates of one position that a piece covers, and where the last piece begins, if the loops
// that move it belong to one rank, the others of its ranks are covered whole and none falls. What
// the last one covers, where that rank ends, is cut already.
struct Cover {
  std::int64_t piece = 1, last = 0, last_piece = 1;
  Levels moved_by = 0;
};

std::optional<Cover> cover_of(const BoundMapping& bound, const Walk& walk, const IndexForm& form) {
  Cover cover;
  for (const TermForm& term : form.terms) {
    if (term.divisor != 1 || term.coefficient < 0) return std::nullopt;
    Levels levels = 0;
    std::int64_t stride = bound.sizes[term.rank];
    for (const PartId part : bound.rank_parts[term.rank.index()]) {
      const Levels level = bound[part].trips > 1 ? walk.of(PartSet({part})) : 0;
      if (level == 0) continue;
      levels |= level;
      stride = bound[part].stride;
    }
    const std::int64_t size = bound.sizes[term.rank];
    const std::int64_t behind = (base::ceil_div(size, stride) - 1) * stride;
    cover.piece += term.coefficient * (std::min(stride, size) - 1);
    cover.last_piece += term.coefficient * (size - behind - 1);
    if (levels == 0) continue;
    if (cover.moved_by != 0) return std::nullopt;
    cover.moved_by = levels;
    cover.last = term.coefficient * behind;
  }
  return cover;
}

void cut_to_tensor(const BoundMapping& bound, const Walk& walk, const IndexForm& form,
                   Extent& words) {
  const auto cover = cover_of(bound, walk, form);
  if (!cover) return;
  const std::int64_t rest = std::min(cover->last_piece, form.extent - cover->last);
  if (rest <= 0 || rest >= cover->last_piece || words.full % cover->piece != 0) return;
  if (cover->moved_by == 0)
    words.full = words.full / cover->piece * rest;
  else
    words.cuts.push_back({cover->moved_by, cover->last_piece, rest});
}

}  // namespace

void cut_slice(const BoundMapping& bound, const Walk& walk, einsum::AccessId access,
               Extent& words) {
  for (const IndexForm& form : bound.forms[access.index()].indices)
    if (form.terms.size() > 1 && form.opaque.empty() && !form.state)
      cut_to_tensor(bound, walk, form, words);
}

void cut_points(const BoundMapping& bound, const Walk& walk, einsum::AccessId access,
                Extent& words) {
  for (const IndexForm& form : bound.forms[access.index()].indices) {
    if (!has_digits(bound.sizes, form)) continue;
    // Steps of the first digit move whole pieces.
    const auto first = std::max_element(
        form.terms.begin(), form.terms.end(),
        [](const TermForm& a, const TermForm& b) { return a.coefficient < b.coefficient; });
    const bool whole = std::all_of(form.terms.begin(), form.terms.end(), [&](const TermForm& term) {
      const std::vector<PartId>& parts = bound.rank_parts[term.rank.index()];
      return &term == &*first || std::none_of(parts.begin(), parts.end(), [&](PartId part) {
        return bound[part].trips > 1 && walk.parts().has(part);
      });
    });
    if (whole) cut_to_tensor(bound, walk, form, words);
  }
}

}  // namespace einfall::mappings
