#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/legality.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/overlap.hpp"
#include "mappings/ir/result_words.hpp"

namespace einfall::mappings {
namespace {

PartId first_of(const std::vector<PartId>& path, PartSet parts) {
  return *std::find_if(path.begin(), path.end(), [&](PartId loop) { return parts.has(loop); });
}

PartId innermost_of(const std::vector<PartId>& path, PartSet parts) {
  return *std::find_if(path.rbegin(), path.rend(), [&](PartId loop) { return parts.has(loop); });
}

// A slice that an Einsum has begun and is not through with must not make room for another.
bool check_survival(Binder& binder, const BoundEinsum& step, KeepId id) {
  const BoundMapping& bound = binder.bound;
  const BoundKeep& keep = bound[id];
  const std::vector<PartId>& path = bound[keep.node].path;
  const PartSet renewing = renewing_loops(bound, keep);
  const PartSet again = moving(bound, (renewing - selecting_loops(bound, keep)) & step.ranks);
  if (again.empty()) return true;
  const std::string& tensor = binder.name_of(keep.tensor);
  const std::string& back = binder.name_of(first_of(path, again));
  const std::string& inner = binder.name_of(innermost_of(path, renewing));
  binder.report(
      "E827", bound.keep_spans[id.index()],
      fmt::format("'{}' is kept for one step of '{}' at a time, but every step of '{}' around it "
                  "goes on with all of them: what is unfinished would have to come back",
                  tensor, inner, back),
      fmt::format("keep it outside of '{}', or put '{}' inside of '{}'", back, back, inner));
  return false;
}

void check_overlap(Binder& binder, KeepId id) {
  const BoundMapping& bound = binder.bound;
  const BoundKeep& keep = bound[id];
  const auto found = overlap(bound, keep.users, selecting_loops(bound, keep));
  if (!found) return;
  const std::string& loop = binder.name_of(found->loop);
  const std::string& tensor = binder.name_of(keep.tensor);
  base::Diagnostic out = base::error(
      "E828", bound.keep_spans[id.index()],
      fmt::format("'{}' is kept for one step of '{}' at a time, but other steps need some of the "
                  "same elements",
                  tensor, loop),
      found->divisor > 1
          ? fmt::format("cut '{}' so that a step of its outer part covers a multiple of {}, or "
                        "keep '{}' outside of it",
                        loop, found->divisor, tensor)
          : fmt::format("keep it outside of '{}', where all of it lies", loop));
  out.notes.push_back({binder.cascade[found->access].span, "an access that does"});
  binder.sink.push_back(std::move(out));
}

}  // namespace

void check_slices(Binder& binder) {
  std::vector<bool> told(binder.bound.keeps.size(), false);
  for (const BoundEinsum& step : binder.bound.einsums)
    for (const KeepId keep : step.write.keeps)
      if (!told[keep.index()]) told[keep.index()] = !check_survival(binder, step, keep);
  for (std::size_t k = 0; k < binder.bound.keeps.size(); ++k)
    if (!told[k]) check_overlap(binder, KeepId(k));
}

}  // namespace einfall::mappings
