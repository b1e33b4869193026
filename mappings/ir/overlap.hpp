#pragma once

#include <optional>
#include <vector>

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Two steps of a loop need some of the same elements of a tensor.
struct Overlap {
  PartId loop;
  einsum::AccessId access;   // one that has it
  std::int64_t divisor = 1;  // above 1: steps inside one quotient (or remainder) have it in common
};

/// The first position of these accesses, all of one tensor, at which the slices that steps of
/// `moved` select share coordinates: windows (`n + k`), quotients, the same index shifted by
/// different constants. Positions that a gather chooses and states are left out: they are counted
/// as new each time, and as one.
[[nodiscard]] std::optional<Overlap> overlap(const BoundMapping& bound,
                                             const std::vector<einsum::AccessId>& users,
                                             PartSet moved);

/// Constants that the accesses add to their indices at one position: how far they are apart and how
/// many different ones there are.
struct Shift {
  std::int64_t spread = 0;
  std::int64_t count = 1;
};
/// By position.
[[nodiscard]] std::vector<Shift> shifts(const BoundMapping& bound,
                                        const std::vector<einsum::AccessId>& users);

/// As `elements` (bind.hpp), of several accesses that are shifted so.
[[nodiscard]] std::int64_t elements(const BoundMapping& bound, einsum::AccessId access,
                                    PartSet free, const std::vector<Shift>& apart);

}  // namespace einfall::mappings
