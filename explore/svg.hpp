#pragma once

#include <string>
#include <utility>
#include <vector>

/// Small SVG charts: bars in groups, bars in stacks, and lines on logarithmic axes.
namespace einfall::explore {

struct Series {
  std::string name;
  std::vector<double> values;  // one a group; NaN: none
};
struct BarChart {
  std::string title;
  std::string y_label;
  std::vector<std::string> groups;
  std::vector<Series> series;
  bool stacked = false;
};
[[nodiscard]] std::string draw(const BarChart& chart);

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  // positive
};
struct LineChart {
  std::string title;
  std::string x_label, y_label;
  std::vector<Line> lines;
};
/// Both axes are logarithmic.
[[nodiscard]] std::string draw(const LineChart& chart);

}  // namespace einfall::explore
