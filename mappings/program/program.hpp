#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mappings/model/counts.hpp"
#include "mappings/program/region.hpp"
#include "mappings/program/slice_extent.hpp"
#include "mappings/schedule/tile_timing.hpp"
#include "mappings/walk/walk.hpp"

/// A bound mapping as what its hardware does: for every compute unit the tile operations it takes,
/// in order, for every stream of data the pieces that its DMA engine moves, and tokens that let one
/// wait for the other. It is what the cycle-level simulator executes; it knows no names of Einsums
/// but for messages. Every kind of schedule comes down to it.
namespace einfall::mappings {

/// How many of something one visit of an operation has. Only where a rank ends does a visit differ
/// from a full one.
struct Extent {
  std::int64_t full = 1;
  struct Cut {
    Levels last = 0;  // where all of these stand at their last step, `partial` in place of `full`
    std::int64_t full = 1, partial = 1;
  };
  std::vector<Cut> cuts;
  std::shared_ptr<const SliceExtent> slice = nullptr;  // instead, where slices overlap

  [[nodiscard]] std::int64_t at(const Walker& walker) const {
    if (slice) return slice->at(walker);
    std::int64_t count = full;
    for (const Cut& cut : cuts)
      if (walker.at_end(cut.last)) count = count / cut.full * cut.partial;
    return count;
  }
};

/// What an operation that cannot begin lacks; the kinds of stall that a run attributes.
enum class Lack {
  kOperand,     // data that the outermost memory has not delivered
  kDependence,  // a value that another operation has not made
  kSpace,       // room for its result or data, still used by readers of what is there
  kBarrier      // the other units, at the end of a phase or a run
};
[[nodiscard]] std::string_view name(Lack lack);  // "operand"

/// Counted permissions, each with the cycle from which on it counts. One operation gives them, one
/// takes them, in the same order.
struct Token {
  std::string what;  // for messages: "BQK -> SLN", "K in buffer"
  Lack lack = Lack::kDependence;
  std::int64_t initial = 0;  // there from the beginning
  KeepId keep;               // kSpace: whose room it is; invalid: that of data on their way
};

/// In which visits something happens: where all levels of `first` stand at their first step and all
/// of `last` at their last, but not where all of `not_first` stand at their first or all of
/// `not_last` at their last (empty: no such condition).
struct When {
  Levels first = 0, last = 0;
  Levels not_first = 0, not_last = 0;
  /// Only where this leaves an iteration, so that whoever is at the other end has one too; or
  /// (without) only where it leaves none.
  SharedMask other;
  bool without = false;

  [[nodiscard]] bool holds(const Walker& at) const {
    return at.at_first(first) && at.at_last(last) && (not_first == 0 || !at.at_first(not_first)) &&
           (not_last == 0 || !at.at_last(not_last)) &&
           (!other || at.exists(*other, other->levels()) != without);
  }
};

/// Takes one token before it starts.
struct Take {
  std::size_t token = 0;
  When when;
};

/// Gives one token that counts `delay` cycles after the start of the operation, or (at_end) after
/// its end. A barrier gives when all have come.
/// `of_last`: the delay reaches to the last result, which a visit of fewer steps has sooner.
struct Give {
  std::size_t token = 0;
  When when;
  bool at_end = false;
  std::int64_t delay = 0;
  bool of_last = false;
  bool by_clock = false;  // ports that hold the operation up do not make it later
};

struct Movement {
  std::size_t flow = 0;  // into Program::flows
  Extent words;
  When when;
};

enum class OperationKind { kTile, kTransfer, kBarrier };

struct Operation {
  OperationKind kind = OperationKind::kTile;
  std::string name;
  Tile tile;               // kTile
  NodeId node;             // the leaf it stands in (a transfer: that of the operation it serves)
  std::size_t serves = 0;  // kTransfer: the operation before (a load) or behind which it stands
  Walk walk;
  /// Issue cycles, one term for each Einsum of the tile.
  std::vector<Extent> issue;
  std::int64_t complete = 0;  // cycles from the start of a full visit to its last result
  /// Issue cycles of the visit that the walker stands at, and by how many they are fewer than those
  /// of a full one.
  [[nodiscard]] std::int64_t issue_at(const Walker& walker) const {
    std::int64_t cycles = 0;
    for (const Extent& term : issue) cycles += term.at(walker);
    return cycles;
  }
  [[nodiscard]] std::int64_t sooner_at(const Walker& walker) const {
    std::int64_t cycles = 0;
    for (const Extent& term : issue) cycles += term.full - term.at(walker);
    return cycles;
  }
  std::vector<Take> takes;
  std::vector<Give> gives;
  std::vector<Movement> moves;
  std::size_t barrier = 0;  // kBarrier: which

  // Its place in the order of its engine (turns.hpp).
  std::int64_t sequence = 0;  // in the order of the document
  /// A software-pipelined leaf: its operations and what follows them are one group, in which order
  /// goes by slots. Visit i of a run falls into slot i + stage.
  NodeId group;              // that leaf; invalid: none
  std::size_t run_from = 0;  // levels from here inwards make a run
  std::int64_t stage = 0;
  std::int64_t offset = 0;  // order inside a slot
  std::int64_t extra = 0;   // visits after the walk's last of each run (kBarrier)
  /// Of a tail: the walk of the steady state, behind whose last visits it comes, each with one.
  Walk behind;
  std::size_t period_from = 0;  // levels from here inwards are a period of it: the nodes differ
};

enum class EngineKind { kUnit, kLoad, kStore };

/// Something that does one operation at a time.
struct Engine {
  EngineKind kind = EngineKind::kUnit;
  std::string name;
  std::size_t index = 0;  // kUnit: into Machine::units
  std::vector<std::size_t> operations;
};

/// Rows that the ports of a memory move in a cycle; 0: not limited.
struct PortLimit {
  std::int64_t row_bytes = 0;
  std::int64_t reads = 0, writes = 0, total = 0;
};

struct Program {
  std::vector<Operation> operations;
  std::vector<Engine> engines;  // the units first, by index
  std::vector<Token> tokens;
  std::vector<Flow> flows;      // those of the analytic model, without extra reads
  std::vector<Region> regions;  // by operation; of transfers
  std::vector<std::vector<std::size_t>> barriers;  // by barrier: engines that take part
  std::vector<BoundNode> nodes;                    // of the nest
  Exact bytes_per_cycle = 0;                       // of the outermost memory; 0: not limited
  std::int64_t memory_latency = 0;
  std::vector<PortLimit> ports;  // by Machine::memories
};

/// Takes the same fields for every schedule; what the published model assumes (ModelOptions) has no
/// place here. Errors: E890 the order of loops around a producer and a consumer cannot be kept
/// apart by counting (a carried value whose rank is cut into loops that are not next to each
/// other), E891 several instances, or a mask under which tokens would not come in the order of the
/// loops (order.hpp), E880 to E884 of pipelined schedules.
[[nodiscard]] base::Result<Program> lower(const einsum::Cascade& cascade,
                                          const arch::Machine& machine, const Mapping& mapping,
                                          const BoundMapping& bound, const ModelOptions& options);

}  // namespace einfall::mappings
