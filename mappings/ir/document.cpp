#include "mappings/ir/document.hpp"

#include "arch/dataflow.hpp"
#include "arch/fields.hpp"
#include "arch/merge.hpp"
#include "base/yaml/path.hpp"

namespace einfall::mappings {
namespace {

using arch::bool_field;
using arch::field;
using arch::name_field;
using arch::text_field;
using base::Field;
using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

template <class T>
Field<T> names_field(std::string key, std::string type, Presence presence, std::string doc,
                     std::vector<Located<std::string>> T::*member, std::string what) {
  auto read = [member, what = std::move(what)](const yaml::Node& node, T& out,
                                               base::Diagnostics& sink) {
    out.*member = arch::read_names(node, what, sink);
  };
  return {std::move(key), std::move(type), presence, "", std::move(doc), read};
}

// A list of nodes, each read by node_schema.
void read_nodes(const yaml::Node& node, std::vector<LoopNode>& out, base::Diagnostics& sink) {
  const Schema<LoopNode> schema = node_schema();
  for (const yaml::Node* item : arch::items_of(node)) {
    LoopNode child;
    child.span = item->span;
    if (!base::read_object(schema, *item, child, sink)) continue;
    if (child.children.empty() == child.einsums.empty())
      sink.push_back(base::error("E801", item->span,
                                 child.einsums.empty()
                                     ? "a node of the nest has neither 'nest' nor 'einsums'"
                                     : "a node of the nest has both 'nest' and 'einsums'",
                                 "a leaf lists the Einsums that share its iterations, any other "
                                 "node the nodes inside its loops"));
    out.push_back(std::move(child));
  }
}

void read_example_sizes(const yaml::Node& node, Example& out, base::Diagnostics& sink) {
  if (!node.is_map()) {
    sink.push_back(base::error("E016", node.span, "'sizes' is a map of ranks"));
    return;
  }
  for (const yaml::MapEntry& entry : node.entries)
    if (auto size =
            yaml::read_integer(entry.value, "the size of a rank", 1, std::int64_t{1} << 40, sink))
      out.sizes[entry.key.text] = *size;
}

Field<Example> path_field(std::string key, std::string doc, std::string Example::*member,
                          base::SourceSpan Example::*place) {
  auto read = [member, place, what = "'" + key + "'"](const yaml::Node& node, Example& out,
                                                      base::Diagnostics& sink) {
    out.*place = node.span;
    if (auto path = yaml::read_path(node, what, sink))
      out.*member = arch::beside(node.span.file ? node.span.file->name : "", *path);
  };
  return {std::move(key), "path", Presence::kRequired, "", std::move(doc), read};
}

Schema<Example> example_schema() {
  return {"example of a mapping",
          "What `check` tries the mapping on.",
          {path_field("cascade", "a cascade document, relative to this", &Example::cascade,
                      &Example::cascade_at),
           path_field("machine", "a machine document, relative to this", &Example::machine,
                      &Example::machine_at),
           {"sizes", "RANK -> integer", Presence::kOptional, "", "sizes of ranks",
            read_example_sizes}}};
}

Schema<Absorbed> absorbed_schema() {
  return {
      "absorbed Einsum",
      "An Einsum that is done elsewhere: no operations and no traffic here.",
      {field<Absorbed, Located<std::string>, std::string>(
           "into", "tensor", Presence::kRequired, "",
           "the input tensor that already holds its result", &Absorbed::into, yaml::read_name),
       text_field("why", Presence::kRequired, "where the work is done instead", &Absorbed::why)}};
}

// A map from Einsums to objects.
template <class V>
Field<Mapping> einsums_field(std::string key, std::string type, Presence presence, std::string doc,
                             Schema<V> (*schema)(), std::vector<V> Mapping::*member) {
  return arch::map_field<Mapping, V>(std::move(key), std::move(type), presence, std::move(doc),
                                     schema,
                                     [member](Mapping& out, const yaml::Node& name, V value) {
                                       value.einsum = name.text;
                                       value.span = name.span;
                                       (out.*member).push_back(std::move(value));
                                     });
}

}  // namespace

Schema<LoopNode> node_schema() {
  return {"node of a nest",
          "Loops, and inside them either further nodes or the Einsums of a leaf.",
          {names_field("loops", "list of rank parts", Presence::kOptional,
                       "loops of this node, outermost first; a split rank's own name stands for "
                       "all of its parts",
                       &LoopNode::loops, "a loop"),
           {"keep", "place -> list of tensors", Presence::kOptional, "",
            "what stays in a memory or in a unit's registers during an iteration of these loops",
            read_keeps},
           {"nest", "list of nodes", Presence::kOptional, "", "inside the loops, run in order",
            [](const yaml::Node& node, LoopNode& out, base::Diagnostics& sink) {
              read_nodes(node, out.children, sink);
            }},
           names_field("einsums", "list of Einsums", Presence::kOptional,
                       "a leaf: they share each iteration, values pass between them directly",
                       &LoopNode::einsums, "an Einsum")}};
}

Schema<Binding> binding_schema() {
  return {"binding of an Einsum",
          "Where and how an Einsum runs.",
          {field<Binding, Located<std::string>, std::string>("unit", "name", Presence::kRequired,
                                                             "", "compute unit", &Binding::unit,
                                                             yaml::read_name),
           {"dataflow", "dataflow", Presence::kOptional, "vector",
            "output-stationary, weight-stationary, in-place, column-reduce or vector",
            [](const yaml::Node& node, Binding& out, base::Diagnostics& sink) {
              auto text = yaml::read_name(node, "'dataflow'", sink);
              if (!text) return;
              if (auto dataflow = arch::read_dataflow({std::move(*text), node.span}, sink))
                out.dataflow = *dataflow;
            }},
           names_field("rows", "rank parts", Presence::kOptional, "laid on the rows of an array",
                       &Binding::rows, "a rank part"),
           names_field("columns", "rank parts", Presence::kOptional,
                       "laid on the columns of an array", &Binding::columns, "a rank part"),
           names_field("lanes", "rank parts", Presence::kOptional,
                       "laid on the lanes of a vector unit", &Binding::columns, "a rank part"),
           names_field("time", "rank parts", Presence::kOptional,
                       "stepped inside one tile, innermost last", &Binding::time, "a rank part"),
           field<Binding, std::optional<Located<std::string>>, std::string>(
               "stationary", "tensor", Presence::kOptional, "",
               "weight-stationary: the operand that stays in the PEs", &Binding::stationary,
               yaml::read_name)}};
}

Schema<Mapping> mapping_schema() {
  return {
      "mapping document",
      "How a cascade runs on a machine: ranks cut, loops ordered, tensors kept, Einsums bound "
      "and scheduled.",
      {arch::version_field<Mapping>(),
       name_field("mapping", Presence::kRequired, "name of the mapping", &Mapping::name),
       text_field("doc", Presence::kOptional, "what it is", &Mapping::doc),
       {"partition", "rank -> list of parts", Presence::kOptional, "",
        "`M: [M1, M0: 256]`, outermost first; the size of an inner part is a number, the extent "
        "of a unit (`array2d.rows`, `array1d.lanes`) or, once in a mapping, `auto`: the "
        "largest divisor of the steps that are left (1 where they are prime) with which all "
        "that is kept fits",
        read_partitions},
       {"nest", "list of nodes", Presence::kRequired, "", "the fused loop nest",
        [](const yaml::Node& node, Mapping& out, base::Diagnostics& sink) {
          out.nest_at = node.span;
          read_nodes(node, out.nest, sink);
        }},
       einsums_field<Binding>("bind", "Einsum -> binding", Presence::kRequired,
                              "where each Einsum runs", binding_schema, &Mapping::bindings),
       einsums_field<Absorbed>("absorb", "Einsum -> absorbed Einsum", Presence::kOptional,
                               "Einsums that are done elsewhere", absorbed_schema,
                               &Mapping::absorbed),
       names_field("distribute", "list of loops", Presence::kOptional,
                   "outermost loops whose iterations are dealt, in order, to the instances of "
                   "units that have several; each works on iterations of its own",
                   &Mapping::distributed, "a loop"),
       {"dispatch", "dispatch", Presence::kOptional, "tasks are alike, and dealt in rounds",
        "how tasks that may be unequal get the instances that `distribute` deals to",
        [](const yaml::Node& node, Mapping& out, base::Diagnostics& sink) {
          Dispatch dispatch;
          dispatch.span = node.span;
          if (base::read_object(dispatch_schema(), node, dispatch, sink))
            out.dispatch = std::move(dispatch);
        }},
       arch::object_field<Mapping, Schedule>("schedule", Presence::kRequired, "when",
                                             &Mapping::schedule, schedule_schema),
       {"example", "example", Presence::kOptional, "", "what `check` tries the mapping on",
        [](const yaml::Node& node, Mapping& out, base::Diagnostics& sink) {
          Example example;
          if (base::read_object(example_schema(), node, example, sink))
            out.example = std::move(example);
        }}}};
}

std::vector<base::SchemaTable> mapping_schema_tables() {
  std::vector<base::SchemaTable> all = {table_of(mapping_schema()), table_of(node_schema()),
                                        keep_table(), table_of(binding_schema()),
                                        table_of(absorbed_schema())};
  all.push_back(table_of(dispatch_schema()));
  for (base::SchemaTable& table : schedule_tables()) all.push_back(std::move(table));
  all.push_back(table_of(example_schema()));
  return all;
}

base::Result<Mapping> load_mapping(const std::string& path) {
  EINFALL_TRY(const yaml::Node node, yaml::load(path));
  base::Diagnostics sink;
  Mapping mapping;
  mapping.file = node.span.file;
  base::read_object(mapping_schema(), node, mapping, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return mapping;
}

}  // namespace einfall::mappings
