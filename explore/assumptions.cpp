#include "explore/assumptions.hpp"

#include "arch/fields.hpp"
#include "base/yaml/path.hpp"

namespace einfall::explore {
namespace {

using base::Presence;
using base::yaml::Node;
using Kind = AssumedName::Kind;
using mappings::OperatorName;

base::Field<Patch> flag(const std::string& key, const std::string& fallback, const std::string& doc,
                        std::optional<bool> Patch::*member) {
  return arch::field<Patch, std::optional<bool>, bool>(
      key, "true or false", Presence::kOptional, fallback, doc, member, base::yaml::read_bool);
}

base::Schema<OperatorName> operator_schema() {
  using arch::name_field;
  return {"operator of a unit",
          "Names an operator for `free_operators` and `unpriced_operators`.",
          {name_field("unit", Presence::kRequired, "unit of the machine", &OperatorName::unit),
           name_field("op", Presence::kRequired, "its operator", &OperatorName::op),
           name_field("einsum", Presence::kOptional, "only there; else everywhere",
                      &OperatorName::einsum)}};
}

void name_parts(const Node& item, const OperatorName& name, std::vector<AssumedName>& out) {
  for (const auto& entry : item.entries) {
    const arch::Located<std::string> named{entry.value.text, entry.value.span};
    if (entry.key.text == "unit") out.push_back({Kind::kUnit, named, {}});
    if (entry.key.text == "op") out.push_back({Kind::kOperator, named, name.unit});
    if (entry.key.text == "einsum") out.push_back({Kind::kEinsum, named, {}});
  }
}

base::Field<Patch> operators(const std::string& key, const std::string& doc,
                             std::vector<OperatorName> Patch::*member) {
  const auto read = [member](const Node& node, Patch& out, base::Diagnostics& sink) {
    for (const Node* item : arch::items_of(node)) {
      OperatorName name;
      if (!base::read_object(operator_schema(), *item, name, sink)) continue;
      name_parts(*item, name, out.names);
      (out.*member).push_back(std::move(name));
    }
  };
  return {key, "list of {unit, op, einsum}", Presence::kOptional, "none", doc, read};
}

bool is_map(const Node& node, const std::string& what, base::Diagnostics& sink) {
  if (node.is_map()) return true;
  sink.push_back(base::error("E016", node.span,
                             what + " is a map, found " + std::string(base::yaml::describe(node))));
  return false;
}

// "1", "2/3".
void read_fraction(const Node& node, mappings::ExtraRead& out, base::Diagnostics& sink) {
  const std::string what = "the part of '" + out.tensor + "' that is read again";
  const std::optional<std::string> text = base::yaml::read_text(node, what, sink);
  if (!text) return;
  const std::size_t slash = text->find('/');
  Node part = node;
  part.text = text->substr(0, slash);
  const auto top = base::yaml::read_integer(part, what, 0, 1000000, sink);
  if (top) out.numerator = *top;
  if (slash == std::string::npos) return;
  part.text = text->substr(slash + 1);
  const auto bottom = base::yaml::read_integer(part, what, 1, 1000000, sink);
  if (bottom) out.denominator = *bottom;
}

base::Field<Patch> extra_reads() {
  const auto read = [](const Node& node, Patch& out, base::Diagnostics& sink) {
    if (!is_map(node, "'extra_reads'", sink)) return;
    for (const auto& entry : node.entries) {
      mappings::ExtraRead extra;
      extra.tensor = entry.key.text;
      out.names.push_back({Kind::kTensor, {entry.key.text, entry.key.span}, {}});
      read_fraction(entry.value, extra, sink);
      out.extra_reads.push_back(extra);
    }
  };
  return {"extra_reads",
          "TENSOR -> fraction",
          Presence::kOptional,
          "none",
          "tensors that are read once more than needed from the memory their Einsum writes; costs "
          "energy only",
          read};
}

base::Field<Patch> sizing_capacity() {
  const auto read = [](const Node& node, Patch& out, base::Diagnostics& sink) {
    if (!is_map(node, "'sizing_capacity'", sink)) return;
    for (const auto& entry : node.entries) {
      out.names.push_back({Kind::kMemory, {entry.key.text, entry.key.span}, {}});
      if (const auto bytes = base::yaml::read_bytes(entry.value, "a capacity", sink))
        out.sizing_capacity.emplace_back(entry.key.text, *bytes);
    }
  };
  return {"sizing_capacity",
          "memory -> bytes",
          Presence::kOptional,
          "the machine's",
          "capacity that automatic parts are sized for",
          read};
}

base::Field<Patch> unchecked_capacity() {
  const auto read = [](const Node& node, Patch& out, base::Diagnostics& sink) {
    for (const auto& memory : arch::read_names(node, "'unchecked_capacity'", sink)) {
      out.names.push_back({Kind::kMemory, memory, {}});
      out.unchecked_capacity.push_back(memory.value);
    }
  };
  return {"unchecked_capacity",
          "list of memories",
          Presence::kOptional,
          "none",
          "memories that may be asked to keep more than they hold",
          read};
}

base::Field<Patch> registers() {
  const auto read = [](const Node& node, Patch& out, base::Diagnostics& sink) {
    if (!is_map(node, "'registers'", sink)) return;
    for (const auto& entry : node.entries)
      if (const auto text = base::yaml::read_text(entry.value, "a component", sink))
        out.registers.push_back({{entry.key.text, entry.key.span}, {*text, entry.value.span}});
  };
  return {"registers",
          "unit -> component",
          Presence::kOptional,
          "the machine's",
          "component of the tables that stands for a unit's registers; {entries} is put in",
          read};
}

base::Field<Patch> register_counting() {
  const auto read = [](const Node& node, Patch& out, base::Diagnostics& sink) {
    const auto choice = base::yaml::read_choice(node, "the counting of register accesses",
                                                {"total", "per-instance"}, sink);
    if (choice)
      out.register_counting = *choice == 0 ? mappings::RegisterCounting::kTotal
                                           : mappings::RegisterCounting::kPerInstance;
  };
  return {"register_counting",
          "total or per-instance",
          Presence::kOptional,
          "total",
          "register accesses of all PEs, or of one",
          read};
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void apply(const Patch& patch, Assumptions& out) {
  if (patch.register_counting) out.model.register_counting = *patch.register_counting;
  if (patch.fill_and_drain) out.model.fill_and_drain = *patch.fill_and_drain;
  if (patch.drain_listed_only) out.model.drain_listed_only = *patch.drain_listed_only;
  if (patch.unlimited_ports) out.model.unlimited_ports = *patch.unlimited_ports;
  if (patch.fractional_spill) out.model.fractional_spill = *patch.fractional_spill;
  append(out.model.free_operators, patch.free_operators);
  append(out.model.unpriced_operators, patch.unpriced_operators);
  append(out.model.extra_reads, patch.extra_reads);
  for (const auto& [memory, capacity] : patch.sizing_capacity)
    out.bind.sizing_capacity[memory] = capacity;
  append(out.bind.unchecked_capacity, patch.unchecked_capacity);
  if (!patch.mapping.value.empty()) out.mapping = patch.mapping;
  for (const RegisterFile& file : patch.registers) out.registers[file.unit.value] = file;
  append(out.names, patch.names);
}

bool acts_when_pipelined(const Patch& patch) {
  return patch.register_counting || patch.unlimited_ports || patch.fractional_spill ||
         !patch.free_operators.empty() || !patch.unpriced_operators.empty() ||
         !patch.extra_reads.empty() || !patch.sizing_capacity.empty() ||
         !patch.unchecked_capacity.empty() || !patch.registers.empty() ||
         !patch.mapping.value.empty();
}

bool only_extra_reads(const Patch& patch) {
  Patch others = patch;
  others.extra_reads.clear();
  return !patch.extra_reads.empty() && !acts_when_pipelined(others) && !patch.fill_and_drain &&
         !patch.drain_listed_only;
}

base::Schema<Patch> patch_schema() {
  return {
      "assumptions of a scenario",
      "What the model assumes besides the documents: under `assume`, or set by a quirk.",
      {register_counting(),
       flag("fill_and_drain", "true",
            "iterations, units and transfers of a phased schedule wait for each other; else every "
            "unit does all its work of a phase without",
            &Patch::fill_and_drain),
       flag("drain_listed_only", "false",
            "only producers listed under `drained` delay a barrier; else every dependence that "
            "crosses one does",
            &Patch::drain_listed_only),
       flag("unlimited_ports", "false", "memories on the chip move any number of rows a cycle",
            &Patch::unlimited_ports),
       flag("fractional_spill", "false",
            "what is not resident is a fraction of every access, which still passes the buffer; "
            "else whole tiles spill and bypass it",
            &Patch::fractional_spill),
       operators("free_operators", "operators that take no issue slots", &Patch::free_operators),
       operators("unpriced_operators", "operators that cost no energy", &Patch::unpriced_operators),
       extra_reads(), sizing_capacity(), unchecked_capacity(), registers(),
       arch::field<Patch, arch::Located<std::string>, std::string>(
           "mapping", "path", Presence::kOptional, "", "another mapping", &Patch::mapping,
           base::yaml::read_path)}};
}

}  // namespace einfall::explore
