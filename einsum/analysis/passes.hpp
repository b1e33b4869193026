#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "einsum/analysis/symbolic_count.hpp"
#include "einsum/analysis/ways.hpp"
#include "einsum/ir/cascade.hpp"

/// Pass analysis (FuseMax, MICRO 2024; docs/reference/passes.md says what the counts mean).
namespace einfall::einsum {

/// One barrier on the critical chain of a rank: what had to be complete before the next pass.
struct ChainLink {
  EinsumId einsum;     // the statement that waits
  TensorId waits_for;  // for this tensor, which it reads
  SymbolicCount pass;  // the pass that the barrier opens
  std::string kind;    // "reduce max", "argtopk", "final value", "other index", "through CM: ..."
  bool each_step = false;  // once in every step of the iterative rank of its component
  base::SourceSpan span;   // of the statement
};

/// A tensor that is written in one pass and read in a later one.
struct Crossing {
  TensorId tensor;
  SymbolicCount from, to;
};

/// What the analysis knows of one rank.
struct RankPasses {
  RankId rank;
  SymbolicCount passes;                    // FuseMax's count: most visits to one leaf tensor
  SymbolicCount traversals;                // sweeps that cannot be fused with each other
  std::optional<TensorId> set_by;          // the leaf with the most passes
  std::vector<ChainLink> chain;            // barriers between its passes, in order
  std::vector<ChainLink> traversal_chain;  // barriers between the traversals, in order
  std::vector<Crossing> crossing;
  /// The counts are upper bounds: masks may let one sweep do for several (full_fibres.hpp).
  bool at_most = false;
};

/// Several names of one rank (`alias: {P: N, M: N}`), counted as one: an access at another of the
/// names needs the whole rank.
struct AliasPasses {
  std::string name;
  std::vector<RankId> members;
  RankPasses passes;  // `rank` is the first member
};

/// Fine passes of a rank split into parts (M into M1, M0): sweeps in which whole fibres are read.
/// Coarse ones read one value a block: passes of the outermost part minus the fine ones.
struct SplitPasses {
  std::vector<RankId> parts;  // outermost first
  std::vector<RankId> of;     // the ranks of tensors that are read through the parts
  SymbolicCount fine;
  SymbolicCount coarse;
};

/// Passes in which a tensor is produced and read along a rank that it is indexed with.
struct TensorPasses {
  TensorId tensor;
  RankId rank;
  SymbolicCount passes;                   // visits to it if it is a leaf; else 0
  std::optional<SymbolicCount> produced;  // level of its writer; inputs have none
  std::vector<SymbolicCount> read;        // levels of its readers, ascending, unique
  /// Live elements along the rank: the whole rank, or a window that moves along it (1, plus the
  /// distance between write and read; a size polynomial if a bounded index is added: n - k).
  bool whole_fiber = false;
  SizePoly window = SizePoly::constant(1);
  /// Fraction of the rank that a gather visits, as text: "J*M0/M"; empty if not gathered.
  std::string partial;
};

/// Sweeps of several ranks together. One order must serve all ranks; per-rank minima may exclude
/// each other.
struct JointSweeps {
  std::vector<RankId> ranks;
  std::int64_t sweeps = 0;    // fewest reachable; a lower bound if not `exact`
  std::int64_t separate = 0;  // sum of the per-rank traversals
  bool exact = true;          // false: the search was cut off, or a rank's count is a lower bound
  bool at_most = false;       // a rank's count is an upper bound
};

struct PassAnalysis {
  Sizes sizes;                    // that the counts are exact for
  std::vector<RankPasses> ranks;  // by RankId
  std::vector<AliasPasses> aliases;
  std::vector<SplitPasses> splits;
  std::vector<TensorPasses> tensors;  // by tensor, then rank
  /// Tensors whose passes are lower bounds, and along which ranks.
  std::vector<Recut> recuts;
  /// Over all ranks; unset if a count grows with a size.
  std::optional<JointSweeps> joint;
};

/// What a count says of the true one. kAbout: it may be either more or less.
enum class Certainty { kExact, kAtLeast, kAtMost, kAbout };

/// Of the counts of a rank: lower bounds where some tensor is gone through in ways that are not
/// counted together, upper bounds where masks leave no fibre whole. And of joint sweeps.
[[nodiscard]] Certainty certainty(const PassAnalysis& analysis, const RankPasses& rank);
[[nodiscard]] Certainty certainty(const JointSweeps& joint);

/// "", "at least ", "at most ", "about ".
[[nodiscard]] std::string_view words(Certainty certainty);

/// Sizes to count passes for: those from outside and of the cascade, and a few steps for ranks
/// whose size neither tells.
[[nodiscard]] Sizes sizes_for_passes(const Cascade& cascade,
                                     const std::map<std::string, std::int64_t>& overrides = {});

/// Counts that grow with the steps of a loop are exact at `sizes`; without them, at the sizes that
/// the cascade itself gives (`sizes_for_passes`). Errors: those of `dependence_graph`.
[[nodiscard]] base::Result<PassAnalysis> analyze_passes(
    const Cascade& cascade, const std::optional<Sizes>& sizes = std::nullopt);

/// Fewest sweeps of these ranks together, at the same sizes. Errors: those of `dependence_graph`;
/// E504 if the traversals of a rank grow with a size.
[[nodiscard]] base::Result<JointSweeps> joint_sweeps(
    const Cascade& cascade, const std::vector<RankId>& ranks,
    const std::optional<Sizes>& sizes = std::nullopt);

/// Compares `expect:` with the analysis. Errors: E501 a count differs (found, expected, the chain
/// as notes), E502 a rank or split the cascade does not have, or a count that cannot be read.
/// Warnings: W506 a bound of a count that neither confirms nor refutes the expected one.
[[nodiscard]] base::Diagnostics check_expectations(const Cascade& cascade,
                                                   const PassAnalysis& analysis);

}  // namespace einfall::einsum
