#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Small SVG charts: bars in groups, bars in stacks, lines on logarithmic axes, and bars over time.
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

struct Bar {
  std::size_t lane = 0;
  std::size_t kind = 0;  // into Timeline::kinds
  std::int64_t from = 0, to = 0;
};
struct Timeline {
  std::string title;
  std::string x_label;
  std::vector<std::string> lanes;  // from the top down
  std::vector<std::string> kinds;  // each with its colour, written into bars that are wide enough
  std::vector<Bar> bars;
  std::vector<std::int64_t> marks;  // dashed lines
  std::int64_t from = 0, to = 1;    // what is drawn; bars are cut there
};
[[nodiscard]] std::string draw(const Timeline& timeline);

}  // namespace einfall::explore
