#include "einsum/language/builder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/overloaded.hpp"
#include "einsum/language/index_math.hpp"

namespace einfall::einsum {
namespace {

// Keys of structurally equal nodes are equal strings. Children are ids, already unique.
template <class Value>
void put(std::string& key, Value value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  key.append(bytes, sizeof value);
}
template <class Tag>
void put(std::string& key, base::Id<Tag> id) {
  put(key, static_cast<std::uint32_t>(id.index()));
}

void put(std::string& key, const SizePoly& poly) {
  put(key, static_cast<std::uint32_t>(poly.terms().size()));
  for (const auto& [monomial, coefficient] : poly.terms()) {
    put(key, static_cast<std::uint32_t>(monomial.size()));
    for (const RankId rank : monomial) put(key, rank);
    put(key, coefficient);
  }
}

void put(std::string& key, const Index& index) {
  put(key, index.constant);
  for (const IndexTerm& term : index.terms) {
    put(key, term.coefficient);
    key += static_cast<char>('a' + term.atom.index());
    std::visit(base::Overloaded{[&](const DivMod& quotient) {
                                  key += quotient.mod ? 'm' : 'd';
                                  put(key, quotient.numerator);
                                  put(key, quotient.divisor);
                                },
                                [&](auto id) { put(key, id); }},
               term.atom);
  }
}

constexpr double kExactIntegers = 9007199254740992.0;
constexpr std::uint64_t kManyNodes = std::uint64_t{1} << 40;

}  // namespace

void Builder::begin_statement() {
  indices_.clear();
  accesses_.clear();
  exprs_.clear();
}

IndexId Builder::index(Index index) {
  std::string key;
  put(key, index);
  const auto [place, is_new] = indices_.try_emplace(key, IndexId(cascade_.indices.size()));
  if (is_new) cascade_.indices.push_back(std::move(index));
  return place->second;
}

AccessId Builder::access(TensorId tensor, std::vector<IndexId> indices, base::SourceSpan span) {
  std::string key;
  put(key, tensor);
  for (const IndexId id : indices) put(key, id);
  const auto [place, is_new] = accesses_.try_emplace(key, AccessId(cascade_.accesses.size()));
  if (is_new) cascade_.accesses.push_back({tensor, std::move(indices), std::move(span)});
  return place->second;
}

ExprId Builder::intern(std::string key, Expr expr, const std::vector<ExprId>& children) {
  const auto [place, is_new] = exprs_.try_emplace(std::move(key), ExprId(cascade_.exprs.size()));
  if (is_new) {
    Extent extent;
    for (const ExprId child : children) {
      extent.depth = std::max(extent.depth, depth(child) + 1);
      extent.size = std::min(extent.size + written_size(child), kManyNodes);
    }
    cascade_.exprs.push_back(std::move(expr));
    extent_.push_back(extent);
  }
  return place->second;
}

ExprId Builder::constant(double value, base::SourceSpan span) {
  std::string key = "c";
  put(key, value);
  return intern(std::move(key), {ConstExpr{value}, std::move(span)}, {});
}

ExprId Builder::param(ParamId param, base::SourceSpan span) {
  std::string key = "p";
  put(key, param);
  return intern(std::move(key), {ParamExpr{param}, std::move(span)}, {});
}

ExprId Builder::index_value(Index value, base::SourceSpan span) {
  // A plain number is a constant, however it came about.
  const auto number = value.constant.as_constant();
  if (value.terms.empty() && number && std::abs(static_cast<double>(*number)) <= kExactIntegers)
    return constant(static_cast<double>(*number), std::move(span));
  std::string key = "i";
  const IndexId id = index(std::move(value));
  put(key, id);
  return intern(std::move(key), {IndexValueExpr{id}, std::move(span)}, {});
}

ExprId Builder::access_value(AccessId access, base::SourceSpan span) {
  std::string key = "t";
  put(key, access);
  return intern(std::move(key), {AccessExpr{access}, std::move(span)}, {});
}

ExprId Builder::call(CallExpr call, base::SourceSpan span) {
  std::string key = "f";
  key += std::holds_alternative<OpaqueId>(call.function) ? 'o' : 'b';
  std::visit(base::Overloaded{[&](Builtin builtin) { put(key, static_cast<int>(builtin)); },
                              [&](OpaqueId id) { put(key, id); }},
             call.function);
  put(key, static_cast<int>(call.convert_to));
  for (const ExprId arg : call.args) put(key, arg);
  const std::vector<ExprId> args = call.args;
  return intern(std::move(key), {std::move(call), std::move(span)}, args);
}

ExprId Builder::binary(BinaryOp op, ExprId lhs, ExprId rhs, base::SourceSpan span) {
  if (const auto folded = fold(op, lhs, rhs, span)) return *folded;
  std::string key = "o";
  put(key, static_cast<int>(op));
  put(key, lhs);
  put(key, rhs);
  return intern(std::move(key), {BinaryExpr{op, lhs, rhs}, std::move(span)}, {lhs, rhs});
}

ExprId Builder::negate(ExprId operand, base::SourceSpan span) {
  const Expr& expr = cascade_[operand];
  if (const auto* number = std::get_if<ConstExpr>(&expr.node))
    return constant(-number->value, std::move(span));
  if (std::holds_alternative<IndexValueExpr>(expr.node))
    if (const auto negative = scale(*as_index(operand), SizePoly::constant(-1)))
      return index_value(*negative, std::move(span));
  std::string key = "n";
  put(key, operand);
  return intern(std::move(key), {NegExpr{operand}, std::move(span)}, {operand});
}

ExprId Builder::otherwise(ExprId value, ExprId replacement, base::SourceSpan span) {
  std::string key = "e";
  put(key, value);
  put(key, replacement);
  return intern(std::move(key), {ElseExpr{value, replacement}, std::move(span)},
                {value, replacement});
}

CondId Builder::condition(Cond cond) {
  cascade_.conds.push_back(std::move(cond));
  return CondId(cascade_.conds.size() - 1);
}

std::optional<Index> Builder::as_index(ExprId id) const {
  const Expr& expr = cascade_[id];
  if (const auto* value = std::get_if<IndexValueExpr>(&expr.node)) return cascade_[value->index];
  const auto* number = std::get_if<ConstExpr>(&expr.node);
  if (number == nullptr || number->value != std::floor(number->value) ||
      std::abs(number->value) > kExactIntegers)
    return std::nullopt;
  return constant_index(SizePoly::constant(static_cast<std::int64_t>(number->value)), expr.span);
}

std::optional<ExprId> Builder::fold(BinaryOp op, ExprId lhs, ExprId rhs,
                                    const base::SourceSpan& span) {
  const bool has_index = std::holds_alternative<IndexValueExpr>(cascade_[lhs].node) ||
                         std::holds_alternative<IndexValueExpr>(cascade_[rhs].node);
  if (!has_index || op == BinaryOp::kDiv) return std::nullopt;
  const auto a = as_index(lhs), b = as_index(rhs);
  if (!a || !b) return std::nullopt;
  std::optional<Index> result;
  if (op == BinaryOp::kMul) {
    if (b->terms.empty()) {
      result = scale(*a, b->constant);
    } else if (a->terms.empty()) {
      result = scale(*b, a->constant);
    }
  } else {
    const auto negative = op == BinaryOp::kSub ? scale(*b, SizePoly::constant(-1)) : b;
    if (negative) result = add(*a, *negative);
  }
  // What cancels stays as it was written: its variables are summed over like all others.
  if (!result || !has_atoms_of(*result, *a) || !has_atoms_of(*result, *b)) return std::nullopt;
  result->span = span;
  return index_value(*std::move(result), span);
}

}  // namespace einfall::einsum
