#pragma once

#include <optional>

#include "einsum/eval/program.hpp"

namespace einfall::einsum::eval {

/// Appends the instructions of an expression to `program` (prologue, code, registers, result,
/// product). `sum_of_products`: a product at the root may be left to the accumulation.
/// Returns whether the result may be absent. Error E605.
[[nodiscard]] base::Result<bool> lower_body(const LoweringContext& context, ExprId body,
                                            bool sum_of_products, AddressPlanner& planner,
                                            Program& program);

}  // namespace einfall::einsum::eval
