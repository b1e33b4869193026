#pragma once

#include <map>
#include <string>

namespace einfall::einsum {

/// `64*c + i` as `c*I + i` where I, the rank of i, has 64 points: numbers that are products of the
/// sizes of the faster variables are written as these. A left side is a split here only if it names
/// the rank, as the size of a rank may be set from outside. Any other index comes back as it is.
/// `sizes`: by rank, as written.
[[nodiscard]] std::string with_named_sizes(const std::string& index,
                                           const std::map<std::string, std::string>& sizes);

}  // namespace einfall::einsum
