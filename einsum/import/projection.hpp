#pragma once

#include <optional>
#include <string>
#include <vector>

#include "einsum/import/export.hpp"

/// Einsums as other mappers see them: tensors, and affine projections with numbers for sizes.
namespace einfall::einsum {

/// A sum of coefficient * variable plus a constant.
struct Projection {
  std::vector<std::pair<VarId, std::int64_t>> terms;
  std::int64_t constant = 0;
  bool operator==(const Projection&) const = default;
};
struct ProjectedAccess {
  std::string name;  // the tensor's, or <tensor>_prev, or <tensor>_2 for a second way to read it
  TensorId tensor;
  std::vector<Projection> projections;  // by rank of the tensor
};
struct ProjectedEinsum {
  EinsumId einsum;
  std::vector<ProjectedAccess> inputs;
  ProjectedAccess output;
};

/// All Einsums that can be said so, in file order; why the others cannot, and what else is dropped,
/// goes to `lost`.
[[nodiscard]] std::vector<ProjectedEinsum> project(const Cascade& cascade, const Sizes& sizes,
                                                   std::vector<std::string>& lost);

}  // namespace einfall::einsum
