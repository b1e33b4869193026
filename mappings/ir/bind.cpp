#include "mappings/ir/bind.hpp"

#include <algorithm>

#include "mappings/ir/binder.hpp"
#include "mappings/ir/capacity.hpp"
#include "mappings/ir/legality.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

// Divisors of a number up to 2^40, largest first.
std::vector<std::int64_t> divisors(std::int64_t number) {
  std::vector<std::int64_t> small, large;
  for (std::int64_t d = 1; d <= number / d; ++d) {
    if (number % d != 0) continue;
    large.push_back(number / d);
    if (d != number / d) small.push_back(d);
  }
  large.insert(large.end(), small.rbegin(), small.rend());
  return large;
}

// What the automatic part divides: steps that the parts inside of it leave to it and those outside
// of it with a fixed size.
std::int64_t left_for(const Binder& binder, const RankCut& cut) {
  std::int64_t stride = 1;
  for (std::size_t i = 1; i <= cut.inner.size(); ++i)
    if (i != *cut.automatic) stride *= cut.inner[i - 1];  // at most 2^40, checked when cut
  return base::ceil_div(binder.bound.sizes[cut.rank], stride);
}

// Sizes the automatic part, if there is one: the largest divisor for which everything fits, 1 if
// none does (check_capacity says by how much even that is too large).
void measure_all(Binder& binder) {
  const auto cut = std::find_if(binder.cuts.begin(), binder.cuts.end(),
                                [](const RankCut& c) { return c.automatic.has_value(); });
  if (cut != binder.cuts.end())
    for (const std::int64_t candidate : divisors(left_for(binder, *cut))) {
      set_trips(binder, candidate);
      measure(binder.bound, binder.machine);
      if (all_fits(binder.bound, binder.machine, binder.options)) return;
    }
  measure(binder.bound, binder.machine);
}

}  // namespace

base::Result<BoundMapping> bind(const Mapping& mapping, const einsum::Cascade& cascade,
                                const arch::Machine& machine,
                                const std::map<std::string, std::int64_t>& sizes,
                                const BindOptions& options) {
  base::Diagnostics sink;
  Binder binder{mapping, cascade, machine, options, sink, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  if (!bind_parts(binder, sizes)) return base::failure(std::move(sink));
  // Everything that names something, so that all wrong names are reported at once.
  const bool nest = bind_nest(binder);
  const bool absorbed = bind_absorbed(binder);
  const bool units = nest && bind_units(binder);
  const bool schedule = nest && bind_schedule(binder);
  const bool instances = units && bind_instances(binder) && bind_dispatch(binder);
  if (!nest || !absorbed || !units || !schedule || !instances || !bind_accesses(binder) ||
      !bind_masks(binder))
    return base::failure(std::move(sink));
  fuse_multiply_adds(binder);
  check_coverage(binder);
  check_dataflows(binder);
  check_dependences(binder);
  check_hierarchy(binder);
  check_moves(binder);
  check_widths(binder);
  check_tasks_alike(binder);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  measure_all(binder);
  check_capacity(binder);
  check_residents(binder);
  check_slices(binder);
  check_masks(binder);
  check_tiles(binder);
  check_layouts(binder);
  check_partial_sums(binder);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return std::move(binder.bound);
}

}  // namespace einfall::mappings
