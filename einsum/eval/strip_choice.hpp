#pragma once

#include <vector>

#include "einsum/eval/program.hpp"

namespace einfall::einsum::eval {

/// The slot along which strips run best: long, contiguous, few lane-wise gathers. `candidates` in
/// loop order, not empty; of equals the innermost output wins. `is_output` by slot.
[[nodiscard]] std::uint32_t choose_strip(const LoweringContext& context, const Einsum& einsum,
                                         const SlotTable& slots,
                                         const std::vector<std::uint32_t>& candidates,
                                         const std::vector<bool>& is_output);

}  // namespace einfall::einsum::eval
