#include <fmt/format.h>

#include <algorithm>

#include "base/text_table.hpp"
#include "explore/reproduction_report.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;
using mappings::Exact;
constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;

std::string percent(const Exact& part, const Exact& of) {
  if (part == Exact(0)) return "0";
  return fmt::format("{:+.4f}", 100 * part.value() / of.value());
}

std::vector<TextTable::Column> axes_of(const Reproduction& study) {
  std::vector<TextTable::Column> heads;
  for (const std::string& axis : study.axes) heads.push_back({axis, kLeft});
  return heads;
}
std::vector<std::string> keys_of(const PointResult& point) {
  std::vector<std::string> cells;
  for (const auto& [axis, value] : point.keys) cells.push_back(value);
  return cells;
}

std::string cycles_table(const Reproduction& study, const std::vector<const PointResult*>& points) {
  std::vector<TextTable::Column> heads = axes_of(study);
  for (const char* title :
       {"published model", "analytic", "simulated", "% over published model", "% over analytic"})
    heads.push_back({title, kRight});
  TextTable out(heads);
  for (const PointResult* point : points) {
    const SimulatedPoint& run = *point->simulated;
    const Exact simulated = run.simulated.sum(), analytic = run.analytic.sum();
    std::vector<std::string> cells = keys_of(*point);
    cells.push_back(run.published ? cycles_text(run.published->sum()) : "");
    cells.push_back(cycles_text(analytic));
    cells.push_back(cycles_text(simulated));
    cells.push_back(run.published ? percent(simulated - run.published->sum(), run.published->sum())
                                  : "");
    cells.push_back(percent(simulated - analytic, analytic));
    out.add(cells);
  }
  return out.text(2);
}

// One row: what lies between two accounts, part by part.
struct Row {
  const PointResult* point;
  std::string beside;  // shown where any row has one
  TimeAccount more, than;
};

std::string parts_table(const Reproduction& study, const std::vector<Row>& rows) {
  const bool beside =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return !row.beside.empty(); });
  std::vector<TextTable::Column> heads = axes_of(study);
  if (beside) heads.push_back({"beside", kLeft});
  for (const auto& [name, cycles] : TimeAccount().parts())
    heads.push_back({std::string(name), kRight});
  heads.push_back({"sum", kRight});
  TextTable out(heads);
  for (const Row& row : rows) {
    const TimeAccount difference = row.more - row.than;
    const Exact all = row.than.sum();
    std::vector<std::string> cells = keys_of(*row.point);
    if (beside) cells.push_back(row.beside);
    for (const auto& [name, cycles] : difference.parts()) cells.push_back(percent(cycles, all));
    cells.push_back(percent(difference.sum(), all));
    out.add(cells);
  }
  return out.text(2);
}

bool same_point(const PointResult& a, const PointResult& b) {
  return std::equal(a.keys.begin(), a.keys.end() - 1, b.keys.begin());
}

// Each prediction beside the one before it at the same point, or beside what it stands beside.
std::vector<Row> chain(const Reproduction& study, const ReproductionResult& result) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < result.predictions.size(); ++i) {
    const PointResult& point = result.predictions[i];
    const PointResult* before = nullptr;
    if (i > 0 && same_point(point, result.predictions[i - 1])) {
      before = &result.predictions[i - 1];
    } else {
      for (const PredictionSpec& spec : study.predictions)
        for (const PointResult& other : result.points)
          if (spec.name == point.keys.back().second && same_point(point, other) &&
              other.keys.back().second == spec.beside)
            before = &other;
    }
    if (before == nullptr) continue;
    rows.push_back({&point, before->keys.back().second, point.simulated->simulated,
                    before->simulated->simulated});
  }
  return rows;
}

}  // namespace

std::string simulated_text(const Reproduction& study, const ReproductionResult& result) {
  std::vector<const PointResult*> points;
  for (const auto* list : {&result.points, &result.predictions})
    for (const PointResult& point : *list)
      if (point.simulated) points.push_back(&point);
  if (points.empty()) return "";
  std::vector<Row> beyond;
  for (const PointResult* point : points)
    if (point->simulated->published)
      beyond.push_back({point, "", point->simulated->simulated, *point->simulated->published});
  std::string out = "\nSimulated cycles\n" + cycles_table(study, points);
  if (!beyond.empty())
    out += "\nSimulated beyond the published model, percent of its cycles\n" +
           parts_table(study, beyond);
  if (const auto rows = chain(study, result); !rows.empty())
    out += "\nPredictions step by step, percent of simulated cycles\n" + parts_table(study, rows);
  return out;
}

}  // namespace einfall::explore
