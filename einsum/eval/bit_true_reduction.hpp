#pragma once

#include <memory>

#include "base/numerics/reduce_order.hpp"
#include "einsum/eval/strip_numerics.hpp"

namespace einfall::einsum::eval {

/// What a point adds: the strip's value, or the product of its two factors, multiplied in fp64 or
/// exactly and left to the accumulation.
enum class Addend { kValue, kProduct, kFusedProduct };

/// Lanes reduced in an order. Values enter rounded to the accumulator's format.
[[nodiscard]] std::unique_ptr<LaneReduction<double>> ordered_reduction(
    ReduceOp op, Addend addend, base::numerics::Order order, const base::numerics::Rounder& to);

}  // namespace einfall::einsum::eval
