#include "explore/gpu_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/text_table.hpp"
#include "explore/svg.hpp"

namespace einfall::explore {
namespace {

using base::TextTable;
constexpr auto kLeft = TextTable::Align::kLeft;
constexpr auto kRight = TextTable::Align::kRight;

// Below which the share lies, between neighbours on a straight line.
double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

// Ranks from 1 on; equal values share the mean of theirs.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] < values[b] || (values[a] == values[b] && a < b);
  });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (std::size_t k = i; k < end; ++k) out[order[k]] = static_cast<double>(i + end + 1) / 2;
    i = end;
  }
  return out;
}

std::optional<double> correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) mean_a += a[i] / n, mean_b += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  if (!(aa > 0 && bb > 0)) return std::nullopt;
  return ab / std::sqrt(aa * bb);
}

std::vector<GpuPrediction> those(const std::vector<GpuPrediction>& predictions,
                                 const std::function<bool(const GpuPrediction&)>& wanted) {
  std::vector<GpuPrediction> out;
  std::copy_if(predictions.begin(), predictions.end(), std::back_inserter(out), wanted);
  return out;
}

const mappings::Effect& largest(const GpuPrediction& prediction) {
  return *std::max_element(
      prediction.effects_ms.begin(), prediction.effects_ms.end(),
      [](const mappings::Effect& a, const mappings::Effect& b) { return a.cycles < b.cycles; });
}

std::string percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }

}  // namespace

GpuErrors errors_of(const std::vector<GpuPrediction>& predictions) {
  std::vector<double> sizes, predicted, measured;
  GpuErrors out;
  for (const GpuPrediction& prediction : predictions) {
    const auto error = prediction.relative_error();
    if (!error) continue;
    sizes.push_back(100 * std::abs(*error));
    out.bias += 100 * *error;
    predicted.push_back(prediction.predicted_ms);
    measured.push_back(*prediction.point.measured_ms);
  }
  out.n = sizes.size();
  if (out.n == 0) return out;
  std::sort(sizes.begin(), sizes.end());
  for (const double size : sizes) out.mape += size;
  out.mape /= static_cast<double>(out.n);
  out.bias /= static_cast<double>(out.n);
  out.median = quantile(sizes, 0.5);
  out.p90 = quantile(sizes, 0.9);
  out.max = sizes.back();
  out.rank_correlation = correlation(ranks(predicted), ranks(measured));
  return out;
}

std::vector<GpuGroup> families_of(const std::vector<GpuPrediction>& predictions) {
  std::vector<GpuGroup> out;
  for (const GpuFamily family : {GpuFamily::kPrefill, GpuFamily::kDecode}) {
    auto points = those(predictions, [&](const GpuPrediction& p) {
      return p.refused.empty() && p.family == family;
    });
    if (!points.empty()) out.push_back({std::string(name(family)), std::move(points)});
  }
  return out;
}

std::vector<GpuGroup> groups_of(const std::vector<GpuPrediction>& predictions) {
  const auto measured =
      those(predictions, [](const GpuPrediction& p) { return p.relative_error().has_value(); });
  if (measured.empty()) return {};
  std::vector<GpuGroup> out = {{"all", measured}};
  for (GpuGroup& family : families_of(measured)) {
    std::map<std::int64_t, std::vector<GpuPrediction>> by_dim;
    for (const GpuPrediction& p : family.predictions) by_dim[p.point.head_dim].push_back(p);
    const std::string name = family.name;
    out.push_back(std::move(family));
    if (by_dim.size() < 2) continue;
    for (auto& [dim, points] : by_dim)
      out.push_back({fmt::format("{} d={}", name, dim), std::move(points)});
  }
  return out;
}

std::string predictions_text(const std::vector<GpuPrediction>& predictions) {
  TextTable table({{"kernel", kLeft},
                   {"batch", kRight},
                   {"q", kRight},
                   {"kv", kRight},
                   {"d", kRight},
                   {"heads", kRight},
                   {"mask", kLeft},
                   {"predicted ms", kRight},
                   {"measured ms", kRight},
                   {"error", kRight},
                   {"most goes to", kLeft}});
  for (const GpuPrediction& p : predictions) {
    const auto error = p.relative_error();
    const bool fine = p.refused.empty();
    table.add(
        {fine ? std::string(name(p.family)) : "refused", std::to_string(p.point.batch),
         std::to_string(p.point.q_len), std::to_string(p.point.kv_len),
         std::to_string(p.point.head_dim), fmt::format("{}/{}", p.point.q_heads, p.point.kv_heads),
         p.point.mask, fine ? fmt::format("{:.6f}", p.predicted_ms) : "",
         p.point.measured_ms ? fmt::format("{:.6f}", *p.point.measured_ms) : "",
         error ? percent(*error) : "",
         fine
             ? fmt::format("{} {:.0f} %", largest(p).name, 100 * largest(p).cycles / p.predicted_ms)
             : ""});
  }
  return table.text();
}

std::string errors_text(const std::vector<GpuGroup>& groups) {
  TextTable table({{"points", kLeft},
                   {"n", kRight},
                   {"mean %", kRight},
                   {"median", kRight},
                   {"p90", kRight},
                   {"max", kRight},
                   {"bias", kRight},
                   {"rank correlation", kRight}});
  for (const GpuGroup& group : groups) {
    const GpuErrors e = errors_of(group.predictions);
    table.add({group.name, std::to_string(e.n), fmt::format("{:.2f}", e.mape),
               fmt::format("{:.2f}", e.median), fmt::format("{:.2f}", e.p90),
               fmt::format("{:.2f}", e.max), fmt::format("{:+.2f}", e.bias),
               e.rank_correlation ? fmt::format("{:.4f}", *e.rank_correlation) : "-"});
  }
  return table.text();
}

std::string effects_text(const std::vector<GpuGroup>& groups) {
  TextTable table({{"kernel", kLeft},
                   {"effect", kLeft},
                   {"share of time", kRight},
                   {"largest of", kRight},
                   {"their bias %", kRight}});
  for (const auto& [name, points] : groups) {
    // In the order in which they are met: not every kernel of a group has every effect.
    std::vector<std::pair<std::string, double>> shares;
    for (const GpuPrediction& p : points)
      for (const mappings::Effect& effect : p.effects_ms) {
        auto share = std::find_if(shares.begin(), shares.end(),
                                  [&](const auto& known) { return known.first == effect.name; });
        if (share == shares.end()) share = shares.insert(share, {effect.name, 0});
        share->second += 100 * effect.cycles / p.predicted_ms / static_cast<double>(points.size());
      }
    for (const auto& entry : shares) {
      if (entry.second < 0.05) continue;
      const auto led =
          those(points, [&](const GpuPrediction& p) { return largest(p).name == entry.first; });
      const GpuErrors errors = errors_of(led);
      table.add({name, entry.first, fmt::format("{:.1f} %", entry.second),
                 std::to_string(led.size()),
                 errors.n > 0 ? fmt::format("{:+.2f}", errors.bias) : ""});
    }
  }
  return table.text();
}

std::string comparison_plot(const std::string& title, const std::vector<GpuGroup>& groups) {
  LineChart chart{title, "measured ms", "predicted ms", {}};
  Line exact{"as measured", {}};
  for (const GpuGroup& group : groups) {
    if (group.name == "all") continue;
    Line line{group.name, {}};
    for (const GpuPrediction& p : group.predictions)
      line.points.emplace_back(*p.point.measured_ms, p.predicted_ms);
    std::sort(line.points.begin(), line.points.end());
    for (const auto& [measured, predicted] : line.points)
      exact.points.emplace_back(measured, measured);
    chart.lines.push_back(std::move(line));
  }
  std::sort(exact.points.begin(), exact.points.end());
  chart.lines.push_back(std::move(exact));
  return draw(chart);
}

}  // namespace einfall::explore
