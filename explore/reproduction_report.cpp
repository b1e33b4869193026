#include "explore/reproduction_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text_table.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;

struct Column {
  std::string quantity;
  std::string title;
};

std::string number(double value) { return fmt::format("{:.5g}", value); }

bool any_published(const std::vector<PointResult>& points, const std::vector<PublishedRow>& rows,
                   const std::string& quantity) {
  return std::any_of(points.begin(), points.end(), [&](const PointResult& point) {
    return published(rows, point, quantity).has_value();
  });
}

// A quantity beside its published value, where there is one at any point.
std::string table(const std::vector<std::string>& axes, const std::vector<Column>& columns,
                  const std::vector<PointResult>& points, const std::vector<PublishedRow>& rows) {
  std::vector<TextTable::Column> heads;
  for (const std::string& axis : axes) heads.push_back({axis, TextTable::Align::kLeft});
  std::vector<bool> beside;
  for (const Column& column : columns) {
    heads.push_back({column.title, TextTable::Align::kRight});
    beside.push_back(any_published(points, rows, column.quantity));
    if (beside.back()) heads.push_back({"published", TextTable::Align::kRight});
  }
  TextTable out(heads);
  for (const PointResult& point : points) {
    std::vector<std::string> cells;
    for (const std::string& axis : axes) cells.push_back(point.key(axis));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto value = point.quantity(columns[i].quantity);
      const auto known = published(rows, point, columns[i].quantity);
      cells.push_back(value ? number(*value) : "");
      if (beside[i]) cells.push_back(known ? known->text : "");
    }
    out.add(cells);
  }
  return out.text(2);
}

std::string headlines(const ReproductionResult& result) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable out({{"mean over all points", {}},
                 {"here", kRight},
                 {"geometric", kRight},
                 {"least", kRight},
                 {"most", kRight},
                 {"paper", kRight},
                 {"artifact", kRight}});
  for (const HeadlineResult& line : result.headline) {
    const auto known = [](const std::optional<PublishedValue>& value) {
      return value ? value->text : std::string();
    };
    out.add({line.spec.name, fmt::format("{:.4f}", line.arithmetic),
             fmt::format("{:.4f}", line.geometric), fmt::format("{:.3f}", line.least),
             fmt::format("{:.3f}", line.most), known(line.spec.paper), known(line.spec.artifact)});
  }
  return out.text(2);
}

std::string areas(const Reproduction& study, const ReproductionResult& result) {
  constexpr auto kRight = TextTable::Align::kRight;
  const auto& published = study.published_area_mm2;
  std::vector<TextTable::Column> heads{{study.axes.back(), {}}, {"mm2", kRight}};
  if (!published.empty()) heads.push_back({"published", kRight});
  TextTable out(heads);
  for (const auto& [value, mm2] : result.area_mm2) {
    std::vector<std::string> cells{value, fmt::format("{:.2f}", mm2)};
    const auto known = published.find(value);
    if (!published.empty()) cells.push_back(known == published.end() ? "" : known->second.text);
    out.add(cells);
  }
  return out.text(2);
}

}  // namespace

std::string report_text(const Reproduction& study, const ReproductionResult& result) {
  std::vector<Column> columns{
      {"latency_s", "latency s"}, {"energy_j", "energy J"}, {"traffic_gb", "DRAM GB"}};
  for (const auto& [name, unit] : study.utilization) columns.push_back({name, name});
  columns.push_back({"speedup", "speedup"});
  columns.push_back({"energy_ratio", "energy ratio"});
  std::string out = "Points\n" + table(study.axes, columns, result.points, study.published_points);
  if (!result.predictions.empty()) {
    columns.resize(columns.size() - 2);
    out += "\nPredictions\n" + table(study.axes, columns, result.predictions, {});
  }
  if (!result.end_to_end.empty())
    out +=
        "\nEnd to end\n" + table(study.axes,
                                 {{"latency_s", "latency s"},
                                  {"energy_j", "energy J"},
                                  {"speedup", "speedup"},
                                  {"energy_ratio", "energy ratio"}},
                                 result.end_to_end,
                                 relative_to_first(study.published_end_to_end, result.end_to_end));
  if (!result.sweep.empty())
    out +=
        "\nArea sweep\n" +
        table(study.sweep_axes,
              {{"latency_s", "latency s"}, {"area_cm2", "area cm2"}, {"buffer_kib", "buffer KiB"}},
              result.sweep, study.published_sweep);
  out += simulated_text(study, result);
  out += "\nArea\n" + areas(study, result);
  out += "\nHeadlines\n" + headlines(result);
  return out;
}

}  // namespace einfall::explore
