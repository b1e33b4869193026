#pragma once

#include <memory>

#include "einsum/eval/bit_true_types.hpp"
#include "einsum/eval/evaluate.hpp"
#include "einsum/eval/strip_numerics.hpp"

/// Bit-true arithmetic (language.md 3.3) behind the strip machinery, so that presence, conditions,
/// gathers and steps are those of the reference mode.
///
/// Every elementary operation is done in the Einsum's compute type and rounded once; constants and
/// index values enter it rounded. A sum of products in sequence or in blocks is a fused
/// multiply-add a point (std::fma on floats in fp32); registers of a reduction start at its
/// identity, +0 for a sum. Every tensor is rounded to its storage type where it is written, inputs
/// where they come in, fill values too.
namespace einfall::einsum::eval {

/// `program` is the lowered Einsum; everything passed must outlive the result.
[[nodiscard]] std::unique_ptr<StripNumerics<double>> bit_true_numerics(
    const Cascade& cascade, const Einsum& einsum, const Program& program,
    const base::numerics::Policy& policy);

/// Rounds a tensor's values to its storage type in place.
void round_to_storage(const Tensor& tensor, const base::numerics::Policy& policy,
                      std::vector<double>& values);

}  // namespace einfall::einsum::eval
