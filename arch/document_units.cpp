#include "arch/document_units.hpp"

#include <limits>

#include "arch/fields.hpp"

namespace einfall::arch {
namespace {

using base::Field;
using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

// A machine's extents stay far below what 64-bit products of three of them can hold.
constexpr std::int64_t kMaxExtent = std::int64_t{1} << 20;
constexpr std::int64_t kMaxCycles = std::int64_t{1} << 20;

template <class T>
void each_entry(const yaml::Node& node, const std::string& what, base::Diagnostics& sink,
                const T& use) {
  if (!node.is_map()) {
    sink.push_back(
        base::error("E016", node.span,
                    what + " is a map of names, found " + std::string(yaml::describe(node))));
    return;
  }
  for (const yaml::MapEntry& entry : node.entries)
    if (auto name = yaml::read_name(entry.key, "a name in " + what, sink))
      use(Located<std::string>{std::move(*name), entry.key.span}, entry.value);
}

Schema<OperatorFeature> operator_schema() {
  return {"operator",
          "A primitive operator with its cycles, or one composed of others.",
          {integer_field("issue", Presence::kOptional, "1",
                         "cycles a lane is busy with one element (primitive operators)",
                         &OperatorFeature::issue_cycles, 1, kMaxCycles),
           integer_field("latency", Presence::kOptional, "issue, or the sum of the parts",
                         "cycles from issue to result, and between two steps of a sum in one place",
                         &OperatorFeature::latency, 1, kMaxCycles),
           {"compose", "operator -> count", Presence::kOptional, "",
            "what it is made of: `{mac: 6}`; its cycles and energy are theirs",
            [](const yaml::Node& node, OperatorFeature& out, base::Diagnostics& sink) {
              each_entry(
                  node, "'compose'", sink, [&](Located<std::string> part, const yaml::Node& value) {
                    if (auto count =
                            yaml::read_integer(value, "how often it is used", 1, kMaxCycles, sink))
                      out.compose.emplace_back(std::move(part), *count);
                  });
            }}}};
}

void read_operators(const yaml::Node& node, UnitFeature& out, base::Diagnostics& sink) {
  const Schema<OperatorFeature> schema = operator_schema();
  each_entry(node, "'operators'", sink, [&](Located<std::string> name, const yaml::Node& value) {
    OperatorFeature op;
    op.name = std::move(name);
    if (base::read_object(schema, value, op, sink)) out.operators.push_back(std::move(op));
  });
}

Field<UnitImplementation> area_field(std::string key, std::string doc,
                                     std::vector<AreaItem> UnitImplementation::*member) {
  auto read = [member, what = "'" + key + "'"](const yaml::Node& node, UnitImplementation& out,
                                               base::Diagnostics& sink) {
    each_entry(node, what, sink, [&](Located<std::string> component, const yaml::Node& value) {
      if (auto count = yaml::read_integer(value, "how many there are", 1, kMaxExtent, sink))
        (out.*member).push_back({component.value, *count, component.span});
    });
  };
  return {std::move(key), "component -> count", Presence::kOptional, "", std::move(doc), read};
}

}  // namespace

Schema<UnitFeature> unit_feature_schema() {
  return {"compute unit",
          "A spatial array (rows and columns) or a vector unit (lanes), and what it can do.",
          {integer_field("rows", Presence::kOptional, "", "of a spatial array", &UnitFeature::rows,
                         1, kMaxExtent),
           integer_field("columns", Presence::kOptional, "", "of a spatial array",
                         &UnitFeature::columns, 1, kMaxExtent),
           integer_field("lanes", Presence::kOptional, "", "of a vector unit", &UnitFeature::lanes,
                         1, kMaxExtent),
           integer_field("instances", Presence::kOptional, "1",
                         "how many of them; a mapping says which work each does (E822)",
                         &UnitFeature::instances, 1, kMaxExtent),
           field<UnitFeature, std::optional<base::Hertz>, base::Hertz>(
               "clock", "frequency", Presence::kOptional, "the machine's",
               "at which it issues; times the tasks that a mapping dispatches, nothing else",
               &UnitFeature::clock, yaml::read_hertz),
           {"form_of", "name of a unit", Presence::kOptional, "hardware of its own",
            "the unit whose hardware this is, with other operands or at another rate: what is "
            "dispatched to both takes turns",
            [](const yaml::Node& node, UnitFeature& out, base::Diagnostics& sink) {
              if (auto name = yaml::read_name(node, "a unit", sink))
                out.form_of = Located<std::string>{std::move(*name), node.span};
            }},
           {"dataflows", "list of dataflows", Presence::kOptional, "[vector]",
            "output-stationary, weight-stationary, in-place, column-reduce, vector",
            [](const yaml::Node& node, UnitFeature& out, base::Diagnostics& sink) {
              out.dataflows = read_names(node, "a dataflow", sink);
            }},
           {"operators", "name -> operator", Presence::kRequired, "",
            "each operator with its cycles for one element and lane", read_operators},
           bool_field("fused_multiply_add", "false",
                      "a product that only feeds a sum in another Einsum is one mac",
                      &UnitFeature::fused_multiply_add),
           integer_field("registers", Presence::kOptional, "0", "entries beside each PE or lane",
                         &UnitFeature::registers, 0, kMaxExtent),
           source_field("where these numbers come from", &UnitFeature::source)}};
}

Schema<UnitImplementation> unit_implementation_schema() {
  return {
      "implementation of a unit",
      "Which components of the tables a unit is built of.",
      {{"operators", "operator -> component", Presence::kRequired, "",
        "the component of each primitive operator",
        [](const yaml::Node& node, UnitImplementation& out, base::Diagnostics& sink) {
          each_entry(
              node, "'operators'", sink, [&](Located<std::string> op, const yaml::Node& value) {
                if (auto component = yaml::read_name(value, "a component", sink))
                  out.operators.emplace_back(
                      std::move(op), Located<std::string>{std::move(*component), value.span});
              });
        }},
       text_field("registers", Presence::kOptional,
                  "the component of the registers; `{entries}` is put in",
                  &UnitImplementation::register_component),
       field<UnitImplementation, base::Bits, base::Bits>(
           "register_width", "size", Presence::kOptional, "16 bit", "of one register",
           &UnitImplementation::register_width,
           [](const yaml::Node& node, const std::string& what,
              base::Diagnostics& sink) -> std::optional<base::Bits> {
             const auto bytes = yaml::read_bytes(node, what, sink);
             if (!bytes) return std::nullopt;
             if (bytes->value() >= 1 && bytes->value() <= kMaxExtent)
               return base::Bits(bytes->value() * 8);
             sink.push_back(base::error("E020", node.span, what + " must be from 8 bit to 1 MiB"));
             return std::nullopt;
           }),
       bool_field("shared_registers", "false",
                  "one register file for the whole unit instead of one beside each lane",
                  &UnitImplementation::shared_registers),
       integer_field("hop_latency", Presence::kOptional, "1", "cycles from a PE to its neighbour",
                     &UnitImplementation::hop_latency, 1, kMaxCycles),
       area_field("area_per_pe", "components beside each PE or lane, registers not repeated",
                  &UnitImplementation::pe_area),
       area_field("area_per_unit", "components that the unit has once",
                  &UnitImplementation::unit_area),
       source_field("where these numbers come from", &UnitImplementation::source)}};
}

std::vector<base::SchemaTable> unit_schema_tables() {
  return {table_of(unit_feature_schema()), table_of(operator_schema()),
          table_of(unit_implementation_schema())};
}

}  // namespace einfall::arch
