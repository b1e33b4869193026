#include "einsum/language/lint_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/index_math.hpp"
#include "einsum/language/limits.hpp"
#include "einsum/language/lower.hpp"
#include "einsum/language/print.hpp"
#include "einsum/language/size_form.hpp"

namespace einfall::einsum {
namespace {

// Least and greatest value of an index, as polynomials in sizes.
struct Bounds {
  SizePoly low, high;
};

class Ranges {
 public:
  explicit Ranges(const Cascade& cascade) : cascade_(cascade), forms_(cascade) {
    const bool complete = std::all_of(cascade.ranks.begin(), cascade.ranks.end(),
                                      [](const Rank& rank) { return rank.size.has_value(); });
    if (complete)
      if (auto sizes = bind_sizes(cascade, {})) sizes_ = *std::move(sizes);
  }

  void check(const Einsum& einsum, base::Diagnostics& sink) const {
    const Guards guards = guards_of(einsum);
    check(guards, einsum.lhs, sink);
    for (const AccessId access : reads(cascade_, einsum)) check(guards, access, sink);
  }

 private:
  // What the conditions of an Einsum limit, each set of variables once.
  struct Guards {
    std::set<AccessId> present;
    std::set<std::vector<VarId>> limited;
  };

  void check(const Guards& guards, AccessId id, base::Diagnostics& sink) const {
    const Access& access = cascade_[id];
    const Tensor& tensor = cascade_[access.tensor];
    for (std::size_t i = 0; i < access.indices.size(); ++i) {
      const IndexId index = access.indices[i];
      if (holds(tensor, i, index) || is_guarded(guards, id, index)) continue;
      sink.push_back(base::warning(
          "W2", cascade_[index].span,
          fmt::format("index '{}' may leave rank {} of {}; points outside are absent",
                      print(cascade_, index), cascade_[tensor.ranks[i]].name, tensor.name),
          "a condition on the same variables, or sizes that divide, say that it is meant"));
    }
  }

  bool holds(const Tensor& tensor, std::size_t position, IndexId index) const {
    const RankId rank = tensor.ranks[position];
    if (const auto split = as_split(cascade_, index))
      if (forms_.split_into(cascade_[split->outer].rank, cascade_[split->inner].rank) == rank)
        return true;
    if (is_exact_quotient(index, rank)) return true;
    const auto bounds = bounds_of(index);
    if (!bounds) return true;  // a gather or a nested quotient: data decides
    const bool one_more =
        tensor.iterative_position == position || tensor.shifted_position == position;
    const SizePoly last = SizePoly::size(rank) - SizePoly::constant(one_more ? 0 : 1);
    const SizePoly above = last - bounds->high;
    if (never_negative(forms_.of(bounds->low)) && never_negative(forms_.of(above))) return true;
    if (!sizes_) return false;
    const auto low = bounds->low.evaluate(*sizes_), room = above.evaluate(*sizes_);
    return low && room && *low >= 0 && *room >= 0;
  }

  // v // D on rank R where |v| = R * D, or D = |v| / R, or R = |v| / D.
  bool is_exact_quotient(IndexId index, RankId rank) const {
    const Index& form = cascade_[index];
    if (form.terms.size() != 1 || !form.constant.is_zero()) return false;
    const auto* quotient = std::get_if<DivMod>(&form.terms[0].atom);
    if (quotient == nullptr || quotient->mod) return false;
    const auto variable = as_shifted_variable(cascade_, quotient->numerator);
    const auto divisor = quotient->divisor.as_size();
    if (!variable || variable->offset != 0 || !divisor) return false;
    const RankId whole = cascade_[variable->variable].rank;
    return forms_.split_into(rank, *divisor) == whole || forms_.split_into(*divisor, rank) == whole;
  }

  std::optional<Bounds> bounds_of(IndexId index) const {
    const Index& form = cascade_[index];
    Bounds bounds{form.constant, form.constant};
    for (const IndexTerm& term : form.terms) {
      std::optional<SizePoly> most;
      if (const auto* variable = std::get_if<VarId>(&term.atom))
        most = SizePoly::size(cascade_[*variable].rank) - SizePoly::constant(1);
      if (const auto* rest = std::get_if<DivMod>(&term.atom); rest != nullptr && rest->mod)
        most = rest->divisor - SizePoly::constant(1);
      if (const auto* quotient = std::get_if<DivMod>(&term.atom);
          quotient != nullptr && !quotient->mod)
        most = greatest_quotient(*quotient);
      if (!most) return std::nullopt;
      const auto reach = bounded_product(*most, term.coefficient);
      if (!reach) return std::nullopt;
      SizePoly& end = never_negative(forms_.of(term.coefficient)) ? bounds.high : bounds.low;
      const auto sum = bounded_sum(end, *reach);
      if (!sum) return std::nullopt;
      end = *sum;
    }
    return bounds;
  }

  // Only numbers can be divided here; anything else is left to the sizes given in the file.
  std::optional<SizePoly> greatest_quotient(const DivMod& quotient) const {
    const auto numerator = bounds_of(quotient.numerator);
    if (!numerator || !sizes_) return std::nullopt;
    const auto high = numerator->high.evaluate(*sizes_);
    const auto divisor = quotient.divisor.evaluate(*sizes_);
    if (!high || !divisor || *divisor <= 0 || *high < 0) return std::nullopt;
    return SizePoly::constant(*high / *divisor);
  }

  Guards guards_of(const Einsum& einsum) const {
    Guards guards;
    for (const CondId id : einsum.where) {
      const auto* present = std::get_if<PresentCond>(&cascade_[id].node);
      if (present != nullptr) guards.present.insert(present->access);
      guards.limited.insert(variables_of(cascade_, id));
    }
    return guards;
  }
  bool is_guarded(const Guards& guards, AccessId access, IndexId index) const {
    if (guards.present.count(access) != 0) return true;
    const std::vector<VarId> needed = variables_of(cascade_, index);
    return std::any_of(guards.limited.begin(), guards.limited.end(), [&](const auto& limited) {
      return std::all_of(needed.begin(), needed.end(),
                         [&](VarId v) { return contains(limited, v); });
    });
  }

  const Cascade& cascade_;
  SizeForms forms_;
  std::optional<Sizes> sizes_;
};

}  // namespace

void check_ranges(const Cascade& cascade, base::Diagnostics& sink) {
  const Ranges ranges(cascade);
  std::set<std::pair<std::uint32_t, std::uint32_t>> reported;  // line, column
  base::Diagnostics found;
  for (const Einsum& einsum : cascade.einsums)
    if (found.size() < limits::kErrors) ranges.check(einsum, found);
  for (base::Diagnostic& diagnostic : found)
    if (reported.insert({diagnostic.span.line, diagnostic.span.column}).second)
      sink.push_back(std::move(diagnostic));
}

}  // namespace einfall::einsum
