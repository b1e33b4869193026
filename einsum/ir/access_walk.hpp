#pragma once

#include <functional>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Every access an Einsum reads: in its body, its conditions and inside indices (gathers), left
/// side indices included, each once, in source order.
[[nodiscard]] std::vector<AccessId> reads(const Cascade& cascade, const Einsum& einsum);

/// Calls `visit` for an expression and everything below it, children first, each shared node once.
void walk(const Cascade& cascade, ExprId root, const std::function<void(ExprId)>& visit);

/// The variables an index depends on (through gathers and quotients too).
[[nodiscard]] std::vector<VarId> variables_of(const Cascade& cascade, IndexId index);

/// The index is exactly one variable plus a constant: {variable, offset}.
struct ShiftedVariable {
  VarId variable;
  std::int64_t offset = 0;
};
[[nodiscard]] std::optional<ShiftedVariable> as_shifted_variable(const Cascade& cascade,
                                                                 IndexId index);

/// outer*|inner| + inner: the pattern of a split rank.
struct SplitIndex {
  VarId outer, inner;
};
[[nodiscard]] std::optional<SplitIndex> as_split(const Cascade& cascade, IndexId index);
/// The same of an index's terms alone, whatever constant is added to them.
[[nodiscard]] std::optional<SplitIndex> as_split(const Cascade& cascade,
                                                 const std::vector<IndexTerm>& terms);

}  // namespace einfall::einsum
