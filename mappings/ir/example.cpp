#include "mappings/ir/example.hpp"

#include "base/ensure.hpp"
#include "einsum/language/load.hpp"

namespace einfall::mappings {

base::Result<BoundExample> bind_example(const Mapping& mapping) {
  EINFALL_ENSURE(mapping.example.has_value(), "a mapping without an example");
  base::Diagnostics remarks;
  EINFALL_TRY(einsum::Cascade cascade, einsum::load_cascade(mapping.example->cascade, remarks));
  EINFALL_TRY(arch::Machine machine, arch::load_machine(mapping.example->machine));
  EINFALL_TRY(BoundMapping bound,
              mappings::bind(mapping, cascade, machine, mapping.example->sizes));
  return BoundExample{std::move(cascade), std::move(machine), std::move(bound)};
}

}  // namespace einfall::mappings
