#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/array/wavefront.hpp"
#include "sim/vector/lanes.hpp"
#include "tests/support/epoch_programs.hpp"

namespace einfall::tests {

using Rows = std::vector<std::vector<float>>;

struct EpochInputs {
  Rows keys, values, queries;  // as Step names them
};

/// Operands in bf16 between -1 and 1.
[[nodiscard]] EpochInputs random_inputs(const EpochShape& shape, std::uint64_t seed);

struct EpochTiming {
  sim::OperatorTable array, lanes;
  int hop = 1;
  int foot_depth = 16;
  /// The array begins epoch n no sooner than n * interval; 0: as soon as it can.
  std::int64_t interval = 0;
};

[[nodiscard]] sim::ArraySpec array_spec(const EpochShape& shape, const EpochTiming& timing);
[[nodiscard]] sim::LanesSpec lanes_spec(const EpochShape& shape, const EpochTiming& timing);

struct EpochResult {
  Rows attention;  // [block*F + f][query]
  std::int64_t cycles = 0;
  std::vector<std::int64_t> epoch_starts;  // first issue of each epoch on the array
  std::int64_t array_issued = 0, lanes_issued = 0;
  // Most words from the foot in a lane: while new tiles come, and in the whole run.
  int waiting_in_flow = 0, waiting = 0;
  std::string problem;  // of a run that went wrong
};

/// Runs both arrays side by side: words from the feet into the lanes, maxima from the lanes to the
/// top of the columns, each unit taking its instructions in order as soon as operands are there.
[[nodiscard]] EpochResult run_epochs(const EpochShape& shape, const EpochTiming& timing,
                                     const EpochInputs& inputs);

}  // namespace einfall::tests
