#include "mappings/ir/measure.hpp"

#include <algorithm>

#include "mappings/ir/issued_fill.hpp"
#include "mappings/ir/overlap.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/ir/slice_shape.hpp"
#include "mappings/ir/sum_waits.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 62;

// Parts whose every step may gather any slice, one that was there before too.
PartSet gathered_parts(const BoundMapping& bound, einsum::AccessId access) {
  PartSet gathered;
  for (const IndexForm& form : bound.forms[access.index()].indices)
    for (const einsum::RankId rank : form.opaque)
      for (const PartId part : bound.rank_parts[rank.index()]) gathered.insert(part);
  return gathered;
}

// Elements of the slices that issued iterations of `outer` bring; nullopt: they cannot be counted.
std::optional<std::int64_t> issued_fill(const BoundMapping& bound, const BoundKeep& keep,
                                        PartSet outer) {
  const PartSet selecting = selecting_loops(bound, keep);
  std::int64_t most = 0;
  for (const einsum::AccessId user : keep.users) {
    if ((gathered_parts(bound, user) & outer).empty()) {
      const auto fill = issued_fill(bound, keep.mask, user, outer, selecting);
      if (!fill) return std::nullopt;
      most = std::max(most, *fill);
      continue;
    }
    most =
        std::max(most, saturating_mul(elements(bound, user, inside(bound, bound[keep.node].path)),
                                      issued_steps(bound, outer, keep.mask, outer)));
  }
  return most;
}

// Of the loops that renew a slice, those that only go on with it: what an Einsum under them makes
// is not through when its slice makes room for the next.
PartSet going_on(const BoundMapping& bound, KeepId id, PartSet renewing, PartSet selecting) {
  PartSet again;
  for (const BoundEinsum& step : bound.einsums)
    if (std::find(step.write.keeps.begin(), step.write.keeps.end(), id) != step.write.keeps.end())
      again = again | ((renewing - selecting) & step.ranks);
  return moving(bound, again);
}

// Elements of the slices that these loops bring; kMost if they cannot be counted.
std::int64_t brought(const BoundMapping& bound, const BoundKeep& keep, PartSet loops) {
  const PartSet within = inside(bound, bound[keep.node].path);
  const std::vector<Shift> apart = shifts(bound, keep.users);
  std::int64_t all = 0;
  for (const einsum::AccessId user : keep.users) {
    const PartSet once = (loops & selecting_loops(bound, keep)) - gathered_parts(bound, user);
    all = std::max(all, saturating_mul(elements(bound, user, within | once, apart),
                                       steps(bound, loops - once)));
  }
  const bool shifted =
      std::any_of(apart.begin(), apart.end(), [](const Shift& shift) { return shift.spread > 0; });
  if (keep.mask.everything() || shifted) return all;
  const auto issued = issued_fill(bound, keep, loops);
  return issued ? std::min(all, *issued) : kMost;
}

void measure_keep(BoundMapping& bound, KeepId id) {
  BoundKeep& keep = bound.keeps[id.index()];
  const std::vector<PartId>& path = bound[keep.node].path;
  keep.relevant = {};
  for (const einsum::AccessId user : keep.users)
    keep.relevant = keep.relevant | (relevant_parts(bound, user) & PartSet(path));
  keep.relevant = changing(bound, path, keep.relevant);
  const PartSet within = inside(bound, path);
  const PartSet renewing = renewing_loops(bound, keep);
  keep.again = going_on(bound, id, renewing, selecting_loops(bound, keep));
  keep.fills = issued_steps(bound, renewing, keep.mask, renewing);
  keep.slice = 0;
  const std::vector<Shift> apart = shifts(bound, keep.users);
  for (const einsum::AccessId user : keep.users)
    keep.slice = std::max(keep.slice, elements(bound, user, within, apart));
  keep.filled = brought(bound, keep, renewing);
  keep.returned =
      keep.again.empty() ? 0 : keep.filled - brought(bound, keep, renewing - keep.again);
  keep.overlapping = overlap(bound, keep.users, selecting_loops(bound, keep)).has_value();
  if (!keep.overlapping && !is_cut_at_ends(bound, keep)) return;
  // Each visit moves the whole of its slice.
  if (const auto totals = slice_totals(bound, keep, renewing)) {
    keep.filled = totals->sum;
    keep.slice = totals->largest;
  }
}

void measure_access(const BoundMapping& bound, const BoundEinsum& step, BoundAccess& access) {
  access.relevant = relevant_parts(bound, access.access);
  access.slice = elements(bound, access.access, step.ranks - PartSet(step.loops));
}

// What a full tile would span along parts laid on rows or columns, as they were cut.
std::int64_t cut_extent(const BoundMapping& bound, const std::vector<PartId>& parts) {
  std::int64_t product = 1;
  for (const PartId part : parts) {
    const std::vector<PartId>& all = bound.rank_parts[bound[part].rank.index()];
    const auto at = std::find(all.begin(), all.end(), part);
    product = saturating_mul(product, at == all.begin()
                                          ? bound[part].trips
                                          : bound[*std::prev(at)].stride / bound[part].stride);
  }
  return product;
}

void measure_einsum(BoundMapping& bound, const arch::Machine& machine, BoundEinsum& step) {
  const arch::ComputeUnit& unit = machine.units[step.unit.index()];
  PartSet timed(step.loops);
  for (const PartId part : step.time) timed.insert(part);
  step.points = steps(bound, step.ranks);
  step.visits = issued_steps(bound, PartSet(step.loops), step.mask, PartSet(step.loops));
  step.steps = issued_steps(bound, timed, step.mask, PartSet(step.loops));
  step.row_tiles = base::ceil_div(extent(bound, step.rows), unit.rows);
  step.column_tiles = base::ceil_div(extent(bound, step.columns), unit.columns);
  step.row_lanes =
      std::min(cut_extent(bound, step.rows), saturating_mul(step.row_tiles, unit.rows));
  step.column_lanes =
      std::min(cut_extent(bound, step.columns), saturating_mul(step.column_tiles, unit.columns));
  step.issued = saturating_mul(step.steps, saturating_mul(step.row_lanes, step.column_lanes));
  for (BoundAccess& read : step.reads) measure_access(bound, step, read);
  measure_access(bound, step, step.write);
  step.busy_cycles = saturating_mul(
      saturating_mul(step.steps, step.issue_cycles + sum_waits(bound, machine, step)),
      saturating_mul(step.row_tiles, step.column_tiles));
}

}  // namespace

PartSet selecting_parts(const BoundMapping& bound, einsum::AccessId access) {
  PartSet selecting;
  for (const IndexForm& form : bound.forms[access.index()].indices)
    if (!form.state) selecting = selecting | relevant_parts(bound, form);
  return selecting;
}

PartSet selecting_loops(const BoundMapping& bound, const BoundKeep& keep) {
  const std::vector<PartId>& path = bound[keep.node].path;
  PartSet selecting;
  for (const einsum::AccessId user : keep.users)
    selecting = selecting | selecting_parts(bound, user);
  return changing(bound, path, selecting & PartSet(path));
}

PartSet renewing_loops(const BoundMapping& bound, const BoundKeep& keep) {
  return down_to_innermost(bound[keep.node].path, selecting_loops(bound, keep));
}

std::int64_t saturating_mul(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) || product > kMost ? kMost : product;
}

PartSet inside(const BoundMapping& bound, const std::vector<PartId>& path) {
  PartSet all;
  for (std::size_t p = 0; p < bound.parts.size(); ++p) all.insert(PartId(p));
  return all - PartSet(path);
}

std::int64_t steps(const BoundMapping& bound, PartSet parts) {
  std::int64_t product = 1;
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    std::int64_t full = 1;       // of full tiles
    std::int64_t stride = 0;     // of the innermost part in the set
    bool from_outermost = true;  // no part outside of one in the set is missing
    for (const PartId part : bound.rank_parts[r]) {
      if (is_passed_over(bound, part, parts)) continue;
      if (!parts.has(part)) {
        from_outermost = false;
        continue;
      }
      full = saturating_mul(full, bound[part].trips);
      stride = from_outermost ? bound[part].stride : 0;
    }
    product =
        saturating_mul(product, stride > 0 ? base::ceil_div(bound.sizes.values[r], stride) : full);
  }
  return product;
}

PartSet down_to_innermost(const std::vector<PartId>& path, PartSet relevant) {
  PartSet loops, through;
  for (const PartId loop : path) {
    loops.insert(loop);
    if (relevant.has(loop)) through = loops;
  }
  return through;
}

std::vector<PartId> nest_of(const BoundEinsum& step) {
  std::vector<PartId> nest = step.loops;
  nest.insert(nest.end(), step.time.begin(), step.time.end());
  return nest;
}

std::int64_t extent(const BoundMapping& bound, const std::vector<PartId>& parts) {
  std::int64_t product = 1;
  for (const PartId part : parts) product = saturating_mul(product, bound[part].trips);
  return product;
}

std::int64_t on_one_instance(const BoundMapping& bound, const arch::ComputeUnit& unit,
                             std::int64_t amount) {
  if (unit.instances == 1 || bound.tasks <= 1) return amount;
  if (bound.dispatch) return base::ceil_div(amount, std::min(bound.tasks, bound.slots));
  const std::int64_t rounds = base::ceil_div(bound.tasks, bound.slots);
  return saturating_mul(base::ceil_div(amount, bound.tasks), rounds);
}

void measure(BoundMapping& bound, const arch::Machine& machine) {
  bound.tasks = steps(bound, PartSet(bound.distributed));
  for (BoundEinsum& step : bound.einsums) measure_einsum(bound, machine, step);
  for (std::size_t k = 0; k < bound.keeps.size(); ++k) measure_keep(bound, KeepId(k));
}

}  // namespace einfall::mappings
