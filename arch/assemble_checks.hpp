#pragma once

#include "arch/machine.hpp"
#include "base/diagnostic.hpp"

namespace einfall::arch {

/// Everything that must hold between the parts of an assembled machine: units and memories exist
/// and differ in name, links end somewhere, capacities are whole rows, the tables have the rows.
void check_machine(const Machine& machine, const base::SourceSpan& at, base::Diagnostics& sink);

/// Every row names its source (E715).
void check_row_sources(const Tables& tables, base::Diagnostics& sink);

/// E717 for each row of a component and action (or area of a component) that another came before.
void check_duplicate_rows(const Tables& tables, base::Diagnostics& sink);

}  // namespace einfall::arch
