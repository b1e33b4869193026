#pragma once

#include "arch/numerics.hpp"
#include "base/numerics/policy.hpp"
#include "einsum/ir/cascade.hpp"

/// A machine's numerics in the terms of the bit-true evaluator.
namespace einfall::explore {

/// Order, exponential and the ends of the range of every floating-point type but fp64.
[[nodiscard]] base::numerics::Policy policy_of(const arch::Numerics& numerics);

/// Gives every tensor without a declared type the machine's operand format, and every tensor of a
/// floating-point type other than fp64 without a declared accumulator the machine's. What the
/// cascade declares stays: fp64 and whole numbers keep their own accumulation.
void apply_types(const arch::Numerics& numerics, einsum::Cascade& cascade);

}  // namespace einfall::explore
