#include "explore/reproduction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "explore/quirk_selection.hpp"

namespace einfall::explore {
namespace {

// The values of an axis: those its parameter lists.
base::Result<std::vector<std::string>> values_of(const Scenario& scenario,
                                                 const std::string& axis) {
  const Parameter* parameter = scenario.find(axis);
  if (parameter == nullptr || parameter->values.empty())
    return base::failure(
        base::error("E951", scenario.span,
                    fmt::format("scenario '{}' has no parameter '{}' with a list of values",
                                scenario.name, axis),
                    "the axes of a reproduction are parameters of its scenario"));
  return parameter->values;
}

// Calls `visit` with every combination, the last axis fastest.
base::Diagnostics for_each_point(const Scenario& scenario, const std::vector<std::string>& axes,
                                 const std::function<base::Diagnostics(const Keys&)>& visit) {
  std::vector<std::vector<std::string>> values;
  for (const std::string& axis : axes) {
    auto found = values_of(scenario, axis);
    if (!found) return found.error();
    values.push_back(std::move(*found));
  }
  std::vector<std::size_t> at(axes.size(), 0);
  while (true) {
    Keys keys;
    for (std::size_t i = 0; i < axes.size(); ++i) keys.emplace_back(axes[i], values[i][at[i]]);
    if (base::Diagnostics errors = visit(keys); !errors.empty()) return errors;
    std::size_t i = axes.size();
    while (i > 0 && ++at[i - 1] == values[i - 1].size()) at[--i] = 0;
    if (i == 0) return {};
  }
}

// Those of the settings that this scenario knows, and the keys.
base::Result<Settings> settings_for(const Scenario& scenario, const Settings& common,
                                    const Keys& keys, Scenarios& scenarios) {
  EINFALL_TRY(const auto known, quirk_names(scenario, scenarios));
  Settings out = quirk_settings(common, known);
  for (const auto& [name, value] : common)
    if (scenario.find(name) != nullptr) out[name] = value;
  for (const auto& [name, value] : keys)
    if (scenario.find(name) != nullptr) out[name] = value;
  return out;
}

std::vector<EinsumShare> shares_of(const Costed& costed) {
  std::vector<EinsumShare> out;
  if (!costed.bound) return out;
  const double cycles = costed.cost.cycles.value();
  for (std::size_t i = 0; i < costed.bound->einsums.size(); ++i) {
    const mappings::BoundEinsum& step = costed.bound->einsums[i];
    const arch::ComputeUnit& unit = costed.machine->units[step.unit.index()];
    const double lanes = static_cast<double>(unit.lanes());
    out.push_back({unit.name, (*costed.cascade)[step.einsum].name,
                   costed.cost.counts.steps[i].lane_cycles.value() / (lanes * cycles)});
  }
  return out;
}

PointResult point_of(const Reproduction& study, const Keys& keys, const Costed& costed) {
  PointResult point;
  point.keys = keys;
  point.latency_s = costed.time_s;
  point.traffic_bytes = costed.dram_bytes;
  point.energy_j = costed.energy_j;
  point.energy_known = costed.energy_known;
  point.shares = shares_of(costed);
  for (const auto& [name, unit] : study.utilization)
    for (std::size_t u = 0; costed.machine && u < costed.machine->units.size(); ++u)
      if (costed.machine->units[u].name == unit)
        point.utilization.emplace_back(name, costed.cost.units[u].utilization);
  return point;
}

// The first value of the last axis is the baseline of the ones that follow it.
void set_ratios(std::vector<PointResult>& points) {
  const PointResult* base = nullptr;
  for (PointResult& point : points) {
    const bool same =
        base != nullptr && std::equal(base->keys.begin(), base->keys.end() - 1, point.keys.begin());
    if (!same) base = &point;
    point.speedup = base->latency_s / point.latency_s;
    if (point.energy_known && base->energy_known)
      point.energy_ratio = point.energy_j / base->energy_j;
  }
}

class Run {
 public:
  Run(const Reproduction& study, const Settings& settings, Documents& documents,
      const ReproductionOptions& options)
      : study_(study), settings_(settings), documents_(documents), options_(options) {}

  base::Result<ReproductionResult> run() {
    EINFALL_TRY(const auto scenario, load(study_.scenario));
    auto errors = points(*scenario);
    if (errors.empty()) errors = predictions(*scenario);
    if (errors.empty() && !study_.end_to_end.value.empty()) errors = end_to_end();
    if (errors.empty() && !study_.sweep.value.empty()) errors = sweep();
    if (!errors.empty()) return base::failure(std::move(errors));
    for (const HeadlineSpec& spec : study_.headline) out_.headline.push_back(mean(spec));
    return std::move(out_);
  }

 private:
  base::Result<std::shared_ptr<const Scenario>> load(const Located<std::string>& name) {
    return scenario_of(study_, name, documents_.scenarios());
  }

  base::Result<Costed> evaluate(const Scenario& scenario, const Settings& common, const Keys& keys,
                                const Settings& more = {}) {
    EINFALL_TRY(Settings settings, settings_for(scenario, common, keys, documents_.scenarios()));
    for (const auto& [name, value] : more) settings[name] = value;
    EINFALL_TRY(const Resolved resolved, resolve(scenario, settings, documents_.scenarios()));
    return cost_scenario(resolved, documents_);
  }

  base::Diagnostics points(const Scenario& scenario) {
    auto errors = for_each_point(scenario, study_.axes, [&](const Keys& keys) {
      const auto costed = evaluate(scenario, settings_, keys);
      if (!costed) return costed.error();
      auto added = add_point(scenario, *costed, keys, out_.points);
      return added.empty() ? area_of(keys.back().second, *costed) : added;
    });
    set_ratios(out_.points);
    return errors;
  }

  base::Diagnostics predictions(const Scenario& scenario) {
    if (study_.predictions.empty()) return {};
    return for_each_point(scenario, study_.axes, [&](const Keys& keys) {
      for (const PredictionSpec& prediction : study_.predictions) {
        if (keys.back().second != prediction.beside) continue;
        const auto costed = evaluate(scenario, settings_, keys, prediction.settings);
        if (!costed) return costed.error();
        auto errors = add_point(scenario, *costed, keys, out_.predictions);
        if (!errors.empty()) return errors;
        out_.predictions.back().keys.back().second = prediction.name;
      }
      return base::Diagnostics{};
    });
  }

  base::Diagnostics add_point(const Scenario& scenario, const Costed& costed, const Keys& keys,
                              std::vector<PointResult>& out) {
    out.push_back(point_of(study_, keys, costed));
    if (!options_.simulate) return {};
    auto simulated = simulate(scenario, costed, keys);
    if (!simulated) return simulated.error();
    out.back().simulated = std::move(*simulated);
    return {};
  }

  base::Result<SimulatedPoint> simulate(const Scenario& scenario, const Costed& costed,
                                        const Keys& keys) {
    if (!costed.parts.empty())
      return base::failure(base::error(
          "E959", study_.scenario.span,
          fmt::format("scenario '{}' is composed of others, which have no slowest unit together",
                      scenario.name),
          "simulate the scenario of one of its parts"));
    if (!costed.scenario.quirks.empty())
      return base::failure(base::error(
          "E959", study_.scenario.span,
          fmt::format(
              "a study is simulated on the machine as it is described, and quirk '{}' is an "
              "assumption of the published model",
              costed.scenario.quirks.front()),
          "leave out --mode and --set quirks: the published model stands beside every simulated "
          "point"));
    EINFALL_TRY(const Simulated run, simulate_costed(costed, {}));
    SimulatedPoint out;
    out.unit = run.engines[run.slowest].name;
    out.latency_s = run.time_s;
    out.simulated = simulated_account(run);
    out.analytic = analytic_account(costed.cost, run.slowest);
    EINFALL_TRY(const auto quirks, quirk_names(scenario, documents_.scenarios()));
    if (quirks.empty()) return out;
    Settings common = settings_;
    common.erase("quirks");
    common["mode"] = "published";
    EINFALL_TRY(const Costed published, evaluate(scenario, common, keys));
    if (run.slowest < published.cost.units.size())
      out.published = analytic_account(published.cost, run.slowest);
    return out;
  }

  // One area for each value of the last axis: its machine's.
  base::Diagnostics area_of(const std::string& value, const Costed& costed) {
    for (const auto& one : out_.area_mm2)
      if (one.first == value) return {};
    const auto parts = arch::area(*costed.machine);
    if (!parts) return parts.error();
    double sum = 0;
    for (const arch::AreaPart& part : *parts) sum += part.mm2;
    out_.area_mm2.emplace_back(value, sum);
    return {};
  }

  base::Diagnostics end_to_end() {
    const auto scenario = load(study_.end_to_end);
    if (!scenario) return scenario.error();
    auto errors = for_each_point(**scenario, study_.axes, [&](const Keys& keys) {
      auto costed = evaluate(**scenario, settings_, keys);
      if (!costed) return costed.error();
      out_.end_to_end.push_back(point_of(study_, keys, *costed));
      return base::Diagnostics{};
    });
    set_ratios(out_.end_to_end);
    return errors;
  }

  base::Diagnostics sweep() {
    const auto scenario = load(study_.sweep);
    if (!scenario) return scenario.error();
    return for_each_point(**scenario, study_.sweep_axes, [&](const Keys& keys) {
      auto costed = evaluate(**scenario, settings_, keys);
      if (!costed) return costed.error();
      PointResult point = point_of(study_, keys, *costed);
      const auto parts = arch::area(*costed->machine);
      if (!parts) return parts.error();
      point.area_mm2 = 0;
      for (const arch::AreaPart& part : *parts) *point.area_mm2 += part.mm2;
      const arch::Memory& innermost = costed->machine->memories.back();
      if (innermost.capacity) point.buffer_bytes = innermost.capacity->value.value();
      out_.sweep.push_back(std::move(point));
      return base::Diagnostics{};
    });
  }

  HeadlineResult mean(const HeadlineSpec& spec) const {
    const auto& points = spec.of == "end_to_end" ? out_.end_to_end : out_.points;
    HeadlineResult out;
    out.spec = spec;
    double sum = 0;
    double logarithms = 0;
    double count = 0;
    for (const PointResult& above : points) {
      if (above.keys.back().second != spec.from) continue;
      for (const PointResult& below : points) {
        if (below.keys.back().second != spec.to ||
            !std::equal(above.keys.begin(), above.keys.end() - 1, below.keys.begin()))
          continue;
        const double ratio =
            above.quantity(spec.quantity).value_or(0) / below.quantity(spec.quantity).value_or(1);
        out.least = count == 0 ? ratio : std::min(out.least, ratio);
        out.most = count == 0 ? ratio : std::max(out.most, ratio);
        sum += ratio;
        logarithms += std::log(ratio);
        count += 1;
      }
    }
    if (count == 0) return out;
    out.arithmetic = sum / count;
    out.geometric = std::exp(logarithms / count);
    return out;
  }

  const Reproduction& study_;
  const Settings& settings_;
  Documents& documents_;
  const ReproductionOptions& options_;
  ReproductionResult out_;
};

}  // namespace

base::Result<ReproductionResult> reproduce(const Reproduction& study, const Settings& settings,
                                           Documents& documents,
                                           const ReproductionOptions& options) {
  if (auto errors = check_settings(study, settings, documents); !errors.empty())
    return base::failure(std::move(errors));
  return Run(study, settings, documents, options).run();
}

const std::string& PointResult::key(const std::string& axis) const {
  static const std::string kNone;
  for (const auto& [name, value] : keys)
    if (name == axis) return value;
  return kNone;
}

std::optional<double> PointResult::quantity(const std::string& name) const {
  if (name == "latency_s") return latency_s;
  if (name == "traffic_bytes") return traffic_bytes;
  if (name == "traffic_gb") return traffic_bytes * 1e-9;
  if (name == "energy_j" && energy_known) return energy_j;
  if (name == "speedup") return speedup;
  if (name == "energy_ratio") return energy_ratio;
  if (name == "area_cm2" && area_mm2) return *area_mm2 * 1e-2;
  if (name == "simulated_over_published" && simulated && simulated->published)
    return simulated->simulated.sum().value() / simulated->published->sum().value();
  if (name == "buffer_kib") return static_cast<double>(buffer_bytes) / 1024;
  for (const auto& [unit, value] : utilization)
    if (unit == name) return value;
  return std::nullopt;
}

}  // namespace einfall::explore
