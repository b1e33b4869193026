#pragma once

#include "base/diagnostic.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// W2: an index that may leave its rank, and neither the size expressions, the sizes given in the
/// file nor a condition on the same variables says otherwise. Points out of range are absent. Not
/// reported for gathers (their range is data) and for the split of a rank whose parts are declared
/// as such (M1: ceil(M / M0)): its short last block is meant.
void check_ranges(const Cascade& cascade, base::Diagnostics& sink);

}  // namespace einfall::einsum
