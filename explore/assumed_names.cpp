#include "explore/assumed_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace einfall::explore {
namespace {

using Names = std::vector<std::string>;

template <class List>
Names names_of(const List& list) {
  Names names;
  for (const auto& one : list) names.push_back(one.name);
  return names;
}

// What the documents have of this kind, and what they are called in a message.
struct Known {
  Names names;
  std::string whose;
};

Names einsums_of(const einsum::Cascade& cascade) {
  Names names;
  for (const einsum::Einsum& einsum : cascade.einsums) names.push_back(einsum.name);
  return names;
}

Known known(const AssumedName& name, const einsum::Cascade& cascade, const arch::Machine& machine) {
  using Kind = AssumedName::Kind;
  switch (name.kind) {
    case Kind::kUnit:
      return {names_of(machine.units), fmt::format("unit of machine '{}'", machine.name)};
    case Kind::kMemory:
      return {names_of(machine.memories), fmt::format("memory of machine '{}'", machine.name)};
    case Kind::kEinsum:
      return {einsums_of(cascade), fmt::format("Einsum of cascade '{}'", cascade.name)};
    case Kind::kTensor:
      return {names_of(cascade.tensors), fmt::format("tensor of cascade '{}'", cascade.name)};
    case Kind::kOperator:
      break;
  }
  const auto unit =
      std::find_if(machine.units.begin(), machine.units.end(),
                   [&](const arch::ComputeUnit& one) { return one.name == name.unit; });
  return {unit == machine.units.end() ? Names{} : names_of(unit->operators),
          fmt::format("operator of unit '{}'", name.unit)};
}

}  // namespace

base::Diagnostics check_names(const std::vector<AssumedName>& names, const einsum::Cascade& cascade,
                              const arch::Machine& machine) {
  base::Diagnostics found;
  for (const AssumedName& name : names) {
    const Known have = known(name, cascade, machine);
    if (std::find(have.names.begin(), have.names.end(), name.name.value) != have.names.end())
      continue;
    const std::string near = base::nearest(name.name.value, have.names);
    const std::string help = have.names.empty() ? std::string()
                             : near.empty()
                                 ? fmt::format("there are: {}", fmt::join(have.names, " "))
                                 : fmt::format("did you mean '{}'?", near);
    found.push_back(base::error(
        "E965", name.name.span,
        fmt::format("'{}' is no {}, so nothing can be assumed of it", name.name.value, have.whose),
        help));
  }
  return found;
}

}  // namespace einfall::explore
