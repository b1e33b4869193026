#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mappings/ir/legality.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/overlap.hpp"
#include "mappings/ir/slice_shape.hpp"

namespace einfall::mappings {
namespace {

// Storage that a slice leaves unfinished is handed on to nobody else: what of it were to leave, and
// when, would depend on both.
void check_return(Binder& binder, KeepId id) {
  const BoundMapping& bound = binder.bound;
  if (bound[id].again.empty()) return;
  for (std::size_t k = 0; k < bound.keeps.size(); ++k) {
    const KeepId other(k);
    const bool shared = bound[other].in_place_of == id || bound[id].in_place_of == other;
    if (!shared) continue;
    const auto& path = bound[bound[id].node].path;
    const PartId loop = *std::find_if(path.begin(), path.end(),
                                      [&](PartId part) { return bound[id].again.has(part); });
    base::Diagnostic out = base::error(
        "E827", bound.keep_spans[id.index()],
        fmt::format("'{}' leaves unfinished and comes back for every step of '{}', but shares its "
                    "storage with '{}'",
                    binder.name_of(bound[id].tensor), binder.name_of(loop),
                    binder.name_of(bound[other].tensor)),
        fmt::format("give each room of its own, or keep '{}' outside of '{}'",
                    binder.name_of(bound[id].tensor), binder.name_of(loop)));
    out.notes.push_back({bound.keep_spans[k], "shared with this"});
    binder.sink.push_back(std::move(out));
    return;
  }
}

bool is_written(const BoundMapping& bound, KeepId id) {
  return std::any_of(bound.einsums.begin(), bound.einsums.end(), [&](const BoundEinsum& step) {
    const auto& keeps = step.write.keeps;
    return std::find(keeps.begin(), keeps.end(), id) != keeps.end();
  });
}

// Slices that are only read may have elements in common: each is fetched whole.
void check_overlap(Binder& binder, KeepId id) {
  const BoundMapping& bound = binder.bound;
  const BoundKeep& keep = bound[id];
  if (!keep.overlapping) return;
  const bool written = is_written(bound, id);
  if (!written && slice_totals(bound, keep, renewing_loops(bound, keep))) return;
  const auto found = overlap(bound, keep.users, selecting_loops(bound, keep));
  const std::string& loop = binder.name_of(found->loop);
  const std::string& tensor = binder.name_of(keep.tensor);
  base::Diagnostic out = base::error(
      "E828", bound.keep_spans[id.index()],
      written ? fmt::format("'{}' is made and kept for one step of '{}' at a time, but other steps "
                            "need some of the same elements",
                            tensor, loop)
              : fmt::format("'{}' is kept for one step of '{}' at a time; its slices overlap, and "
                            "there are more than {} different ones to be counted",
                            tensor, loop, kMostSlices),
      found->divisor > 1
          ? fmt::format("cut '{}' so that a step of its outer part covers a multiple of {}, or "
                        "keep '{}' outside of it",
                        loop, found->divisor, tensor)
          : fmt::format("keep it outside of '{}', where all of it lies", loop));
  out.notes.push_back({binder.cascade[found->access].span, "an access that does"});
  binder.sink.push_back(std::move(out));
}

// What is not there would have to come to the inner keep, or go from it, past the outer one.
void check_resident(Binder& binder, KeepId id) {
  const BoundMapping& bound = binder.bound;
  const BoundKeep& keep = bound[id];
  if (keep.resident_numerator == keep.resident_denominator) return;
  const auto inner = [&](const BoundAccess& access) -> std::optional<KeepId> {
    const auto at = std::find(access.keeps.begin(), access.keeps.end(), id);
    if (at == access.keeps.begin() || at == access.keeps.end()) return std::nullopt;
    return *std::prev(at);
  };
  std::optional<KeepId> again;
  for (const BoundEinsum& step : bound.einsums) {
    for (const BoundAccess& read : step.reads)
      if (!again) again = inner(read);
    if (!again) again = inner(step.write);
  }
  if (!again) return;
  base::Diagnostic out = base::error(
      "E829", bound.keep_spans[again->index()],
      fmt::format("'{}' is kept again inside of a keep that holds only {}/{} of it",
                  binder.name_of(keep.tensor), keep.resident_numerator, keep.resident_denominator),
      "keep all of it outside, give `resident` to the inner keep, or leave out one of the two");
  out.notes.push_back({bound.keep_spans[id.index()], "the outer keep"});
  binder.sink.push_back(std::move(out));
}

}  // namespace

void check_slices(Binder& binder) {
  for (std::size_t k = 0; k < binder.bound.keeps.size(); ++k) {
    check_return(binder, KeepId(k));
    check_overlap(binder, KeepId(k));
    check_resident(binder, KeepId(k));
  }
}

}  // namespace einfall::mappings
