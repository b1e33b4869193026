#pragma once

#include <vector>

#include "mappings/ir/result_words.hpp"
#include "mappings/model/counts.hpp"

namespace einfall::mappings {

/// Every movement of data of a bound mapping, in the order of the nest (counts.hpp has the rules).
/// A count that leaves 2^62 is reported by `count`.
[[nodiscard]] std::vector<Flow> data_flows(const BoundMapping& bound,
                                           const einsum::Cascade& cascade,
                                           const arch::Machine& machine,
                                           const ModelOptions& options);

/// Words of an operand that reach its Einsum. Parts in `time` are the innermost loops, passes over
/// an array or lanes that are too small stand around them: an element is fetched again unless it is
/// the one that was used last. A streaming operand is fetched in every iteration of the loops, a
/// stationary one only where another slice begins. Where ranks that make one position together
/// reach over the end of the tensor, only what it has is fetched.
[[nodiscard]] std::int64_t fetched_words(const BoundMapping& bound, const BoundEinsum& step,
                                         std::size_t read);

/// Words of a result that leave its Einsum, and unfinished ones that come back: result_words, of
/// which only what the tensor has is written, as above.
[[nodiscard]] ResultWords left_words(const BoundMapping& bound, const BoundEinsum& step);

/// How often each pass over an array or lanes that are too small fetches an element of it.
[[nodiscard]] std::int64_t fetches(const BoundEinsum& step, std::size_t read);

/// The value of this read stays in the PEs of the Einsum's own unit (made there in the same
/// iteration), so that nothing arrives.
[[nodiscard]] bool stays_in_unit(const BoundMapping& bound, const BoundEinsum& step,
                                 const BoundAccess& read);

}  // namespace einfall::mappings
