#pragma once

#include <optional>
#include <set>
#include <vector>

#include "einsum/analysis/flow.hpp"
#include "einsum/analysis/needed.hpp"

namespace einfall::einsum {

/// What an order may have at hand in place of an operand of which every element is made from one
/// element of an input, no two from the same: the operand, the input, and what lies between.
struct OperandForms {
  std::vector<TensorId> tensors;  // the operand first, the input last; one if it is an input
  int bits = 0;                   // of an element of the narrowest

  [[nodiscard]] TensorId input() const { return tensors.back(); }
  [[nodiscard]] bool has(TensorId tensor) const;
};

/// The forms of all tensors: `scale * Q[e, p]`, conversions, `Q[e, p] / N[p]`, and maps of these.
/// None has what comes about in any other way: by reductions, several statements, steps of a loop,
/// quotients, gathers, or in a branch of `x ?? v`.
class InputForms {
 public:
  /// Complexity: linear in the reads of the cascade.
  InputForms(const Flow& flow, const Needed& needed);

  [[nodiscard]] std::optional<OperandForms> of(TensorId operand) const;

 private:
  void make(EinsumId writer);
  [[nodiscard]] bool one_to_one(EinsumId writer, AccessId read) const;

  const Cascade& cascade_;
  const Needed& needed_;
  std::vector<std::optional<TensorId>> from_;  // by tensor; unset for inputs
  std::vector<int> bits_;                      // by tensor, of its narrowest form; 0: it has none
};

/// Variables of an access whose every index is a variable, shifted or not, or a split, none twice:
/// each combination of their values is another element. nullopt otherwise.
[[nodiscard]] std::optional<std::set<VarId>> plain_variables(const Cascade& cascade,
                                                             AccessId access);

}  // namespace einfall::einsum
