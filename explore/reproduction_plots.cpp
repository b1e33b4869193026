#include <algorithm>
#include <limits>

#include "explore/reproduction_report.hpp"
#include "explore/svg.hpp"

namespace einfall::explore {
namespace {

const double kNothing = std::numeric_limits<double>::quiet_NaN();

// "BERT 16K": all keys but the last.
std::string group_of(const PointResult& point) {
  std::string out;
  for (std::size_t i = 0; i + 1 < point.keys.size(); ++i)
    out += (out.empty() ? "" : " ") + point.keys[i].second;
  return out;
}

// The place of a name in a list, appended if it is new.
std::size_t place(std::vector<std::string>& names, const std::string& name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

void put(BarChart& chart, const std::string& series, const std::string& group, double value) {
  const std::size_t at = place(chart.groups, group);
  auto it = std::find_if(chart.series.begin(), chart.series.end(),
                         [&](const Series& s) { return s.name == series; });
  if (it == chart.series.end()) it = chart.series.insert(chart.series.end(), {series, {}});
  it->values.resize(std::max(it->values.size(), at + 1), kNothing);
  it->values[at] = value;
}

std::string finished(BarChart chart) {
  for (Series& series : chart.series) series.values.resize(chart.groups.size(), kNothing);
  return draw(chart);
}

std::string bars(const FigureSpec& figure, const std::vector<PointResult>& points) {
  BarChart chart{figure.title, figure.quantity, {}, {}, false};
  for (const PointResult& point : points)
    if (const auto value = point.quantity(figure.quantity))
      put(chart, point.keys.back().second, group_of(point), *value);
  return finished(chart);
}

std::string stacks(const FigureSpec& figure, const std::vector<PointResult>& points) {
  BarChart chart{figure.title, "share of the lanes of " + figure.unit, {}, {}, true};
  for (const PointResult& point : points) {
    const bool drawn = std::all_of(figure.at.begin(), figure.at.end(), [&](const auto& key) {
      return point.key(key.first) == key.second;
    });
    if (!drawn) continue;
    for (const EinsumShare& share : point.shares)
      if (share.unit == figure.unit)
        put(chart, share.einsum, group_of(point) + " " + point.keys.back().second, share.share);
  }
  return finished(chart);
}

std::string lines(const FigureSpec& figure, const std::vector<PointResult>& points) {
  LineChart chart{figure.title, figure.x, figure.y, {}};
  for (const PointResult& point : points) {
    const auto x = point.quantity(figure.x);
    const auto y = point.quantity(figure.y);
    if (!x || !y || *x <= 0 || *y <= 0) continue;
    const std::string& name = point.key(figure.by);
    auto it = std::find_if(chart.lines.begin(), chart.lines.end(),
                           [&](const Line& line) { return line.name == name; });
    if (it == chart.lines.end()) it = chart.lines.insert(chart.lines.end(), {name, {}});
    it->points.emplace_back(*x, *y);
  }
  return draw(chart);
}

// Of a quantity that no point has there is nothing to draw.
bool is_known(const FigureSpec& figure, const ReproductionResult& result) {
  if (figure.quantity.empty()) return true;
  const auto& points = figure.of == "end_to_end" ? result.end_to_end : result.points;
  return std::any_of(points.begin(), points.end(), [&](const PointResult& point) {
    return point.quantity(figure.quantity).has_value();
  });
}

}  // namespace

std::vector<Plot> plots(const Reproduction& study, const ReproductionResult& result) {
  std::vector<Plot> out;
  for (const FigureSpec& figure : study.figures) {
    if (!is_known(figure, result)) continue;
    std::string svg;
    if (figure.of == "sweep")
      svg = lines(figure, result.sweep);
    else if (figure.of == "shares")
      svg = stacks(figure, result.points);
    else
      svg = bars(figure, figure.of == "end_to_end" ? result.end_to_end : result.points);
    out.push_back({figure.file + ".svg", std::move(svg)});
  }
  return out;
}

}  // namespace einfall::explore
