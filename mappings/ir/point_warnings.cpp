#include "mappings/ir/point_warnings.hpp"

#include <fmt/format.h>

namespace einfall::mappings {

base::Diagnostics point_warnings(const BoundMapping& bound, const einsum::Cascade& cascade) {
  base::Diagnostics found;
  for (const BoundEinsum& step : bound.einsums) {
    if (step.visits > 0) continue;
    const einsum::Einsum& einsum = cascade[step.einsum];
    if (step.restricted)
      found.push_back(base::warning(
          "W802", einsum.span,
          fmt::format("no Einsum with a point reads {} with these sizes: it is left out",
                      einsum.name),
          "if that is not meant, look at the sizes and conditions of what reads it"));
    else
      found.push_back(base::warning(
          "W802", einsum.span,
          fmt::format("{} has no point with these sizes: it is left out", einsum.name),
          "if that is not meant, look at its condition, and at indices that leave a tensor"));
  }
  return found;
}

}  // namespace einfall::mappings
