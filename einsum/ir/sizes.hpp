#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Sizes of all ranks: overrides from outside first, then the file's expressions in order.
/// Errors: E220 no size for a rank, E221 override of an unknown rank (nearest suggested), E222
/// division not exact, E223 not in [1, 2^40] or overflow, E225 an index divided by less than 1.
[[nodiscard]] base::Result<Sizes> bind_sizes(const Cascade& cascade,
                                             const std::map<std::string, std::int64_t>& overrides);

/// E221 at the place that gives a size to what is no rank of the cascade.
[[nodiscard]] base::Diagnostic no_such_rank(const Cascade& cascade, const std::string& name,
                                            const base::SourceSpan& place);

/// As `bind_sizes`, but without errors: ranks whose size cannot be told have `otherwise`.
[[nodiscard]] Sizes known_sizes(const Cascade& cascade,
                                const std::map<std::string, std::int64_t>& overrides,
                                std::int64_t otherwise);

/// Extent of a tensor at a position: |R|, or |R|+1 where it is iterative or shifted.
[[nodiscard]] std::int64_t extent(const Cascade& cascade, const Tensor& tensor,
                                  std::size_t position, const Sizes& sizes);

/// Values of the params for these sizes, by ParamId. Error: E224 no value (NaN, infinity, opaque
/// function).
[[nodiscard]] base::Result<std::vector<double>> bind_params(const Cascade& cascade,
                                                            const Sizes& sizes);

}  // namespace einfall::einsum
