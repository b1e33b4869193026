#include "einsum/language/size_form.hpp"

#include <algorithm>

#include "einsum/language/index_math.hpp"

namespace einfall::einsum {
namespace {

using Op = SizeExpr::Op;

std::optional<SizePoly> combine(Op op, const SizePoly& a, const SizePoly& b) {
  switch (op) {
    case Op::kAdd:
      return bounded_sum(a, b);
    case Op::kMul:
      return bounded_product(a, b);
    case Op::kSub:
      if (const auto negative = bounded_product(b, SizePoly::constant(-1)))
        return bounded_sum(a, *negative);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// Replaces every rank by `form(rank)`.
template <class Form>
std::optional<SizePoly> substitute(const SizePoly& poly, const Form& form) {
  SizePoly sum;
  for (const auto& [monomial, coefficient] : poly.terms()) {
    std::optional<SizePoly> product = SizePoly::constant(coefficient);
    for (const RankId rank : monomial) {
      product = bounded_product(*product, form(rank));
      if (!product) return std::nullopt;
    }
    const auto next = bounded_sum(sum, *product);
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

bool is_number(const SizeExpr& size) {
  return std::none_of(size.steps.begin(), size.steps.end(),
                      [](const SizeExpr::Step& step) { return step.op == Op::kRank; });
}

// Sizes refer to earlier ranks only, whose closed forms are known.
std::optional<SizePoly> polynomial(const SizeExpr& size, const std::vector<SizePoly>& earlier) {
  std::vector<SizePoly> stack;
  for (const SizeExpr::Step& step : size.steps) {
    if (step.op == Op::kConstant) {
      stack.push_back(SizePoly::constant(step.constant));
    } else if (step.op == Op::kRank) {
      stack.push_back(earlier[step.rank.index()]);
    } else {
      const SizePoly b = std::move(stack.back());
      stack.pop_back();
      const auto result = combine(step.op, stack.back(), b);
      if (!result) return std::nullopt;
      stack.back() = *result;
    }
  }
  return stack.back();
}

}  // namespace

SizeForms::SizeForms(const Cascade& cascade) : cascade_(cascade) {
  for (std::size_t i = 0; i < cascade.ranks.size(); ++i) {
    const auto& size = cascade.ranks[i].size;
    std::optional<SizePoly> form;
    if (size && !is_number(*size)) form = polynomial(*size, closed_);
    closed_.push_back(form.value_or(SizePoly::size(RankId(i))));
    by_form_.try_emplace(closed_.back().terms(), RankId(i));
  }
}

SizePoly SizeForms::of(const SizePoly& poly) const {
  return substitute(poly, [&](RankId rank) { return of(rank); }).value_or(poly);
}

std::optional<RankId> SizeForms::split_into(RankId outer, RankId inner) const {
  const auto& size = cascade_[outer].size;
  if (size && size->steps.size() == 3) {
    const auto& [whole, part, divide] = std::tie(size->steps[0], size->steps[1], size->steps[2]);
    const bool quotient = divide.op == Op::kCeilDiv || divide.op == Op::kExactDiv;
    if (quotient && whole.op == Op::kRank && part.op == Op::kRank && of(part.rank) == of(inner))
      return whole.rank;
  }
  const auto product = bounded_product(of(outer), of(inner));
  const auto found = product ? by_form_.find(product->terms()) : by_form_.end();
  if (found == by_form_.end()) return std::nullopt;
  return found->second;
}

bool never_negative(const SizePoly& poly) {
  // With every size written as 1 + (something >= 0), no coefficient may be negative.
  const auto shifted =
      substitute(poly, [](RankId rank) { return SizePoly::constant(1) + SizePoly::size(rank); });
  return shifted && std::all_of(shifted->terms().begin(), shifted->terms().end(),
                                [](const auto& term) { return term.second >= 0; });
}

}  // namespace einfall::einsum
