#include "explore/costing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml/path.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "mappings/ir/model_shapes.hpp"

namespace einfall::explore {
namespace {

using Sizes = std::map<std::string, std::int64_t>;

constexpr std::int64_t kLargestCapacity = std::int64_t{1} << 36;

// "16K*B": the product; E956 where a factor is neither a number nor a rank of the model.
base::Result<std::int64_t> product(const Located<std::string>& text, const Sizes& model) {
  std::int64_t value = 1;
  std::size_t begin = 0;
  while (begin <= text.value.size()) {
    const std::size_t end = std::min(text.value.find('*', begin), text.value.size());
    const std::string factor = text.value.substr(begin, end - begin);
    begin = end + 1;
    std::optional<std::int64_t> number = parse_size(factor);
    if (const auto it = model.find(factor); it != model.end()) number = it->second;
    if (const std::string trouble = trouble_of_size(factor); !number && !trouble.empty())
      return base::failure(
          base::error("E956", text.span, fmt::format("in the size '{}', {}", text.value, trouble),
                      "sizes are whole numbers from 1 to 2^40, also written 16K, 2M"));
    if (!number)
      return base::failure(base::error(
          "E956", text.span,
          fmt::format("'{}' in the size '{}' is neither a size nor a rank of the model", factor,
                      text.value),
          "sizes are products: numbers from 1 to 2^40 (16K), ranks of the model, with * between"));
    if (__builtin_mul_overflow(value, *number, &value) || value > (std::int64_t{1} << 40))
      return base::failure(base::error(
          "E956", text.span, fmt::format("the size '{}' is larger than 2^40", text.value)));
  }
  return value;
}

base::Result<Sizes> sizes_of(const Resolved& scenario, const einsum::Cascade& cascade,
                             const Sizes& model) {
  Sizes out;
  for (const auto& [rank, size] : model)
    if (cascade.find_rank(rank)) out[rank] = size;
  for (const auto& [rank, text] : scenario.sizes) {
    const auto place = scenario.sized_at.find(rank);
    if (place != scenario.sized_at.end() && !cascade.find_rank(rank))
      return base::failure(einsum::no_such_rank(cascade, rank, place->second));
    EINFALL_TRY(out[rank], product(text, model));
  }
  return out;
}

// Binds and costs what has its documents.
base::Result<Costed> bound_and_costed(Costed out, const Sizes& sizes) {
  const Assumptions& assume = out.scenario.assumptions;
  EINFALL_TRY(mappings::BoundMapping bound,
              mappings::bind(*out.mapping, *out.cascade, *out.machine, sizes, assume.bind));
  out.bound = std::make_shared<const mappings::BoundMapping>(std::move(bound));
  EINFALL_TRY(out.cost, mappings::cost({*out.bound, *out.cascade, *out.machine, *out.mapping},
                                       mappings::rates(*out.machine), assume.model));
  return out;
}

bool waits_for_memory(const mappings::Cost& cost) {
  if (cost.pipeline)
    return mappings::Exact(cost.pipeline->timetable.interval) < cost.pipeline->memory;
  return std::any_of(cost.latency.sections.begin(), cost.latency.sections.end(),
                     [](const mappings::SectionTime& section) {
                       mappings::Exact work = 0;
                       for (const mappings::PhaseTime& phase : section.phases)
                         work += phase.busiest();
                       return work < section.memory;
                     });
}

// What has no line of its own is about what the scenario asks for.
base::Diagnostics placed(base::Diagnostics found, const base::SourceSpan& asked) {
  for (base::Diagnostic& diagnostic : found)
    if (diagnostic.span.line == 0) diagnostic.span = asked;
  return found;
}

// Doubles the capacity until it holds what is kept and memory keeps up; the last attempt's errors
// are those of a memory larger than everything.
base::Result<Costed> grown(Costed out, const Sizes& sizes, const Sizes& model) {
  EINFALL_TRY(std::int64_t bytes, product(out.scenario.grown_from, model));
  const auto original = out.machine;
  const Located<std::string> memory = out.scenario.grown_memory;
  for (;; bytes *= 2) {
    auto machine = arch::with_capacity(*original, memory.value, base::Bytes(bytes));
    if (!machine) return base::failure(placed(std::move(machine.error()), memory.span));
    out.machine = std::make_shared<const arch::Machine>(std::move(*machine));
    auto costed = bound_and_costed(out, sizes);
    const bool last = bytes >= kLargestCapacity;
    if (last || (costed && !waits_for_memory(costed->cost))) return costed;
  }
}

// Puts another component in place of a unit's registers. E957: no row for it in the tables.
base::Diagnostics set_registers(arch::Machine& machine, const RegisterFile& file) {
  const auto unit =
      std::find_if(machine.units.begin(), machine.units.end(),
                   [&](const arch::ComputeUnit& u) { return u.name == file.unit.value; });
  if (unit == machine.units.end())
    return {base::error("E957", file.unit.span,
                        fmt::format("the scenario sets the registers of unit '{}', which machine "
                                    "'{}' does not have",
                                    file.unit.value, machine.name))};
  std::string component = file.component.value;
  const std::string hole = "{entries}";
  if (const std::size_t at = component.find(hole); at != std::string::npos)
    component.replace(at, hole.size(), std::to_string(unit->registers.entries));
  const auto has_row = [&](const char* action) {
    const arch::EnergyRow* row = machine.tables.find(component, action);
    return row != nullptr && row->bits_per_action > 0;
  };
  const bool priced = has_row("read") && has_row("write");
  if ((!priced && machine.no_energy.empty()) || machine.tables.find_area(component) == nullptr) {
    base::Diagnostic out =
        base::error("E957", file.component.span,
                    fmt::format("no table of machine '{}' has the register component '{}'",
                                machine.name, component),
                    "add its rows to a table of the machine, or name a component that has them");
    out.notes.push_back({unit->registers.span, "the registers it is to stand for"});
    return {std::move(out)};
  }
  unit->registers.component = component;
  return {};
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Extra reads are of a memory on the chip: none where a tensor's mapping keeps it elsewhere.
bool reads_again(const Costed& costed, const std::vector<std::string>& tensors) {
  const auto& flows = costed.cost.counts.flows;
  return std::any_of(flows.begin(), flows.end(), [&](const mappings::Flow& flow) {
    return flow.kind == mappings::FlowKind::kExtraRead &&
           contains(tensors, (*costed.cascade)[flow.tensor].name);
  });
}

// What only phases have changes nothing in a pipeline, nor do reads of what is not there.
void set_idle_quirks_aside(Costed& costed) {
  Resolved& scenario = costed.scenario;
  std::erase_if(scenario.quirks, [&](const std::string& name) {
    const auto reading = scenario.reading_quirks.find(name);
    const bool idle =
        (costed.cost.pipeline && contains(scenario.phased_quirks, name)) ||
        (reading != scenario.reading_quirks.end() && !reads_again(costed, reading->second));
    if (idle) scenario.idle_quirks.push_back(name);
    return idle;
  });
}

// A quirk acts on a composition if it does on one of its parts.
void gather_quirks(Costed& out) {
  const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& from) {
    for (const std::string& name : from)
      if (!contains(to, name)) to.push_back(name);
  };
  for (const CostedPart& part : out.parts) {
    add(out.scenario.quirks, part.costed.scenario.quirks);
    add(out.scenario.idle_quirks, part.costed.scenario.idle_quirks);
  }
  std::erase_if(out.scenario.idle_quirks,
                [&](const std::string& name) { return contains(out.scenario.quirks, name); });
}

// What was loaded from a path of the scenario; that it cannot be read is noted where it is named.
template <class T>
base::Result<T> named(base::Result<T> loaded, const Resolved& scenario, const std::string& path) {
  const auto place = scenario.named_at.find(path);
  if (place == scenario.named_at.end()) return loaded;
  return base::yaml::named_at(std::move(loaded), path, place->second);
}

base::Result<Costed> cost_parts(const Resolved& scenario, Documents& documents) {
  Costed out;
  out.scenario = scenario;
  for (const auto& [name, part, times] : scenario.parts) {
    EINFALL_TRY(Costed costed, cost_scenario(part, documents));
    const auto runs = static_cast<double>(times);
    out.time_s += runs * costed.time_s;
    out.energy_j += runs * costed.energy_j;
    out.energy_known = out.energy_known && costed.energy_known;
    out.dram_bytes += runs * costed.dram_bytes;
    out.parts.push_back({name, std::move(costed), times});
  }
  gather_quirks(out);
  return out;
}

}  // namespace

base::Result<Costed> cost_scenario(const Resolved& scenario, Documents& documents) {
  if (!scenario.parts.empty()) return cost_parts(scenario, documents);
  Costed out;
  out.scenario = scenario;
  EINFALL_TRY(out.cascade, named(documents.cascade(scenario.cascade), scenario, scenario.cascade));
  EINFALL_TRY(out.machine,
              named(documents.machine(scenario.machine, scenario.assumptions.registers), scenario,
                    scenario.machine));
  if (auto unknown = check_names(scenario.assumptions.names, *out.cascade, *out.machine);
      !unknown.empty())
    return base::failure(std::move(unknown));
  EINFALL_TRY(out.mapping, named(documents.mapping(scenario.mapping), scenario, scenario.mapping));
  std::map<std::string, std::int64_t> model;
  if (!scenario.model.empty()) {
    EINFALL_TRY(model, named(documents.model(scenario.model), scenario, scenario.model));
  }
  EINFALL_TRY(const auto sizes, sizes_of(scenario, *out.cascade, model));
  if (scenario.grown_memory.value.empty()) {
    EINFALL_TRY(out, bound_and_costed(std::move(out), sizes));
  } else {
    EINFALL_TRY(out, grown(std::move(out), sizes, model));
  }
  set_idle_quirks_aside(out);
  out.time_s = out.cost.time_s;
  out.energy_j = out.cost.energy_j;
  out.energy_known = out.cost.energy_known;
  out.dram_bytes = out.cost.memories.front().traffic.bytes().value();
  return out;
}

base::Result<Costed> cost_scenario(const std::string& path, const Settings& settings,
                                   Documents& documents) {
  EINFALL_TRY(const auto scenario, documents.scenarios().get(path));
  EINFALL_TRY(const Resolved resolved, resolve(*scenario, settings, documents.scenarios()));
  return cost_scenario(resolved, documents);
}

base::Result<std::shared_ptr<const einsum::Cascade>> Documents::cascade(const std::string& path) {
  auto& slot = cascades_[path];
  if (!slot) {
    base::Diagnostics remarks;
    EINFALL_TRY(einsum::Cascade loaded, einsum::load_cascade(path, remarks));
    slot = std::make_shared<const einsum::Cascade>(std::move(loaded));
  }
  return slot;
}

base::Result<std::shared_ptr<const arch::Machine>> Documents::machine(
    const std::string& path, const std::map<std::string, RegisterFile>& registers) {
  std::string key = path;
  for (const auto& [unit, file] : registers) key += '\n' + unit + '=' + file.component.value;
  auto& slot = machines_[key];
  if (slot) return slot;
  EINFALL_TRY(arch::Machine machine, arch::load_machine(path));
  for (const auto& [unit, file] : registers)
    if (auto errors = set_registers(machine, file); !errors.empty())
      return base::failure(std::move(errors));
  slot = std::make_shared<const arch::Machine>(std::move(machine));
  return slot;
}

base::Result<std::map<std::string, std::int64_t>> Documents::model(const std::string& path) {
  const auto it = models_.find(path);
  if (it != models_.end()) return it->second;
  EINFALL_TRY(const mappings::ModelShapes loaded, mappings::load_model(path));
  Sizes sizes = loaded.sizes;
  sizes[loaded.batch_rank] = loaded.batch;
  for (const mappings::LinearShape& layer : loaded.linear) {
    sizes[layer.name + ".K"] = layer.k;
    sizes[layer.name + ".N"] = layer.n;
  }
  return models_[path] = std::move(sizes);
}

base::Result<std::shared_ptr<const mappings::Mapping>> Documents::mapping(const std::string& path) {
  auto& slot = mappings_[path];
  if (!slot) {
    EINFALL_TRY(mappings::Mapping loaded, mappings::load_mapping(path));
    slot = std::make_shared<const mappings::Mapping>(std::move(loaded));
  }
  return slot;
}

}  // namespace einfall::explore
