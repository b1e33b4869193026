#include "einsum/import/error_codes.hpp"

#include <array>

namespace einfall::einsum {
namespace {

constexpr std::array<base::ErrorCode, 7> kCodes{{
    {"E031", "not a file of this tool",
     "The section that an import reads is absent or has another shape: `einsum` with `declaration` "
     "and `expressions` for TeAAL, `workload` with `einsums` for AccelForge.",
     "a file without the section to import is E031"},
    {"E032", "import that cannot be understood",
     "A part of the section is not what the other tool's format says.",
     "what the format does not allow is E032 at its place"},
    {"E033", "template",
     "AccelForge files may be Jinja templates (`{{...}}`, `{% ... %}`). Write the expanded file "
     "out "
     "first and import that.",
     "a template is E033 at its first brace"},
    {"N31", "not taken over",
     "A part of an imported file says something a cascade has no place for, such as a mapping, or "
     "bits without a format.",
     "what a cascade has no place for is listed"},
    {"N32", "operators taken literally",
     "AccelForge looks only at which tensors an expression accesses; here the operators of the "
     "same "
     "text are computed. Check that they say what was meant.",
     "operators of AccelForge are taken literally, and the import says so"},
    {"N33", "union taken as a sum",
     "In TeAAL an absent point counts as 0 in a sum; here a sum is absent where an operand is. "
     "Write `(A ?? 0) + (B ?? 0)` for the union.",
     "a sum in TeAAL is remarked on as a union"},
    {"N34", "tensor renamed",
     "Names of tensors begin with a capital; other tools' names that do not are changed.",
     "a lower-case factor becomes an input without ranks"},
}};

}  // namespace

std::span<const base::ErrorCode> import_error_codes() { return kCodes; }

}  // namespace einfall::einsum
