#include "explore/error_codes.hpp"

#include <array>

namespace einfall::explore {
namespace {

constexpr std::array<base::ErrorCode, 1> kCodes{{
    {"E002", "document of no known kind",
     "The kind of a document is told by its keys, `expressions` for a cascade, `machine`, "
     "`mapping` "
     "and so on; this one has none of them."},
}};

}  // namespace

std::span<const base::ErrorCode> error_codes() { return kCodes; }

}  // namespace einfall::explore
