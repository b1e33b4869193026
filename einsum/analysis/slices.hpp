#pragma once

#include <vector>

#include "einsum/analysis/unrolled.hpp"

namespace einfall::einsum {

/// For each slice of an input that some step of a loop, or some Einsum, reads alone, the instances
/// that go through it, ascending; `through` lists, by Einsum, its accesses to that input. An access
/// at no single coordinate goes through all slices; without any at one, the whole input is one
/// slice.
[[nodiscard]] std::vector<std::vector<std::size_t>> read_slices(
    const Cascade& cascade, const Unrolled& unrolled,
    const std::vector<std::vector<AccessId>>& through);

}  // namespace einfall::einsum
