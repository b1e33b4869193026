#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "einsum/eval/deviation.hpp"
#include "einsum/eval/evaluate.hpp"
#include "einsum/eval/numeric_report.hpp"

namespace einfall::explore {

/// What to evaluate: a cascade on seeded random inputs, alone or beside another one that gets the
/// same inputs, its ranks the sizes that these have. A scenario stands for its cascade in the sizes
/// that it has when bound, and hands its machine's numerics to the bit-true mode.
struct EvaluationRequest {
  std::string cascade;  // file of a cascade or a scenario
  std::string against;  // file; empty: none
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, std::string> settings;  // parameters of a scenario
  einsum::NumericMode mode = einsum::NumericMode::kReference;
  /// File of the machine whose numerics fill what the types leave open (bit-true mode); empty:
  /// none.
  std::string machine;
  std::uint64_t seed = 1;
  /// Largest relative deviation that counts as agreement. Unset: 1e-9 between two cascades in
  /// reference mode, no bound otherwise.
  std::optional<double> tolerance;
};

struct OutputValues {
  std::string tensor;
  std::vector<std::int64_t> shape;
  einsum::Magnitude values;
  std::optional<einsum::Deviation> deviation;  // set where there is something to compare with
  std::string worst;                           // coordinates of its worst point: "[3, 0]"
};

struct Evaluation {
  std::string cascade;
  std::string machine;                                      // whose numerics were used; empty: none
  std::vector<std::pair<std::string, std::int64_t>> sizes;  // of every rank
  /// What the deviations are from: the other cascade's file; "reference" for bit-true values
  /// without another cascade; empty if nothing was compared.
  std::string against;
  std::vector<OutputValues> outputs;
  /// What the declared types did to every tensor; only where `against` is "reference".
  std::vector<einsum::NumericReport> numerics;
  /// Every deviation is within the tolerance, no point is unlike, and every compared output has a
  /// point that is finite on both sides.
  bool agree = true;
  double tolerance = 0;
};

/// Runs what is asked for. A size of `sizes` must name a rank of one of the two cascades. Errors:
/// those of loading, of sizes and of the evaluator, of a scenario those of cost_scenario too; E221
/// settings of a cascade, E610 outputs that cannot be compared, E959 a composition, or a machine
/// beside that of a scenario.
[[nodiscard]] base::Result<Evaluation> evaluate_cascade(const EvaluationRequest& request,
                                                        base::Diagnostics& remarks);

}  // namespace einfall::explore
