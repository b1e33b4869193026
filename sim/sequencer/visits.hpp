#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/program/program.hpp"

namespace einfall::sim {

/// One instruction of a sequencer: what an operation does in one visit.
struct Visit {
  std::size_t operation = 0;  // of the program
  std::int64_t issue = 1;     // cycles that it keeps the unit
  std::vector<std::size_t> takes;
  struct Give {
    std::size_t token = 0;
    bool at_end = false;
    std::int64_t delay = 0;  // cycles from the start; not at_end
  };
  std::vector<Give> gives;
  std::optional<std::size_t> barrier;  // waits there for the others, nothing else
};

/// All visits of a unit's operations in the order in which it issues them, at most `most`; nullopt
/// if there are more. Precondition: the engine is a unit. O(visits * operations).
[[nodiscard]] std::optional<std::vector<Visit>> visits_of(const mappings::Program& program,
                                                          std::size_t engine, std::size_t most);

}  // namespace einfall::sim
