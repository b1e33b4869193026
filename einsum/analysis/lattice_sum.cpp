#include "einsum/analysis/lattice_sum.hpp"

#include <algorithm>

#include "base/floor_div.hpp"

namespace einfall::einsum::lattice {
namespace {

// slope * x + offset.
struct Line {
  Wide slope = 0, offset = 0;
  [[nodiscard]] Wide at(Wide x) const { return slope * x + offset; }
};

// y between the lower and the upper lines, x in its range.
struct Strip {
  std::vector<Line> lower, upper;
  Range x;
};

bool unit(const Conjunction& all, Var v) {
  return std::all_of(all.begin(), all.end(), [&](const Linear& linear) {
    const auto term = linear.terms.find(v);
    return term == linear.terms.end() || term->second == 1 || term->second == -1;
  });
}

Strip strip_of(const Conjunction& all, const Box& box, Var x, Var y) {
  Strip strip{{{0, box[y].low}}, {{0, box[y].high}}, box[x]};
  for (const Linear& linear : all) {
    const auto of_x = linear.terms.find(x), of_y = linear.terms.find(y);
    const Wide slope = of_x == linear.terms.end() ? 0 : of_x->second;
    if (of_y == linear.terms.end()) continue;  // already in x's range
    if (of_y->second > 0)
      strip.upper.push_back({-slope, -Wide{linear.constant}});
    else
      strip.lower.push_back({slope, linear.constant});
  }
  return strip;
}

// Length of y's interval, 0 if empty.
Wide length(const Strip& strip, Wide x) {
  Wide low = strip.lower.front().at(x), high = strip.upper.front().at(x);
  for (const Line& line : strip.lower) low = std::max(low, line.at(x));
  for (const Line& line : strip.upper) high = std::min(high, line.at(x));
  return std::max<Wide>(0, high - low + 1);
}

// First places of the stretches in which the length is one affine function of x.
std::vector<Wide> stretches(const Strip& strip) {
  std::vector<Line> lines = strip.upper;
  for (const Line& line : strip.lower) {
    lines.push_back(line);
    lines.push_back({line.slope, line.offset - 1});  // where the interval becomes empty
  }
  std::vector<Wide> starts{strip.x.low};
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (std::size_t j = i + 1; j < lines.size(); ++j) {
      const Wide slope = lines[i].slope - lines[j].slope;
      if (slope == 0) continue;
      const Wide crossing = base::floor_div(lines[j].offset - lines[i].offset, slope);
      for (const Wide start : {crossing, crossing + 1})
        if (start > strip.x.low && start <= strip.x.high) starts.push_back(start);
    }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

Wide sum(const Strip& strip) {
  const std::vector<Wide> starts = stretches(strip);
  Wide total = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const Wide first = starts[i];
    const Wide last = i + 1 < starts.size() ? starts[i + 1] - 1 : Wide{strip.x.high};
    total += (last - first + 1) * (length(strip, first) + length(strip, last)) / 2;
  }
  return total;
}

}  // namespace

std::optional<Wide> sum_of_pair(const Conjunction& all, const Box& box, Var a, Var b) {
  if (unit(all, b)) return sum(strip_of(all, box, a, b));
  if (unit(all, a)) return sum(strip_of(all, box, b, a));
  return std::nullopt;
}

}  // namespace einfall::einsum::lattice
