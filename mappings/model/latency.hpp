#pragma once

#include <optional>
#include <vector>

#include "mappings/model/counts.hpp"

/// The closed form of sequential and phased schedules: sections one after another, each as long as
/// its phases or its traffic with the outermost memory; inside a phase units overlap.
namespace einfall::mappings {

/// What a unit, the busiest of its instances (or the ports of a memory) does in one phase, over the
/// run.
struct UnitShare {
  std::size_t unit = 0;
  std::int64_t busy = 0;
  /// Cycles in which it waits for values to drain from producers of earlier phases.
  std::int64_t wait = 0;
};
struct PhaseTime {
  std::vector<UnitShare> units;     // those that take part, in the order of the machine
  std::vector<std::int64_t> ports;  // by memory: cycles its ports need
  std::int64_t drain = 0;           // cycles charged for listed producers (published rule)
  std::int64_t cycles = 0;          // max over units of busy + wait, ports; plus drain
};
struct SectionTime {
  std::vector<PhaseTime> phases;
  std::int64_t fill_and_drain = 0;
  std::int64_t compute = 0;  // sum of the phases, and fill and drain
  /// The same with every iteration waiting at every barrier (stepped.hpp), where there are such.
  std::optional<Exact> stepped;
  Exact memory = 0;  // cycles of the outermost memory's traffic
  Exact bytes = 0;
  Exact cycles = 0;  // the larger of the two
};
struct Latency {
  std::vector<SectionTime> sections;
  Exact cycles = 0;
};

/// Error E901: a time does not fit 64 bits.
[[nodiscard]] base::Result<Latency> phased_latency(const BoundMapping& bound,
                                                   const einsum::Cascade& cascade,
                                                   const arch::Machine& machine,
                                                   const Counts& counts,
                                                   const ModelOptions& options);

/// Cycles from the last issue of a producer until its results are where a consumer on another unit
/// takes them: the way to the foot of an array; 0 for a consumer in the same PEs and for vector
/// units.
[[nodiscard]] std::int64_t drain_cycles(const arch::Machine& machine, const BoundEinsum& producer,
                                        const BoundEinsum& consumer);

/// Cycles that the ports of a memory need for these words: rows are read and written whole by
/// dedicated and shared ports. 0: not limited.
[[nodiscard]] std::int64_t port_cycles(const arch::Memory& memory, const MemoryTraffic& traffic);

}  // namespace einfall::mappings
