#include "einsum/analysis/error_codes.hpp"

#include <array>

namespace einfall::einsum {
namespace {

constexpr std::array<base::ErrorCode, 6> kCodes{{
    {"E501", "count other than expected",
     "The file's `expect:` states a number of passes, fine passes, traversals or joint sweeps and "
     "the analysis finds another one. The notes list the barriers that force the passes found: "
     "either the cascade has changed, or the expectation is wrong."},
    {"E502", "expectation that names nothing",
     "`expect:` names a rank or a split that the cascade does not have, or its count is neither a "
     "number nor a sum of numbers and ranks (`3`, `T+2`, `2*T+1`). A split is named by its parts, "
     "outermost first: `fine: {M1+M0: 1}`."},
    {"E503", "count beyond 64 bits",
     "An Einsum has more than 2^63 - 1 points, or a bound on traffic is beyond 2^53 bytes, for the "
     "sizes given. Use smaller sizes."},
    {"E504", "number asked of a count that grows",
     "Joint sweeps and tiled traffic are defined for ranks whose traversals are a number. Where "
     "another rank iterates over whole sweeps (bisection, Sinkhorn) the count grows with that "
     "rank's size."},
    {"E505", "buffer too small for one step",
     "A tiled schedule needs room for one row and one chunk. The message says how many bytes each "
     "takes."},
    {"W506", "count known only as a bound",
     "`expect:` states a count of a rank for which the analysis has a bound only, which the "
     "expected count keeps to. A lower bound: a tensor is gone through in ways whose sweeps are "
     "not counted together, or the search for joint sweeps was cut off. An upper bound: masks "
     "leave no fiber whole. docs/reference/passes.md says which."},
}};

}  // namespace

std::span<const base::ErrorCode> analysis_error_codes() { return kCodes; }

}  // namespace einfall::einsum
