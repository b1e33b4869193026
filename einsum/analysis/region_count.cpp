#include "einsum/analysis/region_count.hpp"

#include <algorithm>

#include "einsum/analysis/residue_classes.hpp"

namespace einfall::einsum {
namespace {

using lattice::Count;

// Quotients as variables, with their definitions as constraints.
Count with_quotients(const Region& region, lattice::Work& work) {
  std::vector<lattice::Conjunction> any = region.any;
  for (lattice::Conjunction& all : any)
    all.insert(all.end(), region.definitions.begin(), region.definitions.end());
  return lattice::count_union(any, region.box, work);
}

}  // namespace

Count count_points(const Region& region) {
  lattice::Work work;
  lattice::Box coordinates = region.box;
  coordinates.resize(coordinates.size() - region.quotients.size());
  Count best{lattice::size_of(coordinates), false};
  if (const auto classes = ResidueClasses::of(region)) {
    const Count found = classes->count(work);
    if (found.exact) return found;
    best.points = std::min(best.points, found.points);
    work = {};
  }
  const Count found = with_quotients(region, work);
  if (found.exact) return found;
  return {std::min(best.points, found.points), false};
}

}  // namespace einfall::einsum
