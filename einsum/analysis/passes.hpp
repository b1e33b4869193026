#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// A count that may grow with the size of a rank: constant + sum of growth * |R|.
struct SymbolicCount {
  std::int64_t constant = 0;
  std::vector<std::pair<RankId, std::int64_t>> growth;
  bool operator==(const SymbolicCount&) const = default;
};

/// One barrier on the critical chain of a rank: what had to be complete before the next pass.
struct ChainLink {
  EinsumId einsum;     // the statement that waits
  TensorId waits_for;  // for this tensor
  std::string kind;    // "reduce max", "populate", "final value", "gather", "free", ...
  base::SourceSpan span;
};

/// A tensor that is written in one pass and read in a later one.
struct Crossing {
  TensorId tensor;
  SymbolicCount from, to;
};

/// What the analysis knows of one rank (language.md 2.2 to 2.4).
struct RankPasses {
  RankId rank;
  SymbolicCount passes;      // FuseMax's count: most visits to one leaf tensor
  SymbolicCount traversals;  // sweeps that cannot be fused with each other
  std::optional<TensorId> set_by;
  std::vector<ChainLink> chain;
  std::vector<Crossing> crossing;
};

/// Fine passes of a rank split into parts (M into M1, M0): sweeps in which whole fibers are read.
struct SplitPasses {
  RankId outer, inner;
  SymbolicCount fine;
  SymbolicCount coarse;
};

/// Passes in which a tensor is produced and read along each rank.
struct TensorPasses {
  TensorId tensor;
  RankId rank;
  SymbolicCount passes;                   // visits to it if it is a leaf; else 0
  std::optional<SymbolicCount> produced;  // level of its writer; inputs have none
  std::vector<SymbolicCount> read;        // levels of its readers, ascending, unique
  /// Live elements along the rank: a constant (1, plus a window) or the whole rank.
  bool whole_fiber = false;
  std::int64_t window = 1;
  /// Fraction of the rank that a gather visits, as text: "J*M0/M"; empty if not gathered.
  std::string partial;
};

struct PassAnalysis {
  std::vector<RankPasses> ranks;  // by RankId
  std::vector<SplitPasses> splits;
  std::vector<TensorPasses> tensors;
  /// Fewest sweeps reachable by all ranks together, and the sum of the per-rank minima.
  std::int64_t joint_sweeps = 0;
  std::int64_t separate_sweeps = 0;
};

[[nodiscard]] base::Result<PassAnalysis> analyze_passes(const Cascade& cascade);

/// "3", "T+2".
[[nodiscard]] std::string text(const Cascade& cascade, const SymbolicCount& count);

/// Compares `expect:` with the analysis. Errors: E501 a count differs (found, expected, the chain
/// as notes), E502 a rank or split the cascade does not have.
[[nodiscard]] base::Diagnostics check_expectations(const Cascade& cascade,
                                                   const PassAnalysis& analysis);

}  // namespace einfall::einsum
