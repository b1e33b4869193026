#include "explore/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch/dram_timing.hpp"
#include "arch/machine.hpp"
#include "base/yaml/node.hpp"
#include "base/yaml/scalar.hpp"
#include "einsum/analysis/passes.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "explore/cost_warnings.hpp"
#include "explore/gpu_fit.hpp"
#include "explore/reference.hpp"
#include "explore/reproduction.hpp"
#include "mappings/ir/example.hpp"
#include "mappings/ir/model_shapes.hpp"
#include "mappings/ir/point_warnings.hpp"
#include "mappings/ir/type_warnings.hpp"
#include "mappings/schedule/register_warnings.hpp"

namespace einfall::explore {
namespace {

void append(base::Diagnostics& all, base::Diagnostics more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// What two scenarios or parts have in common may be wrong in the same place.
void append_new(base::Diagnostics& all, const base::Diagnostics& more) {
  const auto same = [](const base::Diagnostic& a, const base::Diagnostic& b) {
    return a.code == b.code && a.span.text() == b.span.text() && a.message == b.message;
  };
  for (const base::Diagnostic& one : more)
    if (std::none_of(all.begin(), all.end(), [&](const auto& other) { return same(one, other); }))
      all.push_back(one);
}

// Sizes may come from outside; what the file itself says must make sense.
void check_sizes(const einsum::Cascade& cascade, base::Diagnostics& sink) {
  const auto sizes = einsum::bind_sizes(cascade, {});
  if (!sizes) {
    for (const base::Diagnostic& diagnostic : sizes.error())
      if (diagnostic.code != "E220") sink.push_back(diagnostic);
    return;
  }
  const auto params = einsum::bind_params(cascade, *sizes);
  if (!params) append(sink, params.error());
}

base::Diagnostics check_cascade(const std::string& path) {
  base::Diagnostics found;
  const auto cascade = einsum::load_cascade(path, found);
  if (!cascade) {
    append(found, cascade.error());
    return found;
  }
  check_sizes(*cascade, found);
  const auto analysis = einsum::analyze_passes(*cascade);
  append(found, analysis ? einsum::check_expectations(*cascade, *analysis) : analysis.error());
  return found;
}

template <class T>
base::Diagnostics errors_of(const base::Result<T>& loaded) {
  return loaded ? base::Diagnostics{} : loaded.error();
}
base::Diagnostics check_machine(const std::string& path) {
  return errors_of(arch::load_machine(path));
}
base::Diagnostics check_tables(const std::string& path) {
  return errors_of(arch::load_tables(path));
}
base::Diagnostics check_dram(const std::string& path) {
  return errors_of(arch::load_dram_timing(path));
}
base::Diagnostics check_model(const std::string& path) {
  return errors_of(mappings::load_model(path));
}

base::Diagnostics check_fit(const std::string& path) { return errors_of(load_gpu_fit(path)); }

base::Diagnostics check_timetable(const mappings::Mapping& mapping,
                                  const mappings::BoundExample& example) {
  const auto timetable =
      mappings::build_timetable(example.cascade, example.machine, mapping, example.bound);
  if (!timetable) return timetable.error();
  return mappings::register_warnings(*timetable, example.bound, example.cascade, example.machine,
                                     mapping);
}

// What a mapping says of itself, and, where it has an example, whether it is legal and keeps its
// timetable there.
base::Diagnostics check_mapping(const std::string& path) {
  const auto mapping = mappings::load_mapping(path);
  if (!mapping) return mapping.error();
  if (!mapping->example) return {};
  const auto example = mappings::bind_example(*mapping);
  if (!example) return example.error();
  auto found = mappings::type_warnings(example->bound, example->cascade, example->machine);
  append(found, mappings::point_warnings(example->bound, example->cascade));
  if (example->bound.schedule.kind == mappings::ScheduleKind::kPipelined)
    append(found, check_timetable(*mapping, *example));
  return found;
}

// A scenario as it stands, with the values it gives its parameters itself: bound and costed, so
// that sizes, legality and schedule are checked too. Parameters without a value may come from
// outside.
base::Diagnostics check_scenario(const std::string& path, Documents& documents) {
  const auto costed = cost_scenario(path, {}, documents);
  base::Diagnostics found;
  if (costed)
    append_new(found, warnings_of(*costed));
  else
    found = costed.error();
  const auto unset = [](const base::Diagnostic& d) { return d.code == "E954"; };
  if (std::all_of(found.begin(), found.end(), unset)) found.clear();
  return found;
}
base::Diagnostics check_scenario(const std::string& path) {
  Documents documents;
  return check_scenario(path, documents);
}

// Each of the study's scenarios as it stands; if they are fine, every point.
base::Diagnostics check_reproduction(const std::string& path) {
  const auto study = load_reproduction(path);
  if (!study) return study.error();
  Documents documents;
  base::Diagnostics found;
  for (const auto* name : {&study->scenario, &study->end_to_end, &study->sweep}) {
    if (name->value.empty()) continue;
    const auto scenario = scenario_of(*study, *name, documents.scenarios());
    append_new(found,
               scenario ? check_scenario(beside(path, name->value), documents) : scenario.error());
  }
  if (!base::has_errors(found)) append_new(found, errors_of(reproduce(*study, {}, documents)));
  return found;
}

/// A kind of document: the key of the top level that only this kind has, and its check.
struct Kind {
  std::string_view name;
  std::string_view key;
  base::Diagnostics (*check)(const std::string& path);
};
// The first that fits: a reproduction names a scenario, a scenario a machine and a mapping, and a
// fit a machine.
constexpr std::array<Kind, 9> kKinds{{{"cascade", "expressions", check_cascade},
                                      {"reproduction", "reproduction", check_reproduction},
                                      {"scenario", "scenario", check_scenario},
                                      {"fit", "fit", check_fit},
                                      {"machine", "machine", check_machine},
                                      {"table", "table", check_tables},
                                      {"DRAM timing table", "dram", check_dram},
                                      {"mapping", "mapping", check_mapping},
                                      {"model", "model", check_model}}};

Verdict verdict_of(const base::Diagnostics& diagnostics) {
  Verdict verdict = Verdict::kFine;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != base::Severity::kError) continue;
    if (diagnostic.code != "E501") return Verdict::kRejected;
    verdict = Verdict::kUnmet;
  }
  return verdict;
}

// The key that was probably meant to tell the kind, or empty.
std::string meant(const base::yaml::Node& root) {
  std::vector<std::string> known;
  for (const Kind& kind : kKinds) known.emplace_back(kind.key);
  for (const base::yaml::MapEntry& entry : root.entries) {
    std::string near = base::nearest(entry.key.text, known);
    if (!near.empty()) return near;
  }
  return {};
}

base::Diagnostic unknown_kind(const base::yaml::Node& root) {
  std::string keys;
  for (const Kind& kind : kKinds)
    keys += fmt::format("{}'{}' ({})", keys.empty() ? "" : ", ", kind.key, kind.name);
  const std::string near = meant(root);
  return base::error("E002", root.span,
                     root.is_map()
                         ? "no key tells what kind of document this is"
                         : fmt::format("a document is a map, found {}", base::yaml::describe(root)),
                     near.empty() ? "a document has one of the keys " + keys
                                  : fmt::format("did you mean '{}'?", near));
}

// The keys of a kind: some tell other kinds when they stand alone, as `machine` in a scenario.
bool knows(const Kind& kind, std::string_view key) {
  for (const DocumentSchema& schema : document_schemas())
    if (schema.kind == kind.name)
      for (const base::SchemaRow& row : schema.tables.front().rows)
        if (row.key == key) return true;
  return false;
}

base::SourceSpan place_of(const base::yaml::Node& root, const Kind& kind) {
  for (const base::yaml::MapEntry& entry : root.entries)
    if (entry.key.text == kind.key) return entry.key.span;
  return root.span;
}

// The document's kind, null and reported if it has none or two.
const Kind* kind_of(const base::yaml::Node& root, base::Diagnostics& sink) {
  const Kind* first = nullptr;
  for (const Kind& kind : kKinds) {
    if (root.find(kind.key) == nullptr) continue;
    if (first == nullptr) {
      first = &kind;
    } else if (!knows(*first, kind.key)) {
      base::Diagnostic both =
          base::error("E002", place_of(root, kind),
                      fmt::format("a document is of one kind: '{}' tells a {}, '{}' a {}",
                                  first->key, first->name, kind.key, kind.name),
                      "put each into a file of its own");
      both.notes.push_back({place_of(root, *first), fmt::format("what tells a {}", first->name)});
      sink.push_back(std::move(both));
      return nullptr;
    }
  }
  if (first == nullptr) sink.push_back(unknown_kind(root));
  return first;
}

}  // namespace

CheckedDocument check_document(const std::string& path) {
  const auto root = base::yaml::load(path);
  if (!root) return {"", Verdict::kRejected, root.error()};
  base::Diagnostics found;
  const Kind* kind = kind_of(*root, found);
  if (kind == nullptr) {
    if (const auto* version = root->find("einfall")) base::yaml::check_version(*version, found);
    return {"", Verdict::kRejected, std::move(found)};
  }
  found = kind->check(path);
  const Verdict verdict = verdict_of(found);
  return {std::string(kind->name), verdict, std::move(found)};
}

bool is_scenario(const std::string& path) {
  const auto root = base::yaml::load(path);
  if (!root) return false;
  base::Diagnostics ignored;
  const Kind* kind = kind_of(*root, ignored);
  return kind != nullptr && kind->name == "scenario";
}

}  // namespace einfall::explore
