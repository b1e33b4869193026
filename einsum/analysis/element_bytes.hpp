#pragma once

#include <optional>
#include <set>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Width of a tensor's elements in bits as stored, and as accumulated (fp32 for narrower floating
/// types unless declared).
[[nodiscard]] int stored_bits(const Cascade& cascade, TensorId tensor);
[[nodiscard]] int accumulated_bits(const Cascade& cascade, TensorId tensor);

/// The access that shows how a tensor is laid out: where it is written, or first read.
[[nodiscard]] std::optional<AccessId> layout_access(const Cascade& cascade, TensorId tensor);

/// Ranks of the variables of that access (M1 and M0 for K[e, m1*M0 + m0]), gathers not followed.
[[nodiscard]] std::set<RankId> index_ranks(const Cascade& cascade, TensorId tensor);

/// Elements of a tensor per element of the ranks in `without`; iterative and shifted positions
/// count |R|. nullopt beyond 2^50.
[[nodiscard]] std::optional<std::int64_t> elements(const Cascade& cascade, TensorId tensor,
                                                   const Sizes& sizes,
                                                   const std::set<RankId>& without);

}  // namespace einfall::einsum
