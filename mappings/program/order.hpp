#pragma once

#include <cstdint>
#include <optional>

#include "mappings/walk/walk.hpp"

/// Whether tokens between masked operations are given and taken in the same order, so that counting
/// them is enough.
namespace einfall::mappings {

/// Steps of loops that are looked at one by one.
inline constexpr std::int64_t kMostSteps = std::int64_t{1} << 20;
/// Unset: more steps than that would have to be looked at.
using Known = std::optional<bool>;

/// The visits in which a walk is at the first (last) of its iterations that differ in levels of the
/// set only come in the order of the other levels. Precondition: of the loops of each rank those in
/// the set are the innermost ones.
[[nodiscard]] Known firsts_in_order(const Walk& walk, Levels set);
[[nodiscard]] Known lasts_in_order(const Walk& walk, Levels set);

/// Between two iterations that differ in levels of the set only the mask leaves all. The same
/// precondition; the set has levels of one rank only.
[[nodiscard]] Known is_gapless(const Walk& walk, Levels set);

}  // namespace einfall::mappings
