#pragma once

#include <optional>
#include <vector>

#include "mappings/model/counts.hpp"

/// Time of sequential and phased schedules: sections one after another. As the hardware described
/// does it, iterations, units and transfers wait for each other (nest_time.hpp). With the published
/// assumptions (ModelOptions::fill_and_drain, drain_listed_only), or on several instances of a
/// unit, in closed form: each section is as long as its phases or its traffic with the outermost
/// memory; inside a phase every unit does all its work of the run without waiting.
namespace einfall::mappings {

/// What a unit, the busiest of its instances (or the ports of a memory) does in one phase, over the
/// run.
struct UnitShare {
  std::size_t unit = 0;
  std::int64_t busy = 0;
  /// Cycles of the phase in which it waits: for values, data, room or the other units. In closed
  /// form only for values to drain from producers of earlier phases.
  std::int64_t wait = 0;
};
struct PhaseTime {
  std::vector<UnitShare> units;     // those that take part, in the order of the machine
  std::vector<std::int64_t> ports;  // by memory: cycles its ports need
  std::int64_t drain = 0;           // cycles charged for listed producers (published rule)
  std::int64_t cycles = 0;  // max over units of busy + wait, in closed form ports; plus drain
  [[nodiscard]] std::int64_t busiest_unit() const;
  [[nodiscard]] std::int64_t busiest() const;  // unit or ports
};
struct SectionTime {
  std::vector<PhaseTime> phases;
  /// In closed form once a section; else what follows the last issue, in the last section.
  std::int64_t fill_and_drain = 0;
  std::int64_t compute = 0;  // sum of the phases, and fill and drain
  Exact memory = 0;          // cycles of the outermost memory's traffic
  Exact bytes = 0;
  Exact cycles = 0;  // compute; in closed form, memory if that is larger
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
