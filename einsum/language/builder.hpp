#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Adds nodes to a cascade's arenas. Inside one statement equal indices, accesses and expressions
/// get one id, so that what is written twice is counted once, before and after printing. Index
/// arithmetic in value position is folded into one IndexValueExpr, so that every way to build an
/// expression gives the same nodes.
class Builder {
 public:
  explicit Builder(Cascade& cascade) : cascade_(cascade) {}

  /// Forgets the nodes of the statement before.
  void begin_statement();

  IndexId index(Index index);
  AccessId access(TensorId tensor, std::vector<IndexId> indices, base::SourceSpan span);

  ExprId constant(double value, base::SourceSpan span);
  ExprId param(ParamId param, base::SourceSpan span);
  ExprId index_value(Index index, base::SourceSpan span);
  ExprId access_value(AccessId access, base::SourceSpan span);
  ExprId call(CallExpr call, base::SourceSpan span);
  ExprId binary(BinaryOp op, ExprId lhs, ExprId rhs, base::SourceSpan span);
  ExprId negate(ExprId operand, base::SourceSpan span);
  ExprId otherwise(ExprId value, ExprId replacement, base::SourceSpan span);

  CondId condition(Cond cond);

  /// The expression as an index: an index value, or a whole constant.
  [[nodiscard]] std::optional<Index> as_index(ExprId id) const;
  [[nodiscard]] std::uint32_t depth(ExprId id) const { return extent_[id.index()].depth; }
  /// Nodes when written out, shared ones as often as they are used.
  [[nodiscard]] std::uint64_t written_size(ExprId id) const { return extent_[id.index()].size; }

 private:
  struct Extent {
    std::uint32_t depth = 1;
    std::uint64_t size = 1;
  };
  ExprId intern(std::string key, Expr expr, const std::vector<ExprId>& children);
  std::optional<ExprId> fold(BinaryOp op, ExprId lhs, ExprId rhs, const base::SourceSpan& span);

  Cascade& cascade_;
  std::vector<Extent> extent_;  // by ExprId
  std::map<std::string, IndexId> indices_;
  std::map<std::string, AccessId> accesses_;
  std::map<std::string, ExprId> exprs_;
};

}  // namespace einfall::einsum
