#pragma once

#include <vector>

#include "mappings/model/counts.hpp"

namespace einfall::mappings {

/// Every movement of data of a bound mapping, in the order of the nest (counts.hpp has the rules).
/// A count that leaves 2^62 is reported by `count`.
[[nodiscard]] std::vector<Flow> data_flows(const BoundMapping& bound,
                                           const einsum::Cascade& cascade,
                                           const arch::Machine& machine,
                                           const ModelOptions& options);

/// Words of the operands and the result of an Einsum that reach it: how often elements of an access
/// are moved when it is repeated for every step of `loops`.
[[nodiscard]] std::int64_t moved_words(const BoundMapping& bound, const BoundAccess& access,
                                       PartSet loops);

/// The value of this read stays in the PEs of the Einsum's own unit (made there in the same
/// iteration), so that nothing arrives.
[[nodiscard]] bool stays_in_unit(const BoundMapping& bound, const BoundEinsum& step,
                                 const BoundAccess& read);

/// Where an operand is fetched: every iteration, or (stationary) only where another slice begins.
[[nodiscard]] PartSet fetch_loops(const BoundEinsum& step, std::size_t read);

/// Writes and re-reads of a result: with sums that leave the unit unfinished, `writes` counts every
/// visit and `reads` all but the first.
struct ResultWords {
  std::int64_t writes = 0;
  std::int64_t reads = 0;
};
[[nodiscard]] ResultWords result_words(const BoundMapping& bound, const BoundEinsum& step);

}  // namespace einfall::mappings
