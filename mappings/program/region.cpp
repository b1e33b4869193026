#include "mappings/program/region.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/units.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/program/lowering.hpp"

namespace einfall::mappings {
namespace {

std::int64_t capped(Wide value) {
  return static_cast<std::int64_t>(std::min<Wide>(value, Region::kHuge));
}

// Digits of the loops that cut the rank, outermost parts first; what is inside the first part that
// is no loop runs in every visit.
Region::Term term_of(const BoundMapping& bound, const Walk& walk, const TermForm& form) {
  const std::size_t rank = form.rank.index();
  Region::Term term;
  term.coefficient = form.coefficient;
  term.divisor = form.divisor;
  term.remainder = form.remainder;
  term.extent = term.span = bound.sizes.values[rank];
  for (const PartId part : bound.rank_parts[rank]) {
    const Levels level = walk.of(PartSet({part}));
    if (is_passed_over(bound, part, walk.parts())) continue;
    if (level == 0) break;
    term.span = bound[part].stride;
    term.digits.push_back({static_cast<std::size_t>(__builtin_ctzll(level)), term.span});
  }
  return term;
}

// The ranks that reach an index through a table number its entries.
void add_opaque(const BoundMapping& bound, const Walk& walk, const IndexForm& index,
                Region::Axis& axis) {
  Wide inside = 1;
  for (auto rank = index.opaque.rbegin(); rank != index.opaque.rend(); ++rank) {
    Region::Term term = term_of(bound, walk, {*rank, 1, 1, false});
    if (inside < index.extent) {
      term.coefficient = static_cast<std::int64_t>(inside);
      term.divisor = std::max<std::int64_t>(1, index.extent / term.coefficient);
      term.remainder = true;
      axis.terms.push_back(std::move(term));
    }
    inside = std::min<Wide>(inside * bound.sizes.values[rank->index()], index.extent);
  }
}

// Values of a term in a visit.
Region::Range range_of(const Region::Term& term, std::int64_t low) {
  std::int64_t end = std::min(low + term.span, term.extent);
  if (term.remainder) {
    const bool whole = low / term.divisor != (end - 1) / term.divisor;
    end = whole ? term.divisor : (end - 1) % term.divisor + 1;
    low = whole ? 0 : low % term.divisor;
  } else if (term.divisor > 1) {
    end = (end - 1) / term.divisor + 1;
    low /= term.divisor;
  }
  const bool falls = term.coefficient < 0;
  return {(falls ? end - 1 : low) * term.coefficient,
          (end - low - 1) * std::abs(term.coefficient) + 1};
}

// Coordinates from the first to the last that is ever touched; the first is the axis's own.
Region::Range touched(const Region::Axis& axis) {
  Wide first = 0, last = 0;
  for (const Region::Term& term : axis.terms) {
    const Wide most = (term.remainder ? term.divisor - 1 : (term.extent - 1) / term.divisor) *
                      Wide{term.coefficient};
    (most < 0 ? first : last) += most;
  }
  return {-capped(-first), capped(last - first + 1)};
}

}  // namespace

void Region::box(const Walker& at, std::vector<Range>& out) const {
  out.assign(axes.size(), {});
  for (std::size_t a = 0; a < axes.size(); ++a) {
    out[a].begin = -axes[a].first;
    for (const Term& term : axes[a].terms) {
      std::int64_t low = 0;
      for (const Term::Digit& digit : term.digits) low += at.digit(digit.level) * digit.stride;
      const Range range = range_of(term, low);
      out[a].begin += range.begin;
      out[a].length += range.length - 1;
    }
  }
}

std::optional<std::int64_t> Region::moves_by(std::size_t level, std::int64_t steps) const {
  Wide moved = 0;
  for (const Axis& axis : axes)
    for (const Term& term : axis.terms)
      for (const Term::Digit& digit : term.digits) {
        if (digit.level != level) continue;
        const Wide by = Wide{digit.stride} * steps;
        if (by % term.divisor != 0) return std::nullopt;
        if (!term.remainder) moved += by / term.divisor * term.coefficient * axis.stride;
      }
  if (moved > kHuge || moved < -kHuge) return std::nullopt;
  return static_cast<std::int64_t>(moved);
}

Region region_of(const BoundMapping& bound, const Walk& walk, einsum::TensorId tensor,
                 const AccessForm& form, std::int64_t bits) {
  Region region;
  region.tensor = tensor.index();
  region.bits = bits;
  for (const IndexForm& index : form.indices) {
    Region::Axis axis;
    if (!index.state) {
      axis.extent = index.extent;
      for (const TermForm& term : index.terms) axis.terms.push_back(term_of(bound, walk, term));
      add_opaque(bound, walk, index, axis);
    }
    region.axes.push_back(std::move(axis));
  }
  for (auto axis = region.axes.rbegin(); axis != region.axes.rend(); ++axis) {
    const Region::Range all = touched(*axis);
    axis->first = all.begin;
    axis->extent = std::max(axis->extent, all.length);
    axis->stride = region.elements;
    region.elements = capped(Wide{region.elements} * axis->extent);
  }
  return region;
}

void lower_regions(Lowering& lowering) {
  Program& program = lowering.program;
  program.regions.resize(program.operations.size());
  for (std::size_t o = 0; o < program.operations.size(); ++o) {
    const Operation& op = program.operations[o];
    if (op.kind != OperationKind::kTransfer || op.moves.empty()) continue;
    const Flow& flow = program.flows[op.moves.front().flow];
    const BoundEinsum& step = lowering.bound[flow.step];
    const bool reads = flow.read != Flow::kNoRead;
    const BoundAccess& access = reads ? step.reads[flow.read] : step.write;
    program.regions[o] = region_of(lowering.bound, op.walk, flow.tensor,
                                   lowering.bound.forms[access.access.index()], flow.bits);
  }
}

}  // namespace einfall::mappings
