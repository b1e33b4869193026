#include "mappings/ir/example.hpp"

#include "base/ensure.hpp"
#include "einsum/language/load.hpp"

namespace einfall::mappings {

base::Result<BoundMapping> bind_example(const Mapping& mapping) {
  EINFALL_ENSURE(mapping.example.has_value(), "a mapping without an example");
  base::Diagnostics remarks;
  EINFALL_TRY(const einsum::Cascade cascade,
              einsum::load_cascade(mapping.example->cascade, remarks));
  EINFALL_TRY(const arch::Machine machine, arch::load_machine(mapping.example->machine));
  return mappings::bind(mapping, cascade, machine, mapping.example->sizes);
}

base::Diagnostics check_mapping(const std::string& path) {
  const base::Result<Mapping> mapping = load_mapping(path);
  if (!mapping) return mapping.error();
  if (!mapping->example) return {};
  const base::Result<BoundMapping> bound = bind_example(*mapping);
  return bound ? base::Diagnostics{} : bound.error();
}

}  // namespace einfall::mappings
