#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "arch/fields.hpp"
#include "base/yaml/path.hpp"
#include "explore/scenario.hpp"

namespace einfall::explore {
namespace {

using base::Presence;
using base::yaml::Node;

template <class T>
base::Field<T> text(const std::string& key, Presence presence, const std::string& doc,
                    std::string T::*member) {
  return arch::text_field<T, std::string>(key, presence, doc, member);
}

std::vector<std::string> texts(const Node& node, const std::string& what, base::Diagnostics& sink) {
  std::vector<std::string> out;
  for (const Node* item : arch::items_of(node))
    if (auto value = base::yaml::read_text(*item, what, sink)) out.push_back(std::move(*value));
  return out;
}

bool is_map(const Node& node, const std::string& what, base::Diagnostics& sink) {
  if (node.is_map()) return true;
  sink.push_back(base::error("E016", node.span,
                             what + " is a map, found " + std::string(base::yaml::describe(node))));
  return false;
}

base::Schema<Parameter> parameter_schema() {
  const auto values = [](const Node& node, Parameter& out, base::Diagnostics& sink) {
    std::set<std::string> known;
    for (const Node* item : arch::items_of(node)) {
      const auto value = base::yaml::read_text(*item, "a value of a parameter", sink);
      if (value && !known.insert(*value).second)
        sink.push_back(base::error("E952", item->span,
                                   fmt::format("the value '{}' is listed twice", *value),
                                   "leave one of them out"));
      if (value) out.values.push_back(*value);
    }
  };
  return {"parameter of a scenario",
          "Set with `--set name=value`; {name} stands for its value in names and sizes.",
          {text("doc", Presence::kOptional, "what it selects", &Parameter::doc),
           {"values", "list", Presence::kOptional, "any",
            "the values it may have; of a size the points that reports visit", values},
           arch::bool_field("size", "false", "a whole number, also written 16K", &Parameter::size),
           arch::text_field("default", Presence::kOptional, "its value if none is given",
                            &Parameter::fallback)}};
}

void read_choice(const Node& node, Choice& out, const std::string& what, base::Diagnostics& sink);

void read_cases(const Node& cases, Choice& out, const std::string& what, base::Diagnostics& sink) {
  if (!is_map(cases, "'cases'", sink)) return;
  for (const auto& entry : cases.entries) {
    out.cases.push_back({entry.key.text, {}});
    read_choice(entry.value, out.cases.back().choice, what, sink);
  }
  std::stable_partition(out.cases.begin(), out.cases.end(),
                        [](const auto& one) { return one.value != "otherwise"; });
}

void read_choice(const Node& node, Choice& out, const std::string& what, base::Diagnostics& sink) {
  if (!node.is_map()) {
    if (auto value = base::yaml::read_text(node, what, sink)) out.text = {*value, node.span};
    return;
  }
  const Node* by = node.find("by");
  const Node* cases = node.find("cases");
  if (by == nullptr || cases == nullptr || node.entries.size() != 2) {
    sink.push_back(base::error("E950", node.span,
                               what + " is a map without exactly the keys 'by' and 'cases'",
                               "write text, or {by: parameter, cases: {value: text, ...}}"));
    return;
  }
  if (auto name = base::yaml::read_name(*by, "'by'", sink)) out.by = {*name, by->span};
  read_cases(*cases, out, what, sink);
}

template <class T>
base::Field<T> choice(const std::string& key, const std::string& doc,
                      std::optional<Choice> T::*member) {
  const auto read = [member, key](const Node& node, T& out, base::Diagnostics& sink) {
    (out.*member).emplace();
    read_choice(node, *(out.*member), "'" + key + "'", sink);
  };
  return {key, "text, or {by, cases}", Presence::kOptional, "", doc, read};
}

std::vector<SizeSetting> read_sizes(const Node& node, base::Diagnostics& sink) {
  std::vector<SizeSetting> out;
  if (!is_map(node, "'sizes'", sink)) return out;
  for (const auto& entry : node.entries) {
    out.push_back({{entry.key.text, entry.key.span}, {}});
    read_choice(entry.value, out.back().value, "the size of " + entry.key.text, sink);
  }
  return out;
}

template <class T>
base::Field<T> sizes_field(std::vector<SizeSetting> T::*member) {
  const auto read = [member](const Node& node, T& out, base::Diagnostics& sink) {
    out.*member = read_sizes(node, sink);
  };
  return {"sizes",
          "RANK -> size",
          Presence::kOptional,
          "the model's",
          "sizes of ranks: numbers, parameters and products of them and of ranks of the model, as "
          "'{seq_len}*B'",
          read};
}

template <class T>
base::Field<T> when_field(When T::*member) {
  const auto read = [member](const Node& node, T& out, base::Diagnostics& sink) {
    if (!is_map(node, "'when'", sink)) return;
    for (const auto& entry : node.entries)
      (out.*member)
          .all.emplace_back(Located<std::string>{entry.key.text, entry.key.span},
                            texts(entry.value, "a value in 'when'", sink));
  };
  return {"when",
          "parameter -> values",
          Presence::kOptional,
          "always",
          "all must hold; 'given' and 'unset' stand for any value and none",
          read};
}

base::Schema<Override> override_schema() {
  return {"override of a scenario",
          "Sizes that hold under a condition.",
          {when_field(&Override::when), sizes_field(&Override::sizes)}};
}

base::Schema<QuirkCase> case_schema() {
  const auto read = [](const Node& node, QuirkCase& out, base::Diagnostics& sink) {
    base::read_object(patch_schema(), node, out.set, sink);
  };
  return {"case of a quirk",
          "What a quirk changes, and for which points.",
          {when_field(&QuirkCase::when),
           {"set", "map", Presence::kRequired, "", "assumptions it changes", read}}};
}

template <class T, class V>
base::Field<T> list_field(const std::string& key, const std::string& doc, std::vector<V> T::*member,
                          base::Schema<V> (*schema)()) {
  const auto read = [member, schema](const Node& node, T& out, base::Diagnostics& sink) {
    for (const Node* item : arch::items_of(node)) {
      V value{};
      if (base::read_object(schema(), *item, value, sink))
        (out.*member).push_back(std::move(value));
    }
  };
  return {key, "list of maps", Presence::kOptional, "none", doc, read};
}

base::Schema<Quirk> quirk_schema() {
  return {"quirk of a scenario",
          "A named assumption of a published model that the corrected model does not share.",
          {text("title", Presence::kRequired, "what it is", &Quirk::title),
           text("published", Presence::kRequired, "the published value", &Quirk::published),
           text("corrected", Presence::kRequired, "the corrected value", &Quirk::corrected),
           text("acts_on", Presence::kRequired, "machine, mapping or model", &Quirk::acts_on),
           text("scope", Presence::kRequired, "designs and points", &Quirk::scope),
           list_field("cases", "what it changes; empty where a corrected value cannot be known",
                      &Quirk::cases, case_schema)}};
}

base::Schema<Part> part_schema() {
  const auto scenario = [](const Node& node, Part& out, base::Diagnostics& sink) {
    if (auto value = base::yaml::read_path(node, "'scenario'", sink))
      out.scenario = {*value, node.span};
  };
  const auto set = [](const Node& node, Part& out, base::Diagnostics& sink) {
    if (!is_map(node, "'set'", sink)) return;
    for (const auto& entry : node.entries) {
      out.set.emplace_back(entry.key.text, Choice{});
      read_choice(entry.value, out.set.back().second, "'" + entry.key.text + "'", sink);
    }
  };
  return {"part of a composed scenario",
          "One scenario that runs after the part before it.",
          {{"scenario", "path", Presence::kRequired, "", "the document", scenario},
           {"set", "parameter -> value", Presence::kOptional, "none", "its parameters", set},
           choice("times", "how often it runs, a product of numbers and parameters; 1 if not given",
                  &Part::times),
           when_field(&Part::when)}};
}

base::Schema<Growth> growth_schema() {
  const auto start = [](const Node& node, Growth& out, base::Diagnostics& sink) {
    read_choice(node, out.start, "'start'", sink);
  };
  return {"growing capacity of a scenario",
          "Doubles a memory's capacity until no section waits for the outermost memory.",
          {arch::name_field("memory", Presence::kRequired, "which", &Growth::memory),
           {"start", "product", Presence::kRequired, "", "first capacity in bytes", start}}};
}

template <class V>
std::function<void(Scenario&, const Node&, V)> keep(std::vector<V> Scenario::*member) {
  return [member](Scenario& out, const Node& name, V value) {
    value.name = name.text;
    value.span = name.span;
    (out.*member).push_back(std::move(value));
  };
}

base::Schema<Scenario> scenario_schema() {
  const auto growth = [](const Node& node, Scenario& out, base::Diagnostics& sink) {
    out.growth.emplace();
    base::read_object(growth_schema(), node, *out.growth, sink);
  };
  const auto assume = [](const Node& node, Scenario& out, base::Diagnostics& sink) {
    base::read_object(patch_schema(), node, out.assume, sink);
  };
  return {
      "scenario",
      "Which cascade runs with which sizes on which machine under which mapping.",
      {arch::version_field<Scenario>(),
       arch::name_field("scenario", Presence::kRequired, "its name", &Scenario::name),
       text("doc", Presence::kOptional, "what it shows", &Scenario::doc),
       arch::map_field<Scenario, Parameter>("parameters", "name -> map", Presence::kOptional,
                                            "what can be set from outside", parameter_schema,
                                            keep(&Scenario::parameters)),
       choice("cascade", "path of the cascade", &Scenario::cascade),
       choice("model", "path of the model whose sizes are taken", &Scenario::model),
       sizes_field(&Scenario::sizes),
       list_field("overrides", "sizes that hold under conditions", &Scenario::overrides,
                  override_schema),
       choice("machine", "path of the machine", &Scenario::machine),
       choice("mapping", "path of the mapping", &Scenario::mapping),
       {"grow_capacity", "map", Presence::kOptional, "the machine's",
        "capacity of a memory, doubled until it suffices", growth},
       {"assume", "map", Presence::kOptional, "the corrected model",
        "assumptions that hold for all points", assume},
       arch::map_field<Scenario, Quirk>("quirks", "name -> map", Presence::kOptional,
                                        "named assumptions of a published model", quirk_schema,
                                        keep(&Scenario::quirks)),
       arch::map_field<Scenario, Part>("compose", "name -> map", Presence::kOptional,
                                       "scenarios that run one after another, instead of documents",
                                       part_schema, keep(&Scenario::parts))}};
}

void check_shape(const Scenario& scenario, base::Diagnostics& sink) {
  if (!scenario.parts.empty()) {
    if (scenario.cascade || scenario.machine || scenario.mapping)
      sink.push_back(base::error("E950", scenario.span,
                                 "a composed scenario has documents of its own",
                                 "keep either 'compose' or cascade, machine and mapping"));
    return;
  }
  if (!scenario.cascade || !scenario.machine || !scenario.mapping)
    sink.push_back(
        base::error("E950", scenario.span,
                    "a scenario needs 'cascade', 'machine' and 'mapping', or 'compose'"));
}

}  // namespace

base::Result<Scenario> load_scenario(const std::string& path) {
  EINFALL_TRY(const Node node, base::yaml::load(path));
  Scenario scenario;
  scenario.path = path;
  scenario.span = node.span;
  base::Diagnostics sink;
  if (base::read_object(scenario_schema(), node, scenario, sink)) check_shape(scenario, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return scenario;
}

std::vector<base::SchemaTable> scenario_schema_tables() {
  return {base::table_of(scenario_schema()), base::table_of(parameter_schema()),
          base::table_of(override_schema()), base::table_of(growth_schema()),
          base::table_of(patch_schema()),    base::table_of(quirk_schema()),
          base::table_of(case_schema()),     base::table_of(part_schema())};
}

const Parameter* Scenario::find(const std::string& parameter) const {
  const auto it = std::find_if(parameters.begin(), parameters.end(),
                               [&](const Parameter& p) { return p.name == parameter; });
  return it == parameters.end() ? nullptr : &*it;
}

}  // namespace einfall::explore
