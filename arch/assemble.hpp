#pragma once

#include "arch/document.hpp"

namespace einfall::arch {

/// Joins the halves of a machine document and checks that they fit each other: every feature is
/// built, every composed operator ends in primitive ones, capacities are whole rows, and every
/// action and component the machine uses has a row in the tables (E702 to E715).
[[nodiscard]] base::Result<Machine> assemble(MachineDocument document, Tables tables);

/// Primitive and composed operators of a unit, composition resolved. E706 composed of itself, E707
/// composed of an operator the unit lacks, E708 composed and with cycles of its own, E709 cycles
/// beyond all reason.
[[nodiscard]] std::vector<Operator> resolve_operators(const UnitFeature& unit,
                                                      base::Diagnostics& sink);

/// "{capacity}" and "{row}" (or "{entries}") put into a pattern: `sram-16MiB-512B`.
[[nodiscard]] std::string memory_component(const std::string& pattern, const Memory& memory);
[[nodiscard]] std::string register_component(const std::string& pattern, std::int64_t entries);

/// Reports every energy row the memory lacks (E704).
void check_memory_rows(const Machine& machine, const Memory& memory, base::Diagnostics& sink);

}  // namespace einfall::arch
