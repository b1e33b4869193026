#include "arch/assemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "arch/assemble_checks.hpp"
#include "arch/dataflow.hpp"
#include "base/overloaded.hpp"

namespace einfall::arch {
namespace {

// The entry of `parts` called `name`, or nullptr.
template <class T>
const T* named(const std::vector<T>& parts, const std::string& name) {
  const auto it =
      std::find_if(parts.begin(), parts.end(), [&](const T& p) { return p.name.value == name; });
  return it == parts.end() ? nullptr : &*it;
}

// Every feature is built and everything built is a feature.
template <class F, class I>
void check_halves(const std::vector<F>& features, const std::vector<I>& built, const char* what,
                  base::Diagnostics& sink) {
  std::vector<std::string> known;
  for (const F& f : features) {
    known.push_back(f.name.value);
    if (named(built, f.name.value) == nullptr)
      sink.push_back(base::error(
          "E702", f.name.span,
          fmt::format("{} '{}' has no entry under 'implementation'", what, f.name.value),
          "say there what it is built of"));
  }
  for (const I& i : built) {
    if (named(features, i.name.value) != nullptr) continue;
    const std::string close = base::nearest(i.name.value, known);
    sink.push_back(base::error(
        "E702", i.name.span,
        fmt::format("'implementation' builds the {} '{}', which the features do not have", what,
                    i.name.value),
        close.empty() ? fmt::format("features: {}", fmt::join(known, " "))
                      : fmt::format("did you mean '{}'?", close)));
  }
}

// False: reported.
bool shape_of(const UnitFeature& feature, ComputeUnit& unit, base::Diagnostics& sink) {
  const bool spatial = feature.rows || feature.columns;
  if (spatial == feature.lanes.has_value() || (spatial && !(feature.rows && feature.columns))) {
    sink.push_back(base::error(
        "E703", feature.name.span,
        fmt::format("unit '{}' needs either rows and columns or lanes", feature.name.value),
        "rows and columns make a spatial array, lanes a vector unit"));
    return false;
  }
  unit.kind = spatial ? UnitKind::kSpatialArray : UnitKind::kVector;
  unit.rows = spatial ? feature.rows->value : 1;
  unit.columns = spatial ? feature.columns->value : feature.lanes->value;
  return true;
}

void dataflows_of(const UnitFeature& feature, ComputeUnit& unit, base::Diagnostics& sink) {
  if (feature.dataflows.empty()) unit.dataflows.push_back(Dataflow::kVector);
  for (const Located<std::string>& written : feature.dataflows) {
    const std::optional<Dataflow> dataflow = read_dataflow(written, sink);
    if (!dataflow) continue;
    if ((*dataflow == Dataflow::kVector) == (unit.kind == UnitKind::kVector)) {
      unit.dataflows.push_back(*dataflow);
      continue;
    }
    sink.push_back(
        base::error("E703", written.span,
                    fmt::format("unit '{}' is a {} and cannot have the dataflow '{}'", unit.name,
                                unit.kind == UnitKind::kVector ? "vector unit" : "spatial array",
                                written.value),
                    "vector units have the dataflow 'vector', spatial arrays all the others"));
  }
}

// The components of the primitive operators.
void components_of(const UnitImplementation& built, ComputeUnit& unit, base::Diagnostics& sink) {
  for (Operator& op : unit.operators) {
    if (!op.primitives.empty()) continue;
    for (const auto& [name, component] : built.operators)
      if (name.value == op.name) {
        op.component = component.value;
        op.component_span = component.span;
      }
    if (op.component.empty())
      sink.push_back(base::error(
          "E710", op.span,
          fmt::format("operator '{}' of unit '{}' has no component", op.name, unit.name),
          "name one under implementation.units." + unit.name + ".operators"));
  }
  for (const auto& [name, component] : built.operators) {
    const Operator* op = unit.find(name.value);
    if (op == nullptr || !op->primitives.empty())
      sink.push_back(base::error(
          "E710", name.span,
          fmt::format("unit '{}' has no primitive operator '{}'", unit.name, name.value),
          op == nullptr ? "operators are features of the unit"
                        : "it is composed: its parts have the components"));
  }
}

ComputeUnit unit_of(const UnitFeature& feature, const UnitImplementation& built,
                    base::Diagnostics& sink) {
  ComputeUnit unit;
  unit.name = feature.name.value;
  unit.span = feature.name.span;
  unit.instances = feature.instances;
  unit.clock = feature.clock;
  unit.form_of = feature.form_of;
  unit.fused_multiply_add = feature.fused_multiply_add;
  unit.hop_latency = built.hop_latency;
  unit.pe_area = built.pe_area;
  unit.unit_area = built.unit_area;
  if (shape_of(feature, unit, sink)) dataflows_of(feature, unit, sink);
  unit.operators = resolve_operators(feature, sink);
  if (feature.operators.empty())
    sink.push_back(base::error("E703", feature.name.span,
                               fmt::format("unit '{}' has no operators", unit.name)));
  components_of(built, unit, sink);
  if (!feature.registers) return unit;
  unit.registers.entries = feature.registers->value;
  unit.registers.span = feature.registers->span;
  unit.registers.width = built.register_width;
  unit.registers.shared = built.shared_registers;
  if (unit.registers.entries == 0) return unit;
  if (built.register_component)
    unit.registers.component =
        register_component(built.register_component->value, unit.registers.entries);
  else
    sink.push_back(
        base::error("E710", feature.registers->span,
                    fmt::format("the registers of unit '{}' have no component", unit.name),
                    "name one under implementation.units." + unit.name + ".registers"));
  return unit;
}

int bits(const base::numerics::Format& format) {
  return std::visit(base::Overloaded{[](const base::numerics::FloatFormat& f) { return f.bits(); },
                                     [](const base::numerics::FixedFormat& f) { return f.bits; },
                                     [](const base::numerics::BoolFormat&) { return 1; }},
                    format);
}

Memory memory_of(const MemoryFeature& feature, const MemoryImplementation& built) {
  Memory memory;
  memory.name = feature.name.value;
  memory.span = feature.name.span;
  memory.instances = feature.instances;
  if (feature.cold) memory.cold = ColdStart{feature.cold->bytes, feature.cold->bandwidth};
  memory.capacity = feature.capacity;
  memory.row = feature.row.value;
  memory.banks = built.banks.value;
  memory.read_ports = built.ports.read;
  memory.write_ports = built.ports.write;
  memory.shared_ports = built.ports.shared;
  memory.bandwidth = feature.bandwidth;
  memory.latency = built.latency;
  memory.component_pattern = built.component ? built.component->value : std::string();
  memory.component = memory_component(memory.component_pattern, memory);
  return memory;
}

// Evaluation rounds to the operand format, costs count words.
void check_operand(const MachineDocument& document, base::Diagnostics& sink) {
  const auto& operand = document.features.numerics.operand;
  const std::int64_t word = document.word.value.value() * 8;
  if (!operand || bits(*operand) <= word) return;
  base::Diagnostic out =
      base::error("E721", document.features.operand_span,
                  fmt::format("operands are {}, {} bits each, in words of {}", name(*operand),
                              bits(*operand), word),
                  "choose a format that fits the word, or the word of this format");
  out.notes.push_back({document.word.span, "the word"});
  sink.push_back(std::move(out));
}

}  // namespace

base::Result<Machine> assemble(MachineDocument document, Tables tables) {
  base::Diagnostics sink;
  Machine machine;
  machine.name = document.name.value;
  machine.doc = std::move(document.doc);
  machine.clock = document.clock;
  machine.word = document.word.value;
  machine.tables = std::move(tables);
  machine.no_energy = std::move(document.no_energy);
  machine.numerics = document.features.numerics;
  machine.tasks = document.features.tasks.costs;
  machine.links = std::move(document.features.links);
  machine.file = document.name.span.file;
  const Features& features = document.features;
  const Implementation& built = document.implementation;
  check_halves(features.units, built.units, "unit", sink);
  check_halves(features.memories, built.memories, "memory", sink);
  for (const UnitFeature& unit : features.units)
    if (const UnitImplementation* half = named(built.units, unit.name.value))
      machine.units.push_back(unit_of(unit, *half, sink));
  for (const MemoryFeature& memory : features.memories)
    if (const MemoryImplementation* half = named(built.memories, memory.name.value))
      machine.memories.push_back(memory_of(memory, *half));
  check_operand(document, sink);
  check_machine(machine, document.name.span, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return machine;
}

}  // namespace einfall::arch
