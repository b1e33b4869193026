#include "einsum/eval/error_codes.hpp"

#include <array>

namespace einfall::einsum {
namespace {

constexpr std::array<base::ErrorCode, 5> kCodes{{
    {"E601", "too large to evaluate",
     "The tensors together need more memory than the limit, an Einsum has more points than the "
     "limit, or an index or a factor in it may exceed 64 bits. Computed before anything is "
     "allocated. Choose smaller rank sizes (`--set RANK=n`)."},
    {"E602", "input missing or misshapen",
     "Every input needs values of exactly the shape that its ranks give for these sizes."},
    {"E603", "assumption does not hold",
     "A condition, `finite(X)` or `positive(X)` under `assume` does not hold for these values; the "
     "first offending coordinate is named. Absent points are not judged."},
    {"E604", "gathered index is not a whole number",
     "A tensor that stands in index position must hold whole numbers at every point that is read. "
     "Whole numbers out of range are no error: the point is absent."},
    {"E605", "opaque function evaluated",
     "A function under `functions: opaque` has declared properties but no values. Give it a "
     "definition to evaluate the cascade; analyses do without."},
}};

}  // namespace

std::span<const base::ErrorCode> eval_error_codes() { return kCodes; }

}  // namespace einfall::einsum
