#pragma once

#include <cstdint>
#include <vector>

#include "mappings/ir/bind.hpp"

/// How the Einsums of one leaf share its iteration. They step through their `time` together where
/// they can; one that needs a value complete begins another pass over the steps.
namespace einfall::mappings {

/// The pass of each Einsum (by StepId) within its leaf, from 0 and as late as its readers allow:
/// after that of a producer in the leaf which reduces over its own steps, or whose steps it does
/// not follow.
[[nodiscard]] std::vector<std::int64_t> leaf_passes(const BoundMapping& bound);

/// A value passed on inside a leaf that its reader takes only after further elements have been
/// made.
struct Wait {
  StepId producer, reader;
  einsum::AccessId read;
  /// Whose registers hold it: the producer's, or the reader's if the value leaves the array.
  UnitId unit;
  std::int64_t elements = 0;  // in each PE or lane, more than 1
};

/// All of them, by reader in the order of the nest.
[[nodiscard]] std::vector<Wait> leaf_waits(const BoundMapping& bound);

}  // namespace einfall::mappings
