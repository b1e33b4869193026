#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arch/machine.hpp"
#include "base/result.hpp"

/// A mapping as a plain value: how the iteration spaces of a cascade are cut, ordered, placed and
/// scheduled on a machine. Names of ranks, tensors, Einsums, units and memories are resolved when a
/// mapping is bound to a cascade and a machine (bind.hpp).
namespace einfall::mappings {

using arch::Located;

/// The extent of a unit as the size of a part: `array2d.rows`, `array2d.columns`, `array1d.lanes`.
struct UnitExtent {
  std::string unit;
  bool rows = false;  // else its columns, which are the lanes of a vector unit
};

/// One part of a split rank, outermost first. The outermost has no size: it takes what is left.
/// The size of the others is a number, the extent of a unit, or (at most one in a mapping, not a
/// rank of the cascade) `auto`: the largest divisor of what is left for which all kept tensors
/// fit. Where the cascade itself has the parts as ranks (M1, M0), this sets the sizes of the inner
/// ones; otherwise the parts are loops of the mapping only.
struct RankPart {
  std::string name;
  std::variant<std::monostate, std::int64_t, UnitExtent> size;
  bool automatic = false;
  base::SourceSpan span;
};
struct Partition {
  std::string rank;
  std::vector<RankPart> parts;
  base::SourceSpan span;
};

/// A tensor kept in a memory or in a unit's registers while the loops of its node stand still: each
/// iteration of them brings a new slice, which covers what the loops inside and the Einsums' own
/// temporal and spatial ranks span. Serves the Einsums under its node only.
struct Keep {
  std::string tensor;
  std::string place;  // memory or unit (its registers)
  /// Shares the storage of another kept tensor (in-place softmax: SN over QK).
  std::optional<Located<std::string>> in_place_of;
  /// Fraction that is resident, 1 if all; the rest spills to the outermost memory.
  std::int64_t resident_numerator = 1;
  std::int64_t resident_denominator = 1;
  std::optional<Located<std::string>> type;  // storage type here, else the machine's word
  std::int64_t copies = 1;                   // 2: double-buffered
  base::SourceSpan span;
};

/// The fused loop nest, a tree. A node runs its loops, and inside them its children in order; a
/// leaf lists Einsums that share one iteration. Between Einsums of one leaf values of the same
/// iteration are forwarded (links, registers); between leaves they pass through the memory that
/// keeps them, or through the outermost memory if none does. A node without loops is allowed (what
/// it keeps stays for as long as the node around it, at the root for the whole run).
struct LoopNode {
  std::vector<Located<std::string>> loops;  // ranks or parts of ranks, outermost first
  std::vector<Keep> keeps;
  std::vector<LoopNode> children;             // either children
  std::vector<Located<std::string>> einsums;  // or Einsums
  base::SourceSpan span;
};

/// Where and how an Einsum runs. Every part of its ranks is either a loop of the nest around it or
/// stands here, exactly once. The name of a split rank stands for all of its parts.
struct Binding {
  std::string einsum;
  Located<std::string> unit;
  arch::Dataflow dataflow = arch::Dataflow::kVector;
  std::vector<Located<std::string>> rows;     // rank parts laid on the rows of an array
  std::vector<Located<std::string>> columns;  // on the columns, or on the lanes of a vector unit
  std::vector<Located<std::string>> time;     // stepped inside one tile, innermost last
  /// Weight-stationary: the operand that stays in the PEs.
  std::optional<Located<std::string>> stationary;
  base::SourceSpan span;
};

/// An Einsum that is done elsewhere (the scale folded into the weights of the projection): no
/// operations and no traffic here; its tensor stands for `into`.
struct Absorbed {
  std::string einsum;
  Located<std::string> into;  // the input tensor that already holds the result
  std::string why;
  base::SourceSpan span;
};

// ---- Schedule ----------------------------------------------------------------------------------

/// Einsums that may overlap; a barrier follows. `drained`: producers whose drain the published
/// model charges at this barrier (the corrected model finds them from the dependences).
struct Phase {
  std::vector<Located<std::string>> einsums;
  std::vector<Located<std::string>> drained;
  base::SourceSpan span;
};
/// Runs after the section before it is complete; inside, DRAM traffic overlaps with computing.
struct Section {
  std::vector<Phase> phases;
  base::SourceSpan span;
};
enum class ScheduleKind { kSequential, kPhased, kPipelined };
struct Schedule {
  ScheduleKind kind = ScheduleKind::kSequential;
  /// kSequential: one Einsum after another (no sections needed) ; kPhased: given.
  std::vector<Section> sections;
  /// kPhased: phases of one iteration work on tiles of different age, so that no dependence between
  /// phases of the same iteration waits for a drain (FuseMax's binding).
  bool phases_pipelined = false;
  /// kPipelined: iteration loops, outermost first, and the interval (unset: found).
  std::vector<Located<std::string>> over;
  std::optional<std::int64_t> interval;
  /// Stage (in intervals) and offset per Einsum, if given; otherwise found.
  struct Slot {
    std::string einsum;
    std::int64_t stage = 0;
    std::int64_t offset = 0;
    base::SourceSpan span;
  };
  std::vector<Slot> slots;
  /// kPipelined: Einsums that share their unit cycle by cycle, two in each.
  struct Interleaved {
    std::vector<Located<std::string>> einsums;
    base::SourceSpan span;
  };
  std::vector<Interleaved> interleave;
  base::SourceSpan span;
};

/// What `check` tries a mapping on, so that a mapping can be verified by itself.
struct Example {
  std::string cascade, machine;             // paths, resolved
  base::SourceSpan cascade_at, machine_at;  // where they are named
  std::map<std::string, std::int64_t> sizes;
};

/// In which order tasks get instances of units.
enum class DispatchOrder {
  kGrid,          // in the order of the loops, each to the instance that is free first
  kReverse,       // the same from the last to the first: under a causal mask, long ones first
  kLongestFirst,  // the longest of those that are left
  kPersistent     // task i to place i modulo the number of places, whatever is free
};
/// The tasks of a distribution are dispatched one by one, and may be unequal.
struct Dispatch {
  DispatchOrder order = DispatchOrder::kGrid;
  /// Tasks that are on one instance at a time; unset: as many as its memories and registers hold.
  std::optional<Located<std::int64_t>> per_instance;
  /// Tensors of which tasks that run at the same time and use the same slices fetch them once from
  /// the outermost memory.
  std::vector<Located<std::string>> together;
  base::SourceSpan span;
};

struct Mapping {
  std::string name;
  std::string doc;
  std::vector<Partition> partitions;
  std::vector<LoopNode> nest;
  base::SourceSpan nest_at;
  std::vector<Binding> bindings;
  std::vector<Absorbed> absorbed;
  /// Loops whose iterations are dealt, in order, to the instances of units that have several.
  std::vector<Located<std::string>> distributed;
  std::optional<Dispatch> dispatch;
  Schedule schedule;
  std::optional<Example> example;
  std::shared_ptr<const base::SourceFile> file;
};

/// Reads a mapping document; what it says of itself is checked, names of a cascade or a machine are
/// not (bind.hpp). All errors at once.
[[nodiscard]] base::Result<Mapping> load_mapping(const std::string& path);

}  // namespace einfall::mappings
