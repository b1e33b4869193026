#pragma once

#include "base/numerics/policy.hpp"
#include "einsum/ir/cascade.hpp"

/// Which formats an Einsum's arithmetic has in bit-true mode.
namespace einfall::einsum {

/// The format a type is stored in (index: int32).
[[nodiscard]] base::numerics::Format format_of(DataType type);
/// Rounds to a type as the policy says for it.
[[nodiscard]] base::numerics::Rounder rounder_of(DataType type,
                                                 const base::numerics::Policy& policy);
[[nodiscard]] base::numerics::Rounder rounder_of(const AccumulatorType& type,
                                                 const base::numerics::Policy& policy);
/// The storage type of a tensor; fp64 if none is declared.
[[nodiscard]] DataType storage_type(const Tensor& tensor);

struct EinsumTypes {
  /// Of every elementary operation. fp64 if a tensor that the Einsum reads or writes is stored in
  /// it or if all of them hold whole numbers (then arithmetic is exact until the result is stored),
  /// else fp32. Index and bool tensors have no say.
  DataType compute = DataType::kFp64;
  /// Products of two operands are exact in fp64 and may be left to the accumulation: no operand is
  /// stored in fp64.
  bool exact_products = false;
  DataType storage = DataType::kFp64;
  AccumulatorType accumulate = DataType::kFp64;  // as declared, else the compute type
  base::numerics::Order order;                   // as declared, else the policy's
};
[[nodiscard]] EinsumTypes einsum_types(const Cascade& cascade, const Einsum& einsum,
                                       const base::numerics::Policy& policy);

}  // namespace einfall::einsum
