#include "einsum/import/error_codes.hpp"

#include <array>

namespace einfall::einsum {
namespace {

constexpr std::array<base::ErrorCode, 9> kCodes{{
    {"E031", "not a file of this tool",
     "The section that an import reads is absent or has another shape: `einsum` with `declaration` "
     "and `expressions` for TeAAL, `workload` with `einsums` for AccelForge."},
    {"E032", "import that cannot be understood",
     "A part of the section is not what the other tool's format says."},
    {"E033", "template",
     "AccelForge files may be Jinja templates (`{{...}}`, `{% ... %}`). Write the expanded file "
     "out "
     "first and import that."},
    {"E034", "cascade that another tool's format cannot hold",
     "Nothing of the cascade would be left in the file, or the file could not be read back: other "
     "tools know products of tensors at affine indices only. What is lost besides is listed in the "
     "file that is written."},
    {"N31", "not taken over",
     "A part of an imported file says something a cascade has no place for, such as a mapping, or "
     "a number of bits that several formats have."},
    {"N32", "operators taken literally",
     "AccelForge looks only at which tensors an expression accesses; here the operators of the "
     "same "
     "text are computed. Check that they say what was meant."},
    {"N33", "union taken as a sum",
     "In TeAAL an absent point counts as 0 in a sum; here a sum is absent where an operand is. "
     "Write `(A ?? 0) + (B ?? 0)` for the union."},
    {"N34", "tensor renamed",
     "Names of tensors begin with a capital; other tools' names that do not are changed."},
    {"N35", "width taken as a format",
     "AccelForge gives the bits of a tensor's values and no format. Where one floating-point "
     "format has so many, or else one of whole numbers, it becomes the tensor's type; evaluation "
     "rounds to it."},
}};

}  // namespace

std::span<const base::ErrorCode> import_error_codes() { return kCodes; }

}  // namespace einfall::einsum
