#include "mappings/ir/example.hpp"

#include "base/ensure.hpp"
#include "base/yaml/path.hpp"
#include "einsum/language/load.hpp"

namespace einfall::mappings {

base::Result<BoundExample> bind_example(const Mapping& mapping) {
  EINFALL_ENSURE(mapping.example.has_value(), "a mapping without an example");
  const Example& example = *mapping.example;
  base::Diagnostics remarks;
  EINFALL_TRY(einsum::Cascade cascade,
              base::yaml::named_at(einsum::load_cascade(example.cascade, remarks), example.cascade,
                                   example.cascade_at));
  EINFALL_TRY(arch::Machine machine, base::yaml::named_at(arch::load_machine(example.machine),
                                                          example.machine, example.machine_at));
  EINFALL_TRY(BoundMapping bound, mappings::bind(mapping, cascade, machine, example.sizes));
  return BoundExample{std::move(cascade), std::move(machine), std::move(bound)};
}

}  // namespace einfall::mappings
