#include "mappings/model/error_codes.hpp"

#include <array>

namespace einfall::mappings {
namespace {

constexpr std::array<base::ErrorCode, 1> kCodes{{
    {"E901", "count or time too large",
     "Counts are 64-bit integers, checked: a number of operations, of words moved or of cycles "
     "would "
     "leave 2^62. Cost one head, one query block or a shorter sequence; everything scales."},
}};

}  // namespace

std::span<const base::ErrorCode> model_error_codes() { return kCodes; }

}  // namespace einfall::mappings
