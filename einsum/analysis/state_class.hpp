#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// What has to be remembered from one step of a rank to the next while the rank is swept, and how
/// it grows.
struct StateClass {
  RankId rank;
  struct Part {
    TensorId tensor;
    std::vector<RankId> ranks;  // sizes that multiply, sorted; none: one element
  };
  /// Slices of tensors that iterate along the rank, and sums over it.
  std::vector<Part> carried;
  /// Tensors that cross a pass boundary: their whole fibres, unless they are computed again.
  std::vector<Part> fibres;
};

/// By rank, for ranks that any Einsum sweeps, as if it were the outermost loop. Attention carries
/// O(F*P) along M and nothing along P; its three-pass form keeps fibres of O(M*P) besides, its
/// one-pass form none. Linear attention carries O(D*F) along M, column mass O(M) along P.
/// Errors: those of `dependence_graph`.
[[nodiscard]] base::Result<std::vector<StateClass>> state_classes(const Cascade& cascade);

/// "O(1)", "O(D*F)", "O(D*F + M)": the largest products of the parts, smaller ones left out.
[[nodiscard]] std::string text(const Cascade& cascade, const std::vector<StateClass::Part>& parts);

}  // namespace einfall::einsum
