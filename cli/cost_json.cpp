#include "cli/cost_json.hpp"

#include "explore/cost_report.hpp"
#include "explore/cost_sources.hpp"
#include "explore/untyped.hpp"

namespace einfall::cli {
namespace {

using Json = nlohmann::ordered_json;

Json sections_of(const explore::Costed& costed) {
  Json sections = Json::array();
  for (const mappings::SectionTime& section : costed.cost.latency.sections) {
    Json phases = Json::array();
    for (const mappings::PhaseTime& phase : section.phases) {
      Json units = Json::object();
      for (const mappings::UnitShare& share : phase.units)
        units[costed.machine->units[share.unit].name] = {{"busy", share.busy},
                                                         {"wait", share.wait}};
      Json entry = {{"cycles", phase.cycles}, {"drain", phase.drain}, {"units", units}};
      for (std::size_t m = 0; m < phase.ports.size(); ++m)
        if (phase.ports[m] > 0) entry["ports"][costed.machine->memories[m].name] = phase.ports[m];
      phases.push_back(std::move(entry));
    }
    sections.push_back({{"cycles", number(section.cycles)},
                        {"compute_cycles", section.compute},
                        {"fill_and_drain", section.fill_and_drain},
                        {"memory_cycles", number(section.memory)},
                        {"phases", phases}});
  }
  return sections;
}

Json pipeline_of(const explore::Costed& costed) {
  const mappings::Timetable& table = costed.cost.pipeline->timetable;
  return {{"interval", table.interval},
          {"stages", table.stages()},
          {"epochs", table.longest()},
          {"issued_epochs", table.issued_epochs()},
          {"runs", table.runs},
          {"prologue", table.prologue()},
          {"steady_state", table.steady_state()},
          {"epilogue", table.epilogue()},
          {"closed_form_cycles", table.run_cycles()},
          {"recurrence_cycles", costed.cost.pipeline->run.cycles}};
}

Json bounds_of(const explore::Costed& costed) {
  Json bounds = Json::object();
  for (const explore::Limit& limit : explore::limits(costed)) bounds[limit.what] = limit.share;
  if (!costed.cost.pipeline) return bounds;
  Json interval = Json::object();
  const mappings::PipelineTime& pipeline = *costed.cost.pipeline;
  for (std::size_t u = 0; u < costed.machine->units.size(); ++u)
    interval[costed.machine->units[u].name] = pipeline.timetable.bounds.resource[u];
  interval["recurrence"] = pipeline.timetable.bounds.recurrence;
  for (std::size_t m = 0; m < pipeline.ports.size(); ++m)
    if (mappings::Exact(0) < pipeline.ports[m])
      interval[costed.machine->memories[m].name + " ports"] = number(pipeline.ports[m]);
  interval[costed.machine->memories.front().name] = number(pipeline.memory);
  bounds["interval"] = interval;
  return bounds;
}

void add_energy(const explore::Costed& costed, Json& json) {
  Json sources = Json::object();
  for (const explore::EnergyLine& line : explore::energy_lines(costed)) {
    Json components = Json::array();
    for (const arch::EnergyRow* row : line.rows) {
      components.push_back(row->component);
      sources[row->component][row->action] = {{"pj", row->energy.value()},
                                              {"bits", row->bits_per_action},
                                              {"node", row->node},
                                              {"source", row->source}};
    }
    json["energy"].push_back({{"einsum", line.einsum},
                              {"part", line.part},
                              {"action", line.action},
                              {"count", line.count},
                              {"pj", line.picojoules},
                              {"j", line.joules},
                              {"components", components}});
  }
  json["energy_sources"] = sources;
}

void add_bound_parts(const explore::Costed& costed, Json& json) {
  const mappings::Cost& cost = costed.cost;
  json["cycles"] = number(cost.cycles);
  json["cycles_exact"] = cost.cycles.text();
  if (cost.pipeline) {
    json["ii"] = cost.pipeline->interval();
    json["pipeline"] = pipeline_of(costed);
  } else {
    json["sections"] = sections_of(costed);
  }
  json["bounds"] = bounds_of(costed);
  for (std::size_t u = 0; u < costed.machine->units.size(); ++u)
    json["units"][costed.machine->units[u].name] = {{"busy", number(cost.units[u].busy)},
                                                    {"utilization", cost.units[u].utilization}};
  for (std::size_t m = 0; m < costed.machine->memories.size(); ++m)
    json["memories"][costed.machine->memories[m].name] = {
        {"read_bytes", number(cost.memories[m].traffic.read_bytes)},
        {"write_bytes", number(cost.memories[m].traffic.write_bytes)},
        {"bytes_kept", cost.memories[m].bytes_kept}};
  for (std::size_t i = 0; i < costed.bound->einsums.size(); ++i) {
    const mappings::StepCounts& counts = cost.counts.steps[i];
    json["einsums"].push_back({{"name", (*costed.cascade)[costed.bound->einsums[i].einsum].name},
                               {"issued_points", counts.points},
                               {"useful_points", counts.useful},
                               {"useful_exact", counts.useful_exact},
                               {"busy_cycles", counts.busy_cycles}});
  }
  const auto bytes = [](const std::optional<mappings::Exact>& moved) {
    return moved ? number(*moved) : Json();
  };
  for (const explore::TrafficLine& line : explore::traffic_lines(costed))
    json["traffic"].push_back({{"tensor", line.tensor},
                               {"why", line.why},
                               {"einsum", line.einsum},
                               {"from", line.from},
                               {"to", line.to},
                               {"read_bytes", bytes(line.read_bytes)},
                               {"write_bytes", bytes(line.write_bytes)}});
  json["untyped"] = untyped_json(costed);
  if (costed.energy_known) add_energy(costed, json);
}

void add_area(const explore::Costed& costed, Json& json) {
  const explore::AreaAccount area = explore::area_account(costed);
  json["area_mm2"] = area.note.empty() ? Json(area.mm2) : Json();
  if (!area.note.empty()) json["area_note"] = area.note;
  for (const arch::AreaComponent& component : area.components) {
    Json& part = json["area"][component.part];
    if (part.is_null()) part = Json::object();
    part["mm2"] = part.value("mm2", 0.0) + component.um2 * 1e-6;
    part["components"].push_back({{"component", component.component},
                                  {"count", component.count},
                                  {"um2", component.um2},
                                  {"source", component.source}});
  }
}

}  // namespace

Json number(const mappings::Exact& value) {
  if (value.is_whole())
    if (const auto whole = value.ceil()) return *whole;
  return value.value();
}

Json untyped_json(const explore::Costed& costed) {
  const explore::UntypedElements untyped = explore::untyped_elements(costed);
  return {{"bytes", untyped.bytes}, {"tensors", untyped.tensors}};
}

Json cost_json(const explore::Costed& costed) {
  Json json;
  json["scenario"] = costed.scenario.name;
  json["parameters"] = costed.scenario.parameters;
  json["quirks"] = costed.scenario.quirks;
  json["idle_quirks"] = costed.scenario.idle_quirks;
  json["time_s"] = costed.time_s;
  json["energy_j"] = costed.energy_known ? Json(costed.energy_j) : Json();
  if (const std::string note = explore::energy_note(costed); !note.empty())
    json["energy_note"] = note;
  json["traffic_bytes"] = costed.dram_bytes;
  add_area(costed, json);
  if (costed.bound) add_bound_parts(costed, json);
  for (const auto& [name, part, times] : costed.parts) {
    json["parts"][name] = cost_json(part);
    if (times > 1) json["parts"][name]["times"] = times;
  }
  return json;
}

}  // namespace einfall::cli
