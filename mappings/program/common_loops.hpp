#pragma once

#include "mappings/program/program.hpp"

namespace einfall::mappings {

/// How many outer levels of the walks of two tile operations are the same loops.
[[nodiscard]] std::size_t common_levels(const Program& program, const Operation& a,
                                        const Operation& b);

}  // namespace einfall::mappings
