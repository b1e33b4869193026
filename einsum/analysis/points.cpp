#include "einsum/analysis/points.hpp"

#include <fmt/format.h>

#include <limits>

#include "einsum/analysis/presence.hpp"
#include "einsum/analysis/region_count.hpp"

namespace einfall::einsum {
namespace {

base::Result<PointCount> counted(const Einsum& einsum, const Region& region) {
  const lattice::Count count = count_points(region);
  if (count.points > std::numeric_limits<std::int64_t>::max())
    return base::failure(
        base::error("E503", einsum.span,
                    fmt::format("{} {} more than 2^63 - 1 points for these sizes", einsum.name,
                                count.exact && region.exact ? "has" : "may have"),
                    "use smaller sizes; counts are 64-bit whole numbers"));
  return PointCount{static_cast<std::int64_t>(count.points), count.exact && region.exact};
}

}  // namespace

base::Result<std::vector<PointCount>> points(const Cascade& cascade, const Sizes& sizes) {
  EINFALL_TRY(const std::vector<Region> regions, present_points(cascade, sizes));
  std::vector<PointCount> counts;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    EINFALL_TRY(const PointCount count, counted(cascade.einsums[i], regions[i]));
    counts.push_back(count);
  }
  return counts;
}

base::Result<PointCount> points(const Cascade& cascade, EinsumId einsum, const Sizes& sizes) {
  EINFALL_TRY(const std::vector<Region> regions, present_points(cascade, sizes));
  return counted(cascade[einsum], regions[einsum.index()]);
}

}  // namespace einfall::einsum
