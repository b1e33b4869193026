#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/schema.hpp"
#include "explore/assumed_names.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/model/options.hpp"

namespace einfall::explore {

/// A component of the tables in place of a unit's registers; "{entries}" is put in.
struct RegisterFile {
  arch::Located<std::string> unit, component;
};

/// Everything a scenario may assume besides its documents.
struct Assumptions {
  mappings::ModelOptions model;
  mappings::BindOptions bind;
  std::map<std::string, RegisterFile> registers;  // by unit
  /// A mapping instead of the scenario's, as written (relative to the scenario); empty: none.
  arch::Located<std::string> mapping;
  std::vector<AssumedName> names;  // that the above are about
};

/// Changes to assumptions, as written under `assume:` or a quirk's `set:`.
struct Patch {
  std::optional<mappings::RegisterCounting> register_counting;
  std::optional<bool> fill_and_drain, drain_listed_only, unlimited_ports, fractional_spill;
  std::vector<mappings::OperatorName> free_operators, unpriced_operators;
  std::vector<mappings::ExtraRead> extra_reads;
  std::vector<std::pair<std::string, base::Bytes>> sizing_capacity;
  std::vector<std::string> unchecked_capacity;
  std::vector<RegisterFile> registers;
  arch::Located<std::string> mapping;
  std::vector<AssumedName> names;  // that the above are about
};

/// Later patches win; lists add up.
void apply(const Patch& patch, Assumptions& assumptions);

/// Whether a patch sets anything that the model reads under a pipelined schedule; `fill_and_drain`
/// and `drain_listed_only` are of phases alone.
[[nodiscard]] bool acts_when_pipelined(const Patch& patch);

/// Whether a patch sets `extra_reads` and nothing else.
[[nodiscard]] bool only_extra_reads(const Patch& patch);

[[nodiscard]] base::Schema<Patch> patch_schema();

}  // namespace einfall::explore
