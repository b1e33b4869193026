#include "explore/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace einfall::explore {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 150;
constexpr double kTop = 40;
constexpr double kBottom = 90;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPlotHeight = kHeight - kTop - kBottom;
// Okabe and Ito's palette, told apart with any colour vision.
constexpr const char* kColours[] = {
    "#999999", "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7", "#f0e442",
    "#000000", "#7f3c8d", "#11a579", "#3969ac", "#80ba5a", "#a5aa99", "#cf1c90", "#4b4b8f"};

std::string colour(std::size_t i) { return kColours[i % std::size(kColours)]; }

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::string text(double x, double y, const std::string& what, const std::string& more = {}) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more, escaped(what));
}

std::string head(const std::string& title) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
             "height=\"{1}\" font-family=\"sans-serif\" font-size=\"11\">\n"
             "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
             kWidth, kHeight) +
         text(kLeft, 24, title, " font-size=\"15\"");
}

// Of the names that are used, each with the colour of its place in the list.
std::string legend(const std::vector<std::string>& names, const std::vector<bool>& used) {
  std::string out;
  double y = kTop - 16;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!used[i]) continue;
    y += 16;
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" fill=\"{}\"/>\n",
                       kWidth - kRight + 12, y, colour(i));
    out += text(kWidth - kRight + 28, y + 9, names[i]);
  }
  return out;
}

std::string legend(const std::vector<std::string>& names) {
  return legend(names, std::vector<bool>(names.size(), true));
}

std::string gridline(double y, const std::string& label) {
  return fmt::format(
             "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" "
             "stroke=\"#dddddd\"/>\n",
             kLeft, kLeft + kPlotWidth, y, y) +
         text(kLeft - 6, y + 4, label, " text-anchor=\"end\"");
}

std::string axis_titles(const std::string& x, const std::string& y) {
  return text(kLeft + kPlotWidth / 2, kHeight - 8, x, " text-anchor=\"middle\"") +
         fmt::format(
             "<text transform=\"translate(16 {:.1f}) rotate(-90)\" "
             "text-anchor=\"middle\">{}</text>\n",
             kTop + kPlotHeight / 2, escaped(y));
}

// A step of 1, 2 or 5 times a power of ten that divides the range into about five.
double step_of(double most) {
  const double rough = most / 5;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

double largest(const BarChart& chart) {
  double most = 0;
  for (std::size_t g = 0; g < chart.groups.size(); ++g) {
    double sum = 0;
    for (const Series& series : chart.series) {
      const double value = std::isnan(series.values[g]) ? 0 : series.values[g];
      sum = chart.stacked ? sum + value : std::max(sum, value);
    }
    most = std::max(most, sum);
  }
  return most > 0 ? most : 1;
}

}  // namespace

std::string draw(const BarChart& chart) {
  std::string out = head(chart.title);
  const double most = largest(chart);
  const double step = step_of(most);
  const double top = step * std::ceil(most / step);
  const auto height = [&](double value) { return value / top * kPlotHeight; };
  const double floor = kTop + kPlotHeight;
  for (double tick = 0; tick <= top * 1.0001; tick += step)
    out += gridline(floor - height(tick), fmt::format("{:.4g}", tick));
  const double group_width = kPlotWidth / static_cast<double>(chart.groups.size());
  const double bars = chart.stacked ? 1 : static_cast<double>(chart.series.size());
  const double bar_width = group_width * 0.8 / bars;
  for (std::size_t g = 0; g < chart.groups.size(); ++g) {
    const double left = kLeft + group_width * (static_cast<double>(g) + 0.1);
    double below = 0;
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const double value = chart.series[s].values[g];
      if (std::isnan(value)) continue;
      const double x = chart.stacked ? left : left + bar_width * static_cast<double>(s);
      out += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x,
          floor - height(below + value), bar_width * 0.95, height(value), colour(s));
      if (chart.stacked) below += value;
    }
    out += fmt::format(
        "<text transform=\"translate({:.1f} {:.1f}) rotate(-60)\" "
        "text-anchor=\"end\">{}</text>\n",
        left + group_width * 0.4, floor + 12, escaped(chart.groups[g]));
  }
  out += axis_titles("", chart.y_label);
  std::vector<std::string> names;
  for (const Series& series : chart.series) names.push_back(series.name);
  return out + legend(names) + "</svg>\n";
}

std::string draw(const LineChart& chart) {
  std::string out = head(chart.title);
  double low_x = 1e300, high_x = 0, low_y = 1e300, high_y = 0;
  for (const Line& line : chart.lines)
    for (const auto& [x, y] : line.points) {
      low_x = std::min(low_x, x);
      high_x = std::max(high_x, x);
      low_y = std::min(low_y, y);
      high_y = std::max(high_y, y);
    }
  const double first_x = std::floor(std::log10(low_x)), last_x = std::ceil(std::log10(high_x));
  const double first_y = std::floor(std::log10(low_y)), last_y = std::ceil(std::log10(high_y));
  const auto at_x = [&](double logarithm) {
    return kLeft + (logarithm - first_x) / std::max(1.0, last_x - first_x) * kPlotWidth;
  };
  const auto at_y = [&](double logarithm) {
    return kTop + kPlotHeight -
           (logarithm - first_y) / std::max(1.0, last_y - first_y) * kPlotHeight;
  };
  for (double tick = first_y; tick <= last_y; ++tick)
    out += gridline(at_y(tick), fmt::format("{:.4g}", std::pow(10.0, tick)));
  for (double tick = first_x; tick <= last_x; ++tick)
    out += text(at_x(tick), kTop + kPlotHeight + 16, fmt::format("{:.4g}", std::pow(10.0, tick)),
                " text-anchor=\"middle\"");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    std::string path;
    for (const auto& [x, y] : chart.lines[i].points) {
      const double px = at_x(std::log10(x)), py = at_y(std::log10(y));
      path += fmt::format("{}{:.1f} {:.1f} ", path.empty() ? "M" : "L", px, py);
      out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", px, py,
                         colour(i));
    }
    out += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", path, colour(i));
    names.push_back(chart.lines[i].name);
  }
  out += axis_titles(chart.x_label, chart.y_label);
  return out + legend(names) + "</svg>\n";
}

std::string draw(const Timeline& timeline) {
  std::string out = head(timeline.title);
  const auto length = static_cast<double>(timeline.to - timeline.from);
  const auto x_of = [&](std::int64_t time) {
    return kLeft + static_cast<double>(time - timeline.from) / length * kPlotWidth;
  };
  const double lane_height = kPlotHeight / static_cast<double>(timeline.lanes.size());
  for (std::size_t l = 0; l < timeline.lanes.size(); ++l) {
    const double y = kTop + lane_height * static_cast<double>(l);
    out += gridline(y + lane_height, "");
    out += text(kLeft - 6, y + lane_height / 2 + 4, timeline.lanes[l], " text-anchor=\"end\"");
  }
  const double step = step_of(length);
  for (double tick = std::ceil(static_cast<double>(timeline.from) / step) * step;
       tick <= static_cast<double>(timeline.to); tick += step)
    out += text(x_of(static_cast<std::int64_t>(tick)), kTop + kPlotHeight + 16,
                fmt::format("{:.0f}", tick), " text-anchor=\"middle\"");
  for (const std::int64_t mark : timeline.marks)
    out += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#555555\" "
        "stroke-dasharray=\"3 3\"/>\n",
        x_of(mark), kTop, kTop + kPlotHeight);
  std::vector<bool> used(timeline.kinds.size(), false);
  for (const Bar& bar : timeline.bars) {
    if (bar.to <= timeline.from || bar.from >= timeline.to) continue;
    used[bar.kind] = true;
    const double x = x_of(std::max(bar.from, timeline.from));
    const double width = x_of(std::min(bar.to, timeline.to)) - x;
    const double y = kTop + lane_height * (static_cast<double>(bar.lane) + 0.1);
    out += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y,
        width, lane_height * 0.8, colour(bar.kind));
    const std::string& name = timeline.kinds[bar.kind];
    if (width > 6.5 * static_cast<double>(name.size()) + 4)
      out += text(x + width / 2, y + lane_height * 0.4 + 4, name,
                  " text-anchor=\"middle\" fill=\"white\" stroke=\"black\" stroke-width=\"2\" "
                  "paint-order=\"stroke\"");
  }
  out += axis_titles(timeline.x_label, "");
  return out + legend(timeline.kinds, used) + "</svg>\n";
}

}  // namespace einfall::explore
