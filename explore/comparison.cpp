#include "explore/comparison.hpp"

#include <numeric>

namespace einfall::explore {

using mappings::Exact;

Attribution attribution(const Simulated& simulated) {
  const mappings::Cost& cost = simulated.costed.cost;
  const SimulatedEngine& unit = simulated.engines[simulated.slowest];
  const auto here = simulated_account(simulated).parts();
  const auto there = analytic_account(cost, simulated.slowest).parts();
  const std::int64_t fill =
      std::accumulate(unit.use.fill.begin(), unit.use.fill.end(), std::int64_t{0});
  Attribution out;
  out.unit = unit.name;
  out.excess = Exact(simulated.cycles) - cost.cycles;
  for (std::size_t i = 0; i < here.size(); ++i) {
    const std::string what(here[i].first);
    if (what == "interval") {
      if (cost.pipeline) out.lines.push_back({what, std::nullopt, there[i].second});
    } else if (what == "space") {
      out.lines.push_back({what, here[i].second, std::nullopt});
    } else {
      if (what == "fill and drain") {
        out.lines.push_back({"fill", Exact(fill), std::nullopt, true});
        out.lines.push_back({"drain", here[i].second - fill, std::nullopt, true});
      }
      out.lines.push_back({what, here[i].second, there[i].second});
    }
  }
  return out;
}

base::Result<Compared> compare_witnesses(const std::string& path, const Settings& settings,
                                         Documents& documents) {
  Compared out;
  EINFALL_TRY(out.costed, cost_scenario(path, settings, documents));
  auto simulated = simulate_costed(out.costed, {});
  if (simulated)
    out.simulated = std::move(*simulated);
  else
    out.refused = simulated.error();
  return out;
}

}  // namespace einfall::explore
