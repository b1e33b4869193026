#include "cli/simulation_json.hpp"

#include "cli/cost_json.hpp"
#include "explore/cost_report.hpp"
#include "explore/cost_sources.hpp"

namespace einfall::cli {
namespace {

using Json = nlohmann::ordered_json;

// Shares of the run, under the names that `cost` has for them.
Json bounds_of(const explore::Simulated& simulated) {
  Json bounds = Json::object();
  const double shorter = explore::share_of(simulated.costed.cost.cycles.value(),
                                           static_cast<double>(simulated.cycles));
  for (const explore::Limit& limit : explore::limits(simulated.costed))
    bounds[limit.what] = limit.share * shorter;
  return bounds;
}

Json einsums_of(const explore::Simulated& simulated) {
  Json einsums = Json::array();
  const explore::Costed& costed = simulated.costed;
  for (std::size_t e = 0; e < simulated.program->engines.size(); ++e) {
    if (!simulated.engines[e].unit) continue;
    for (const std::size_t o : simulated.program->engines[e].operations) {
      const mappings::Operation& operation = simulated.program->operations[o];
      if (operation.kind != mappings::OperationKind::kTile) continue;
      const sim::OperationUse& use = simulated.operations[o];
      Json names = Json::array();
      for (const mappings::StepId step : operation.tile)
        names.push_back((*costed.cascade)[(*costed.bound)[step].einsum].name);
      einsums.push_back({{"names", names},
                         {"unit", simulated.engines[e].name},
                         {"visits", use.visits},
                         {"cycles", use.cycles},
                         {"prologue", use.before},
                         {"steady_state", use.cycles - use.before - use.after},
                         {"epilogue", use.after},
                         {"first_began", use.first},
                         {"last_began", use.last}});
    }
  }
  return einsums;
}

void add_bound_parts(const explore::Simulated& simulated, Json& json) {
  const explore::Costed& costed = simulated.costed;
  json["analytic_cycles"] = number(costed.cost.cycles);
  if (simulated.interval) {
    json["ii"] = simulated.interval->usual;
    json["ii_mean"] = simulated.interval->mean;
  }
  json["bounds"] = bounds_of(simulated);
  for (const explore::SimulatedEngine& engine : simulated.engines) {
    json["units"][engine.name] = {{"busy", engine.use.busy}};
    if (engine.unit) json["units"][engine.name]["utilization"] = engine.utilization;
    for (std::size_t s = 0; s < sim::kStalls; ++s)
      json["stalls"][engine.name][std::string(sim::name(static_cast<sim::Stall>(s)))] =
          engine.use.stalls[s];
  }
  for (std::size_t m = 0; m < simulated.memories.size(); ++m)
    json["memories"][costed.machine->memories[m].name] = {
        {"read_bytes", number(simulated.memories[m].read_bytes)},
        {"write_bytes", number(simulated.memories[m].write_bytes)},
        {"bytes_kept", costed.cost.memories[m].bytes_kept}};
  json["untyped"] = untyped_json(costed);
  if (simulated.dram)
    json["memories"][costed.machine->memories.front().name]["banks"] = {
        {"bytes_moved", simulated.dram->moved.value()},
        {"row_hits", simulated.dram->row_hits},
        {"activations", simulated.dram->activations}};
  json["prologue_cycles"] = simulated.first_began;
  json["epilogue_cycles"] = simulated.cycles - simulated.last_ended;
  json["einsums"] = einsums_of(simulated);
  for (const explore::SimulatedRegisters& use : simulated.registers)
    json["registers"][costed.machine->units[use.unit.index()].name] = {{"entries", use.entries},
                                                                       {"needed", use.peak.entries},
                                                                       {"at_cycle", use.peak.cycle},
                                                                       {"of", use.peak.of}};
  json["differences"] = simulated.differences;
}

}  // namespace

Json simulation_json(const explore::Simulated& simulated) {
  const explore::Costed& costed = simulated.costed;
  Json json;
  json["scenario"] = costed.scenario.name;
  json["parameters"] = costed.scenario.parameters;
  json["quirks"] = costed.scenario.quirks;
  json["idle_quirks"] = costed.scenario.idle_quirks;
  json["cycles"] = simulated.cycles;
  json["time_s"] = simulated.time_s;
  json["energy_j"] = simulated.energy_known ? Json(simulated.energy_j) : Json();
  if (const std::string note = explore::energy_note(costed); !note.empty())
    json["energy_note"] = note;
  json["traffic_bytes"] = simulated.dram_bytes;
  const explore::AreaAccount area = explore::area_account(costed);
  json["area_mm2"] = area.note.empty() ? Json(area.mm2) : Json();
  if (!area.note.empty()) json["area_note"] = area.note;
  json["skipped_cycles"] = simulated.skipped_cycles;
  if (costed.bound) add_bound_parts(simulated, json);
  for (const explore::SimulatedPart& part : simulated.parts)
    json["parts"][part.name] = simulation_json(part.simulated);
  return json;
}

Json functional_json(const std::string& scenario, const explore::Functional& functional) {
  Json json;
  json["scenario"] = scenario;
  json["seed"] = functional.seed;
  json["agrees"] = functional.agrees();
  for (const explore::FunctionalTensor& tensor : functional.made)
    json["made"][tensor.name] = {{"values", tensor.compared}, {"other_bits", tensor.different}};
  for (const explore::FunctionalOutput& output : functional.outputs)
    json["outputs"][output.stored.name] = {{"values", output.stored.compared},
                                           {"other_bits", output.stored.different},
                                           {"rms", output.magnitude.rms},
                                           {"rms_error", output.deviation.rms},
                                           {"largest_error", output.deviation.max_abs}};
  return json;
}

}  // namespace einfall::cli
