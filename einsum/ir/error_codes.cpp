#include "einsum/ir/error_codes.hpp"

#include <array>

namespace einfall::einsum {
namespace {

constexpr std::array<base::ErrorCode, 8> kCodes{{
    {"E220", "rank without a size",
     "A size is needed (to evaluate, to count) and neither the file nor the command line gives "
     "one. "
     "Add it under `ranks` or pass `--set RANK=n`."},
    {"E221", "size for an unknown rank",
     "A size was given from outside for a name that is not a rank of this cascade. The nearest "
     "rank "
     "is suggested."},
    {"E222", "division that is not exact",
     "`a / b` in a rank size must come out whole, and b must not be 0. Use `ceil(a / b)` to round "
     "up."},
    {"E223", "rank size out of range",
     "Every rank size lies in 1 to 2^40, and the arithmetic that leads to it must fit into 64 "
     "bits."},
    {"E224", "param without a value",
     "The expression of a param gives NaN or infinity, or calls an opaque function."},
    {"E225", "divisor of an index is not positive",
     "`//` and `%` in an index divide by a size expression; for the given rank sizes it is zero or "
     "negative."},
    {"E302", "cycle inside one step",
     "Inside one step of an iterative rank every tensor must be written before it is read: along "
     "the rank, the distance from the write at r+a to the read at r+b is a-b. A negative distance "
     "reads the future; a cycle of zero distances has no first statement."},
    {"E303", "cycle through no iterative rank",
     "Tensors that depend on each other must do so along one rank, step by step: the tensor that "
     "carries a value is written at r+1, and inside the cycle everything is read at the step "
     "variable plus a constant."},
}};

}  // namespace

std::span<const base::ErrorCode> ir_error_codes() { return kCodes; }

}  // namespace einfall::einsum
