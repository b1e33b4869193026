#include "explore/error_codes.hpp"

#include <array>

namespace einfall::explore {
namespace {

constexpr std::array<base::ErrorCode, 2> kCodes{{
    {"E002", "document of no known kind",
     "The kind of a document is told by its keys, `expressions` for a cascade, `machine`, "
     "`mapping` "
     "and so on; this one has none of them."},
    {"E610", "results that cannot be compared",
     "Two cascades are compared output by output, by name; they have no output in common, or one "
     "of different shape. Ranks that mean the same must have the same size: pass `--set RANK=n`.",
     "outputs of different shape, or none in common, are E610"},
}};

}  // namespace

std::span<const base::ErrorCode> error_codes() { return kCodes; }

}  // namespace einfall::explore
