#include "arch/fields.hpp"
#include "base/yaml/path.hpp"
#include "explore/reproduction.hpp"

namespace einfall::explore {
namespace {

using base::Presence;
using base::yaml::Node;

base::Field<Reproduction> texts(const std::string& key, const std::string& doc,
                                std::vector<std::string> Reproduction::*member) {
  const auto read = [member, key](const Node& node, Reproduction& out, base::Diagnostics& sink) {
    for (const auto& name : arch::read_names(node, "'" + key + "'", sink))
      (out.*member).push_back(name.value);
  };
  return {key, "list", Presence::kRequired, "", doc, read};
}

template <class T>
base::Field<T> text(const std::string& key, Presence presence, const std::string& doc,
                    std::string T::*member) {
  return arch::text_field<T, std::string>(key, presence, doc, member);
}

template <class T>
base::Field<T> path(const std::string& key, Presence presence, const std::string& doc,
                    Located<std::string> T::*member) {
  return arch::field<T, Located<std::string>, std::string>(key, "path", presence, "", doc, member,
                                                           base::yaml::read_path);
}

std::optional<PublishedValue> read_value(const Node& node, const std::string& what,
                                         base::Diagnostics& sink) {
  const auto value = base::yaml::read_number(node, what, -1e30, 1e30, sink);
  if (!value) return std::nullopt;
  return PublishedValue{*value, node.text};
}

base::Field<HeadlineSpec> number(const std::string& key, const std::string& doc,
                                 std::optional<PublishedValue> HeadlineSpec::*member) {
  return arch::field<HeadlineSpec, std::optional<PublishedValue>, PublishedValue>(
      key, "number", Presence::kOptional, "", doc, member, read_value);
}

Keys read_keys(const Node& node, base::Diagnostics& sink) {
  Keys keys;
  for (const auto& entry : node.entries)
    if (auto value = base::yaml::read_text(entry.value, "'" + entry.key.text + "'", sink))
      keys.emplace_back(entry.key.text, *value);
  return keys;
}

base::Schema<HeadlineSpec> headline_schema() {
  return {"headline of a reproduction",
          "A mean of ratios over all points.",
          {text("name", Presence::kRequired, "what it is called", &HeadlineSpec::name),
           text("of", Presence::kRequired, "points or end_to_end", &HeadlineSpec::of),
           text("quantity", Presence::kRequired, "latency_s or energy_j", &HeadlineSpec::quantity),
           text("from", Presence::kRequired, "numerator", &HeadlineSpec::from),
           text("to", Presence::kRequired, "denominator", &HeadlineSpec::to),
           number("paper", "as the paper prints it", &HeadlineSpec::paper),
           number("artifact", "from the artifact's tables", &HeadlineSpec::artifact)}};
}

base::Schema<FigureSpec> figure_schema() {
  const auto at = [](const Node& node, FigureSpec& out, base::Diagnostics& sink) {
    out.at = read_keys(node, sink);
  };
  return {"figure of a reproduction",
          "A plot of a quantity over the points.",
          {text("file", Presence::kRequired, "name without extension", &FigureSpec::file),
           text("title", Presence::kRequired, "its heading", &FigureSpec::title),
           text("of", Presence::kRequired, "points, end_to_end, shares or sweep", &FigureSpec::of),
           text("quantity", Presence::kOptional, "what bars show", &FigureSpec::quantity),
           text("unit", Presence::kOptional, "of shares", &FigureSpec::unit),
           {"at", "axis -> value", Presence::kOptional, "all", "of shares: the points drawn", at},
           text("x", Presence::kOptional, "of a sweep", &FigureSpec::x),
           text("y", Presence::kOptional, "of a sweep", &FigureSpec::y),
           text("by", Presence::kOptional, "of a sweep: one line each", &FigureSpec::by)}};
}

template <class V>
base::Field<Reproduction> list(const std::string& key, const std::string& doc,
                               std::vector<V> Reproduction::*member, base::Schema<V> (*schema)()) {
  const auto read = [member, schema](const Node& node, Reproduction& out, base::Diagnostics& sink) {
    for (const Node* item : arch::items_of(node)) {
      V value{};
      if (base::read_object(schema(), *item, value, sink))
        (out.*member).push_back(std::move(value));
    }
  };
  return {key, "list of maps", Presence::kOptional, "none", doc, read};
}

const std::string kValue = "a published value";

// Entries with the name of an axis are keys, the others quantities.
std::vector<PublishedRow> read_rows(const Node& node, const std::vector<std::string>& axes,
                                    base::Diagnostics& sink) {
  std::vector<PublishedRow> rows;
  for (const Node* item : arch::items_of(node)) {
    PublishedRow row;
    for (const auto& entry : item->entries) {
      const bool axis = std::find(axes.begin(), axes.end(), entry.key.text) != axes.end();
      if (axis) {
        row.keys.emplace_back(entry.key.text, entry.value.text);
      } else if (entry.value.is_map()) {
        for (const auto& one : entry.value.entries)
          if (const auto value = read_value(one.value, kValue, sink))
            row.values[entry.key.text][one.key.text] = *value;
      } else if (const auto value = read_value(entry.value, kValue, sink)) {
        row.values[entry.key.text][""] = *value;
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void read_published(const Node& node, Reproduction& out, base::Diagnostics& sink) {
  for (const auto& entry : node.entries) {
    if (entry.key.text == "points") {
      out.published_points = read_rows(entry.value, out.axes, sink);
    } else if (entry.key.text == "end_to_end") {
      out.published_end_to_end = read_rows(entry.value, out.axes, sink);
    } else if (entry.key.text == "sweep") {
      out.published_sweep = read_rows(entry.value, out.sweep_axes, sink);
    } else if (entry.key.text == "area_mm2") {
      for (const auto& one : entry.value.entries)
        if (const auto value = read_value(one.value, kValue, sink))
          out.published_area_mm2[one.key.text] = *value;
    } else {
      sink.push_back(base::error("E011", entry.key.span,
                                 "unknown key '" + entry.key.text + "' in 'published'",
                                 "there are: area_mm2 points end_to_end sweep"));
    }
  }
}

base::Schema<PredictionSpec> prediction_schema() {
  const auto set = [](const Node& node, PredictionSpec& out, base::Diagnostics& sink) {
    const Keys keys = read_keys(node, sink);
    out.settings = Settings(keys.begin(), keys.end());
  };
  return {"prediction of a reproduction",
          "Another evaluation of some points, shown beside them.",
          {text("name", Presence::kRequired, "what it is called", &PredictionSpec::name),
           text("beside", Presence::kRequired, "value of the last axis", &PredictionSpec::beside),
           {"set", "parameter -> value", Presence::kRequired, "", "what differs", set}}};
}

struct SweepSpec {
  Located<std::string> scenario;
  std::vector<std::string> axes;
};
base::Schema<SweepSpec> sweep_schema() {
  const auto axes = [](const Node& node, SweepSpec& out, base::Diagnostics& sink) {
    for (const auto& name : arch::read_names(node, "'axes'", sink)) out.axes.push_back(name.value);
  };
  return {"sweep of a reproduction",
          "A scenario over the values of its parameters.",
          {path("scenario", Presence::kRequired, "the document", &SweepSpec::scenario),
           {"axes", "list", Presence::kRequired, "", "parameters", axes}}};
}

base::Schema<Reproduction> reproduction_schema() {
  const auto utilization = [](const Node& node, Reproduction& out, base::Diagnostics& sink) {
    out.utilization = read_keys(node, sink);
  };
  const auto sweep = [](const Node& node, Reproduction& out, base::Diagnostics& sink) {
    SweepSpec value;
    base::read_object(sweep_schema(), node, value, sink);
    out.sweep = value.scenario;
    out.sweep_axes = value.axes;
  };
  return {"reproduction",
          "The figures of a published study as points of scenarios, with the published values.",
          {arch::version_field<Reproduction>(),
           arch::name_field("reproduction", Presence::kRequired, "its name", &Reproduction::name),
           text("doc", Presence::kOptional, "what it reproduces", &Reproduction::doc),
           path("scenario", Presence::kRequired, "of every point", &Reproduction::scenario),
           texts("axes", "parameters whose values span the points; the last is compared",
                 &Reproduction::axes),
           {"utilization", "name -> unit", Presence::kOptional, "none", "columns of utilization",
            utilization},
           list("predictions", "other evaluations of some points", &Reproduction::predictions,
                prediction_schema),
           path("end_to_end", Presence::kOptional, "scenario of a whole layer",
                &Reproduction::end_to_end),
           {"sweep", "map", Presence::kOptional, "none", "an area sweep", sweep},
           list("headline", "means of ratios", &Reproduction::headline, headline_schema),
           list("figures", "plots", &Reproduction::figures, figure_schema),
           {"published", "map", Presence::kOptional, "none", "values to print beside, never used",
            read_published}}};
}

}  // namespace

base::Result<std::shared_ptr<const Scenario>> scenario_of(const Reproduction& study,
                                                          const Located<std::string>& name,
                                                          Scenarios& scenarios) {
  const std::string path = beside(study.path, name.value);
  return base::yaml::named_at(scenarios.get(path), path, name.span);
}

base::Result<Reproduction> load_reproduction(const std::string& path) {
  EINFALL_TRY(const Node node, base::yaml::load(path));
  Reproduction study;
  study.path = path;
  study.span = node.span;
  base::Diagnostics sink;
  base::read_object(reproduction_schema(), node, study, sink);
  if (sink.empty() && study.axes.empty())
    sink.push_back(base::error("E950", node.span, "a reproduction needs at least one axis"));
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return study;
}

std::vector<base::SchemaTable> reproduction_schema_tables() {
  return {base::table_of(reproduction_schema()), base::table_of(prediction_schema()),
          base::table_of(sweep_schema()), base::table_of(headline_schema()),
          base::table_of(figure_schema())};
}

}  // namespace einfall::explore
