#pragma once

#include <vector>

#include "mappings/program/cursor.hpp"

namespace einfall::sim {

/// What an operation asks about the place where it stands: of the levels of `ends` whether it is at
/// their first step or their last, of those of `exact` which step it is. How it goes on is the same
/// at every step of the others.
struct AskedLevels {
  mappings::Levels ends = 0;
  mappings::Levels exact = 0;
};

/// By operation. `cursors`: the same.
[[nodiscard]] std::vector<AskedLevels> asked_levels(const mappings::Program& program,
                                                    const std::vector<mappings::Cursor>& cursors);

}  // namespace einfall::sim
