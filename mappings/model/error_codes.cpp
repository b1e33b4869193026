#include "mappings/model/error_codes.hpp"

#include <array>

namespace einfall::mappings {
namespace {

constexpr std::array<base::ErrorCode, 2> kCodes{{
    {"E901", "count or time too large",
     "Counts are 64-bit integers, checked: a number of operations, of words moved or of cycles "
     "would "
     "leave 2^62. Cost one head, one query block or a shorter sequence; everything scales."},
    {"E902", "too many tasks to follow",
     "Tasks that a mapping dispatches are followed until the last has ended: up to 65536 of "
     "different length, and 2^25 events. Cut the ranks that masks name into larger tiles, or cost "
     "one head."},
}};

}  // namespace

std::span<const base::ErrorCode> model_error_codes() { return kCodes; }

}  // namespace einfall::mappings
