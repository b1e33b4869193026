#include "einsum/eval/strip_choice.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum::eval {
namespace {

// Relative costs of a point, in units of one contiguous load. Only their order matters: they were
// chosen so that the contiguous variable wins unless it is much shorter than a strip.
constexpr double kStripOverhead = 60;
constexpr double kContiguous = 0.5;
constexpr double kStrided = 2.0;
constexpr double kLaneWise = 5.0;
constexpr double kAccumulate = 0.5;
constexpr double kHorizontal = 0.7;

double access_cost(const LoweringContext& context, AccessId id, VarId strip) {
  const Access& access = context.cascade[id];
  const Layout& layout = context.layouts[access.tensor.index()];
  double stride = 0;
  for (std::size_t i = 0; i < access.indices.size(); ++i) {
    for (const IndexTerm& term : context.cascade[access.indices[i]].terms) {
      const double coefficient =
          static_cast<double>(term.coefficient.evaluate(context.sizes).value_or(0));
      if (const auto* variable = std::get_if<VarId>(&term.atom)) {
        if (*variable == strip) stride += coefficient * static_cast<double>(layout.strides[i]);
        continue;
      }
      const std::vector<VarId> inside = variables_of(context.cascade, access.indices[i]);
      if (std::find(inside.begin(), inside.end(), strip) != inside.end()) return kLaneWise;
    }
  }
  if (stride == 0) return 0;
  return std::abs(stride) == 1 ? kContiguous : kStrided;
}

}  // namespace

std::uint32_t choose_strip(const LoweringContext& context, const Einsum& einsum,
                           const SlotTable& slots, const std::vector<std::uint32_t>& candidates,
                           const std::vector<bool>& is_output) {
  const std::vector<AccessId> read = reads(context.cascade, einsum);
  const bool reduces = std::find(is_output.begin(), is_output.end(), false) != is_output.end();
  const auto cost = [&](std::uint32_t slot) {
    const VarId variable = einsum.vars[slot];
    double point = is_output[slot] ? (reduces ? kAccumulate : 0) : kHorizontal;
    for (const AccessId access : read) point += access_cost(context, access, variable);
    if (is_output[slot] && !reduces) point += access_cost(context, einsum.lhs, variable);
    const double length = static_cast<double>(std::min<std::int64_t>(kStrip, slots.extents[slot]));
    return point + kStripOverhead / length;
  };
  std::uint32_t best = candidates.front();
  double lowest = INFINITY;
  for (const std::uint32_t slot : candidates) {
    const double found = cost(slot);
    const bool better_tie = found == lowest && is_output[slot];
    if (found < lowest || better_tie) {
      best = slot;
      lowest = found;
    }
  }
  return best;
}

}  // namespace einfall::einsum::eval
