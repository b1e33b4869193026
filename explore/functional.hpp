#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "einsum/eval/deviation.hpp"
#include "explore/simulation.hpp"

/// A scenario executed with values: random inputs flow through the machine's places and units.
namespace einfall::explore {

struct FunctionalTensor {
  std::string name;
  std::int64_t compared = 0;   // values
  std::int64_t different = 0;  // from the bit-true evaluator's, in any bit
};
struct FunctionalOutput {
  FunctionalTensor stored;      // as it has come to the outermost memory
  einsum::Magnitude magnitude;  // in fp64
  einsum::Deviation deviation;  // from fp64
};
struct Functional {
  std::uint64_t seed = 1;
  std::int64_t cycles = 0;
  std::vector<FunctionalTensor> made;  // what visits made, compared where it was made
  std::vector<FunctionalOutput> outputs;
  /// Every bit is the evaluator's.
  [[nodiscard]] bool agrees() const;
  double evaluator_s = 0, run_s = 0;  // wall time of the evaluator's two runs, of the machine's
};

/// Runs every visit of a program on values, in the formats, the order of adding and the
/// approximations of the machine's numerics (types of the cascade win). Errors: those of the
/// evaluator, E962 and E963 (sim/values/values.hpp), E960 a deadlock.
[[nodiscard]] base::Result<Functional> run_functional(const Costed& costed,
                                                      const mappings::Program& program,
                                                      std::uint64_t seed,
                                                      sim::ExecutionOptions options = {});

/// What has been simulated, with the same model of the outermost memory.
[[nodiscard]] base::Result<Functional> run_functional(const Simulated& simulated,
                                                      std::uint64_t seed);

/// For a terminal.
[[nodiscard]] std::string functional_text(const Functional& functional);

}  // namespace einfall::explore
