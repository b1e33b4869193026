#include "sim/values/touched.hpp"

#include <algorithm>

#include "base/floor_div.hpp"
#include "base/overloaded.hpp"
#include "einsum/eval/index_plan.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::sim {
namespace {

using einsum::Cascade;
using einsum::Sizes;

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

// Inclusive.
struct Hull {
  std::int64_t low = 0, high = 0;
};

std::int64_t value_of(const einsum::SizePoly& poly, const Sizes& sizes) {
  return std::clamp(poly.evaluate(sizes).value_or(kHuge), -kHuge, kHuge);
}

Hull hull_of(const Cascade& cascade, const Sizes& sizes, einsum::IndexId index,
             const mappings::RankRanges& ranges);

Hull quotient(const Cascade& cascade, const Sizes& sizes, const einsum::DivMod& atom,
              const mappings::RankRanges& ranges) {
  const Hull numerator = hull_of(cascade, sizes, atom.numerator, ranges);
  const std::int64_t divisor = value_of(atom.divisor, sizes);
  if (divisor < 1) return {-kHuge, kHuge};
  const Hull whole{base::floor_div(numerator.low, divisor),
                   base::floor_div(numerator.high, divisor)};
  if (!atom.mod) return whole;
  if (whole.low != whole.high) return {0, divisor - 1};
  return {numerator.low - whole.low * divisor, numerator.high - whole.low * divisor};
}

Hull hull_of(const Cascade& cascade, const Sizes& sizes, einsum::IndexId index,
             const mappings::RankRanges& ranges) {
  Hull sum{value_of(cascade[index].constant, sizes), value_of(cascade[index].constant, sizes)};
  for (const einsum::IndexTerm& term : cascade[index].terms) {
    const std::int64_t coefficient = value_of(term.coefficient, sizes);
    const Hull atom = std::visit(
        base::Overloaded{
            [&](einsum::VarId var) {
              const auto& [first, end] = ranges[cascade[var].rank.index()];
              return Hull{first, end - 1};
            },
            [&](einsum::AccessId) {
              return Hull{-kHuge, kHuge};
            },
            [&](const einsum::DivMod& div) { return quotient(cascade, sizes, div, ranges); }},
        term.atom);
    sum.low += coefficient * (coefficient < 0 ? atom.high : atom.low);
    sum.high += coefficient * (coefficient < 0 ? atom.low : atom.high);
    sum = {std::max(sum.low, -kHuge), std::min(sum.high, kHuge)};
  }
  return sum;
}

}  // namespace

TensorBox touched(const Cascade& cascade, const Sizes& sizes, einsum::AccessId access,
                  const mappings::RankRanges& ranges) {
  TensorBox box;
  const einsum::Access& read = cascade[access];
  for (std::size_t i = 0; i < read.indices.size(); ++i) {
    const Hull hull = hull_of(cascade, sizes, read.indices[i], ranges);
    const std::int64_t extent = einsum::extent(cascade, cascade[read.tensor], i, sizes);
    box.emplace_back(std::max<std::int64_t>(0, hull.low), std::min(extent, hull.high + 1));
  }
  return box;
}

}  // namespace einfall::sim
