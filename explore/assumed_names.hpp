#pragma once

#include <string>
#include <vector>

#include "arch/fields.hpp"
#include "arch/machine.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::explore {

/// A name by which an assumption means a part of the scenario's documents.
struct AssumedName {
  enum class Kind { kUnit, kOperator, kEinsum, kTensor, kMemory };
  Kind kind = Kind::kUnit;
  arch::Located<std::string> name;
  std::string unit;  // kOperator: whose
};

/// E965 for every name that the cascade or the machine does not have: an assumption about it would
/// change nothing and look as if it did.
[[nodiscard]] base::Diagnostics check_names(const std::vector<AssumedName>& names,
                                            const einsum::Cascade& cascade,
                                            const arch::Machine& machine);

}  // namespace einfall::explore
