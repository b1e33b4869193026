#include "arch/document.hpp"

#include "arch/document_units.hpp"
#include "arch/fields.hpp"
#include "base/yaml/path.hpp"

namespace einfall::arch {
namespace {

using base::Field;
using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

// A map from names to objects that know their name.
template <class T, class V>
Field<T> parts_field(std::string key, std::string type, Presence presence, std::string doc,
                     Schema<V> (*schema)(), std::vector<V> T::*member) {
  return map_field<T, V>(std::move(key), std::move(type), presence, std::move(doc), schema,
                         [member](T& out, const yaml::Node& name, V value) {
                           value.name = {name.text, name.span};
                           (out.*member).push_back(std::move(value));
                         });
}

std::optional<base::Bytes> read_word(const yaml::Node& node, const std::string& what,
                                     base::Diagnostics& sink) {
  const auto word = yaml::read_bytes(node, what, sink);
  if (!word || word->value() > 0) return word;
  sink.push_back(base::error("E020", node.span, what + " is 0, it must be at least a byte"));
  return std::nullopt;
}

void read_links(const yaml::Node& node, Features& out, base::Diagnostics& sink) {
  const Schema<Link> schema = link_schema();
  for (const yaml::Node* item : items_of(node)) {
    Link link;
    link.span = item->span;
    if (base::read_object(schema, *item, link, sink)) out.links.push_back(std::move(link));
  }
}

Field<TasksFeature> task_cost(std::string key, std::string doc, base::Cycles TaskCosts::*cost) {
  return {std::move(key),
          "cycles",
          Presence::kOptional,
          "0 cycles",
          std::move(doc),
          [cost](const yaml::Node& node, TasksFeature& out, base::Diagnostics& sink) {
            if (auto cycles = yaml::read_cycles(node, "a cost of tasks", sink))
              out.costs.*cost = *cycles;
          }};
}

Schema<TasksFeature> tasks_schema() {
  return {"costs of tasks",
          "What tasks that a mapping dispatches cost beside their work.",
          {task_cost("launch", "from asking for a run to its first task", &TaskCosts::launch),
           task_cost("start", "of each task, on its instance", &TaskCosts::start),
           source_field("where these numbers come from", &TasksFeature::source)}};
}

Schema<Features> features_schema() {
  return {
      "features of a machine",
      "What exists.",
      {parts_field("units", "name -> compute unit", Presence::kRequired, "compute units",
                   unit_feature_schema, &Features::units),
       parts_field("memories", "name -> memory", Presence::kRequired,
                   "memories, outermost (DRAM) first", memory_feature_schema, &Features::memories),
       {"links", "list of links", Presence::kOptional, "",
        "direct paths, one of which whatever moves must take; none listed: everything is connected",
        read_links},
       object_field<Features, TasksFeature>("tasks", Presence::kOptional,
                                            "what running tasks costs beside their work",
                                            &Features::tasks, tasks_schema),
       {"numerics", "map", Presence::kOptional, "", "formats, order, approximations",
        [](const yaml::Node& node, Features& out, base::Diagnostics& sink) {
          base::read_object(numerics_schema(), node, out.numerics, sink);
          if (const yaml::Node* operand = node.find("operand")) out.operand_span = operand->span;
        }}}};
}

Schema<Implementation> implementation_schema() {
  return {"implementation of a machine",
          "How its features are built.",
          {parts_field("units", "name -> implementation of a unit", Presence::kRequired,
                       "one for each unit of the features", unit_implementation_schema,
                       &Implementation::units),
           parts_field("memories", "name -> implementation of a memory", Presence::kRequired,
                       "one for each memory of the features", memory_implementation_schema,
                       &Implementation::memories)}};
}

}  // namespace

Schema<MachineDocument> machine_schema() {
  return {
      "machine document",
      "What a machine has and how it is built. `extends` names another machine document whose "
      "entries hold wherever this one has none.",
      {version_field<MachineDocument>(),
       field<MachineDocument, Located<std::string>, std::string>(
           "machine", "name", Presence::kRequired, "", "name of the machine",
           &MachineDocument::name, yaml::read_name),
       {"extends", "path", Presence::kOptional, "", "another machine document, relative to this",
        [](const yaml::Node&, MachineDocument&, base::Diagnostics&) {}},  // done by merge.hpp
       text_field("doc", Presence::kOptional, "what it is", &MachineDocument::doc),
       source_field("where clock and word come from", &MachineDocument::source),
       field<MachineDocument, base::Hertz, base::Hertz>("clock", "frequency", Presence::kRequired,
                                                        "", "`940 MHz`", &MachineDocument::clock,
                                                        yaml::read_hertz),
       field<MachineDocument, Located<base::Bytes>, base::Bytes>(
           "word", "size", Presence::kRequired, "", "of an operand unless it is typed",
           &MachineDocument::word, read_word),
       {"tables", "list of paths", Presence::kOptional, "",
        "energy and area tables, relative to this document; no row stands in two",
        [](const yaml::Node& node, MachineDocument& out, base::Diagnostics& sink) {
          for (const yaml::Node* item : items_of(node))
            if (auto path = yaml::read_path(*item, "an entry of 'tables'", sink))
              out.tables.push_back({std::move(*path), item->span});
        }},
       object_field<MachineDocument, Features>("features", Presence::kRequired, "what exists",
                                               &MachineDocument::features, features_schema),
       object_field<MachineDocument, Implementation>(
           "implementation", Presence::kRequired, "how it is built",
           &MachineDocument::implementation, implementation_schema),
       text_field("no_energy", Presence::kOptional,
                  "why the energy of this machine is not known: no row of energy is looked for",
                  &MachineDocument::no_energy)}};
}

std::vector<base::SchemaTable> schema_tables() {
  std::vector<base::SchemaTable> all = {table_of(machine_schema()), table_of(features_schema()),
                                        table_of(implementation_schema()),
                                        table_of(numerics_schema()), table_of(tasks_schema())};
  for (const auto& tables : {unit_schema_tables(), memory_schema_tables(), table_document_tables(),
                             dram_schema_tables()})
    all.insert(all.end(), tables.begin(), tables.end());
  return all;
}

}  // namespace einfall::arch
