#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What the analytic model assumes. The defaults are what the hardware described would do; every
/// other value reproduces an assumption of some published model, and a scenario has to ask for it
/// by name (explore/scenario.hpp).
namespace einfall::mappings {

enum class RegisterCounting {
  kTotal,       // the accesses of all PEs
  kPerInstance  // those of one PE; of a file shared by the unit, what it exchanges with memories
};

/// An operator on a unit: {"array1d", "sub"}. Empty `einsum`: wherever it is used.
struct OperatorName {
  std::string unit;
  std::string op;
  std::string einsum;
};

/// A tensor that is read once more than needed, whole (or numerator/denominator of it), from the
/// memory that its Einsum writes. Costs energy, no time.
struct ExtraRead {
  std::string tensor;
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
};

struct ModelOptions {
  RegisterCounting register_counting = RegisterCounting::kTotal;
  /// Iterations, units and transfers of a phased schedule wait for each other (nest_time.hpp); else
  /// every unit does all its work of a phase without.
  bool fill_and_drain = true;
  /// Only the producers that a phased schedule lists as drained are drained at their barrier, and
  /// nothing else is waited for; a section fills and drains its arrays once. Else every dependence
  /// waits for its producer's drain.
  bool drain_listed_only = false;
  /// Memories on the chip move any number of rows a cycle.
  bool unlimited_ports = false;
  /// The part of a tensor that is not resident is a fraction of every access, which still passes
  /// through the memory that keeps the rest; else whole tiles (the smallest that an Einsum reads or
  /// writes at a time) spill and bypass it.
  bool fractional_spill = false;
  /// Operators that take no issue slots.
  std::vector<OperatorName> free_operators;
  /// Operators that cost no energy.
  std::vector<OperatorName> unpriced_operators;
  std::vector<ExtraRead> extra_reads;
};

}  // namespace einfall::mappings
