#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/costing.hpp"
#include "explore/time_account.hpp"

/// Reproductions of published studies: a document lists the points (scenarios over the values of
/// some parameters), what is derived from them, and the published values to print beside. Nothing
/// here knows a study's designs, models or lengths.
namespace einfall::explore {

/// One value per axis, in the order of the axes: {model: BERT, seq_len: 1K, design: flat}.
using Keys = std::vector<std::pair<std::string, std::string>>;

/// A published number, and its digits as the document has them.
struct PublishedValue {
  double value = 0;
  std::string text;
};

/// Mean of quantity(from) / quantity(to) over all points, where from and to are values of the last
/// axis.
struct HeadlineSpec {
  std::string name;
  std::string of;        // points, end_to_end
  std::string quantity;  // latency_s, energy_j
  std::string from, to;
  std::optional<PublishedValue> paper, artifact;
};

struct FigureSpec {
  std::string file, title;
  std::string of;        // points, end_to_end, shares, sweep
  std::string quantity;  // points, end_to_end
  std::string unit;      // shares
  Keys at;               // shares: the points drawn
  std::string x, y, by;  // sweep
};

/// Another evaluation of the points of one value of the last axis, under a name of its own.
struct PredictionSpec {
  std::string name, beside;
  Settings settings;  // what differs
};

/// Published values at one point: quantity -> (value of the last axis, or "") -> number. Of the
/// quantity Q_of_last the number at a value of the last axis is Q of the axis's last value,
/// relative to that value.
struct PublishedRow {
  Keys keys;
  std::map<std::string, std::map<std::string, PublishedValue>> values;
};

struct Reproduction {
  std::string name;
  std::string doc;
  Located<std::string> scenario;
  std::vector<std::string> axes;
  std::vector<std::pair<std::string, std::string>> utilization;  // name -> unit
  std::vector<PredictionSpec> predictions;
  Located<std::string> end_to_end;  // scenario; empty: none
  Located<std::string> sweep;       // scenario; empty: none
  std::vector<std::string> sweep_axes;
  std::vector<HeadlineSpec> headline;
  std::vector<FigureSpec> figures;
  std::map<std::string, PublishedValue> published_area_mm2;
  std::vector<PublishedRow> published_points, published_end_to_end, published_sweep;
  std::string path;
  base::SourceSpan span;
};

/// One of the scenarios that a study names. Errors: those of load_scenario.
[[nodiscard]] base::Result<std::shared_ptr<const Scenario>> scenario_of(
    const Reproduction& study, const Located<std::string>& name, Scenarios& scenarios);

/// Errors: E950 and those of the YAML reader.
[[nodiscard]] base::Result<Reproduction> load_reproduction(const std::string& path);

/// Every schema of a reproduction document, for the reference page.
[[nodiscard]] std::vector<base::SchemaTable> reproduction_schema_tables();

// ---- Results -----------------------------------------------------------------------------------

struct EinsumShare {
  std::string unit, einsum;
  double share = 0;  // lanes doing its points, of all lanes over the run
};

/// The same point executed by the simulator: the cycles of its slowest unit by three witnesses.
struct SimulatedPoint {
  std::string unit;
  double latency_s = 0;
  TimeAccount simulated, analytic;
  /// The published model: all quirks, and of a prediction what it stands beside. None where the
  /// scenario has no quirks.
  std::optional<TimeAccount> published;
};

struct PointResult {
  Keys keys;
  double latency_s = 0;
  double traffic_bytes = 0;
  double energy_j = 0;
  bool energy_known = true;
  std::vector<std::pair<std::string, double>> utilization;
  std::vector<EinsumShare> shares;
  /// Ratios to the first value of the last axis: its latency over this one, this energy over its.
  /// No value for points that are not compared, nor without energies.
  std::optional<double> speedup;
  std::optional<double> energy_ratio;

  [[nodiscard]] const std::string& key(const std::string& axis) const;
  /// latency_s, traffic_bytes, traffic_gb, energy_j, speedup, energy_ratio, area_cm2,
  /// simulated_over_published (cycles), or a utilization; nullopt for other names.
  [[nodiscard]] std::optional<double> quantity(const std::string& name) const;
  std::optional<double> area_mm2;           // sweep points
  std::int64_t buffer_bytes = 0;            // sweep points: capacity of the innermost memory
  std::optional<SimulatedPoint> simulated;  // points and predictions, if asked for
};

struct HeadlineResult {
  HeadlineSpec spec;
  double arithmetic = 0;
  double geometric = 0;
  double least = 0;
  double most = 0;
};

struct ReproductionResult {
  std::vector<PointResult> points;
  std::vector<PointResult> predictions;  // point by point, in the order of the study's
  std::vector<PointResult> end_to_end;
  std::vector<PointResult> sweep;
  std::vector<HeadlineResult> headline;
  std::vector<std::pair<std::string, double>> area_mm2;  // by value of the last axis
};

/// Errors in settings of a study: E951 a parameter or quirk that none of its scenarios has, E952
/// mode and quirks that contradict, E958 a setting of one of its axes.
[[nodiscard]] base::Diagnostics check_settings(const Reproduction& study, const Settings& settings,
                                               Documents& documents);

/// The study without its published values if a setting other than mode and quirks differs from the
/// default of its parameter; `changed` gets the names of those settings.
[[nodiscard]] base::Result<Reproduction> comparable(Reproduction study, const Settings& settings,
                                                    Documents& documents,
                                                    std::vector<std::string>& changed);

struct ReproductionOptions {
  bool simulate = false;  // also executes every point and prediction
};

/// Evaluates every point. `settings` go to every scenario that has such parameters, of quirks to
/// each those it has. Errors: those of check_settings, of the scenarios and of the simulator.
[[nodiscard]] base::Result<ReproductionResult> reproduce(const Reproduction& study,
                                                         const Settings& settings,
                                                         Documents& documents,
                                                         const ReproductionOptions& options = {});

/// The published value of a quantity at a point, if there is one.
[[nodiscard]] std::optional<PublishedValue> published(const std::vector<PublishedRow>& rows,
                                                      const PointResult& point,
                                                      const std::string& quantity);

/// All published values at a point, by quantity.
[[nodiscard]] std::map<std::string, PublishedValue> published_at(
    const std::vector<PublishedRow>& rows, const PointResult& point);

/// Rows of Q_of_last turned into Q relative to the first value of the last axis, as the points have
/// it: x of the first value is the last one's, x / y that of a value for which y is published; of
/// as many digits as the one of the two with fewer.
[[nodiscard]] std::vector<PublishedRow> relative_to_first(const std::vector<PublishedRow>& rows,
                                                          const std::vector<PointResult>& points);

}  // namespace einfall::explore
