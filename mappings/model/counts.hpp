#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/model/options.hpp"
#include "mappings/schedule/exact.hpp"

/// How often everything happens when a bound mapping runs: operations, cycles a unit is busy, and
/// every movement of data. Plain numbers; times and energies follow from these (latency.hpp,
/// energy.hpp).
namespace einfall::mappings {

/// Why words move.
enum class FlowKind {
  kFill,          // a slice arrives in the memory (or registers) that keeps it
  kWriteBack,     // a slice that somebody needs leaves it
  kReturn,        // an unfinished slice arrives there again
  kOperand,       // a unit reads an operand
  kResult,        // a unit writes a result
  kPartialRead,   // partial sums return to the unit
  kPartialWrite,  // and leave it again
  kSpill,         // the part of an access that is not resident
  kExtraRead      // ModelOptions::extra_reads
};
[[nodiscard]] std::string_view name(FlowKind kind);  // "fill"

/// A memory or a unit (its registers or lanes).
struct Place {
  bool memory = true;
  std::size_t index = 0;  // into Machine::memories or Machine::units
  bool operator==(const Place&) const = default;
};

/// `words` move from one place to another on behalf of an Einsum. Of them, `from_share` is really
/// read at `from` and `to_share` written at `to` (1 unless a tensor is partly resident).
struct Flow {
  FlowKind kind = FlowKind::kOperand;
  StepId step;
  einsum::TensorId tensor;
  Place from, to;
  std::int64_t words = 0;
  std::int64_t bits = 16;  // of a word
  Exact from_share = 1;
  Exact to_share = 1;
  static constexpr std::size_t kNoRead = ~std::size_t{0};
  std::size_t read = kNoRead;        // of an operand: into BoundEinsum::reads
  std::vector<StepId> sharers = {};  // of an operand: others of the leaf that use what is fetched
};

/// The work of one Einsum, over the run.
struct StepCounts {
  std::int64_t points = 0;   // issued: all lanes of full and partial tiles, masks not considered
  std::int64_t useful = 0;   // present points: inside the ranks, masks fulfilled
  bool useful_exact = true;  // else there may be fewer: what a mask leaves depends on data
  /// Issue cycles of a point on its lane, free operators left out.
  std::int64_t issue_cycles = 0;
  std::int64_t busy_cycles = 0;  // of the unit
  Exact lane_cycles = 0;         // that do a point's work: useful * issue_cycles
  std::int64_t register_reads = 0;
  std::int64_t register_writes = 0;
};

struct Counts {
  std::vector<StepCounts> steps;  // by StepId
  std::vector<Flow> flows;        // in the order of the nest
  /// Words that each unit exchanges with memories: what passes a register file shared by its lanes.
  std::vector<std::int64_t> arriving_words;  // by unit
};

/// Counts by these rules (per iteration of the loops around an Einsum unless said otherwise):
/// - a streaming operand is fetched once, and again where a part in `time` has brought another
///   element of it in between; a stationary one once per iteration of the loops down to
///   the innermost that selects another slice of it; what was made in the same iteration of the
///   same leaf costs nothing; Einsums of one leaf on one unit share a fetch where they step
///   together (leaf_order.hpp);
/// - results that stay in the PEs are written once, when complete, if no part that reduces stands
///   outside one that selects another result; sums that leave the array (weight-stationary,
///   column-reduce) are read and written each visit, the first read elided;
/// - a kept slice is filled from the next place outwards unless it is made there, and written back
///   if somebody outside needs it; one that makes room for others before it is finished is written
///   back, too, and comes back for each further visit;
/// - lanes of a partial tile run with the others and are not gated: operators and registers are
///   counted for every issued point, whether the rank was cut by the cascade or by the mapping;
///   data that a rank does not have is never moved;
/// - a PE reads each operand of a point from its registers (and the sum, where it accumulates in
///   place), and writes what arrives and every result.
/// Errors: E901 a count does not fit 64 bits; those of einsum::points.
[[nodiscard]] base::Result<Counts> count(const BoundMapping& bound, const einsum::Cascade& cascade,
                                         const arch::Machine& machine, const ModelOptions& options);

/// Words of a flow that are really read or written at one of its ends.
[[nodiscard]] Exact words_read(const Flow& flow);
[[nodiscard]] Exact words_written(const Flow& flow);
/// Bytes that flows of one section move at a memory.
struct MemoryTraffic {
  Exact read_bytes = 0;
  Exact write_bytes = 0;
  [[nodiscard]] Exact bytes() const { return read_bytes + write_bytes; }
};
MemoryTraffic& operator+=(MemoryTraffic& a, const MemoryTraffic& b);
/// By memory, over all flows.
[[nodiscard]] std::vector<MemoryTraffic> traffic(const std::vector<Flow>& flows,
                                                 std::size_t memories);

}  // namespace einfall::mappings
