#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "einsum/language/load.hpp"
#include "mappings/ir/bind.hpp"

/// Documents of the project for the tests of mappings.
namespace einfall::tests {

inline std::string project(const std::string& path) {
  return std::string(EINFALL_SOURCE_DIR "/") + path;
}
inline einsum::Cascade cascade_named(const std::string& name) {
  base::Diagnostics remarks;
  auto cascade = einsum::load_cascade(project("workloads/cascades/" + name + ".yaml"), remarks);
  if (!cascade) FAIL(base::render(cascade.error()));
  return *std::move(cascade);
}
inline arch::Machine machine_named(const std::string& name) {
  auto machine = arch::load_machine(project("arch/specs/" + name + ".yaml"));
  if (!machine) FAIL(base::render(machine.error()));
  return *std::move(machine);
}
inline mappings::Mapping mapping_named(const std::string& name) {
  auto mapping = mappings::load_mapping(project("mappings/library/" + name + ".yaml"));
  if (!mapping) FAIL(base::render(mapping.error()));
  return *std::move(mapping);
}

using SizeMap = std::map<std::string, std::int64_t>;

inline mappings::BoundMapping bound_or_fail(const mappings::Mapping& mapping,
                                            const einsum::Cascade& cascade,
                                            const arch::Machine& machine, const SizeMap& sizes,
                                            const mappings::BindOptions& options = {}) {
  auto bound = mappings::bind(mapping, cascade, machine, sizes, options);
  if (!bound) FAIL(base::render(bound.error()));
  return *std::move(bound);
}

/// A square machine of another size.
inline arch::Machine resized(arch::Machine machine, std::int64_t side) {
  for (arch::ComputeUnit& unit : machine.units) {
    unit.columns = side;
    if (unit.kind == arch::UnitKind::kSpatialArray) unit.rows = side;
  }
  return machine;
}

inline const mappings::BoundEinsum& step_named(const mappings::BoundMapping& bound,
                                               const einsum::Cascade& cascade,
                                               const std::string& name) {
  const auto einsum = cascade.find_einsum(name);
  REQUIRE(einsum);
  const mappings::StepId step = bound.step_of[einsum->index()];
  REQUIRE(step.valid());
  return bound[step];
}

/// The keep of a tensor in a memory (not in registers).
inline const mappings::BoundKeep& keep_of(const mappings::BoundMapping& bound,
                                          const einsum::Cascade& cascade,
                                          const std::string& tensor) {
  for (const mappings::BoundKeep& keep : bound.keeps)
    if (keep.memory && cascade[keep.tensor].name == tensor) return keep;
  FAIL("nothing keeps " << tensor);
  return bound.keeps.front();
}

inline std::int64_t trips_of(const mappings::BoundMapping& bound, const std::string& part) {
  for (std::size_t p = 0; p < bound.parts.size(); ++p)
    if (bound.part_names[p] == part) return bound.parts[p].trips;
  FAIL("no part " << part);
  return 0;
}

}  // namespace einfall::tests
