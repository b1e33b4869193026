#pragma once

#include "mappings/program/program.hpp"

/// When a stretch of visits may stand for others (exact skipping of a steady state).
namespace einfall::mappings {

/// While `level` goes from step `from` up to, not including, `to`, and the levels outside it stand
/// where they are, all its iterations are alike: the same visits inside, the same answers of every
/// condition of the operation. May be false where they are. Precondition: the steps just outside
/// the range exist too (the first and the last step of a loop are never like the others).
[[nodiscard]] bool is_steady(const Operation& operation, const Walker& at, std::size_t level,
                             std::int64_t from, std::int64_t to);

}  // namespace einfall::mappings
