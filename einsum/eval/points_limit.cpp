#include "einsum/eval/points_limit.hpp"

#include <fmt/format.h>

#include <cmath>

namespace einfall::einsum::eval {
namespace {

// The order of what one core evaluates outside matrix products; for the message alone.
constexpr double kPointsPerSecond = 1e8;

// Points are counted as a double: the product of many large ranks leaves even that.
std::string number(double points) {
  return std::isfinite(points) ? fmt::format("{:.4g}", points) : "more than 10^308";
}

std::string duration(double points) {
  const double seconds = points / kPointsPerSecond;
  if (seconds < 60) return "seconds";
  if (seconds < 2 * 3600) return fmt::format("about {:.0f} minutes", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("about {:.0f} hours", seconds / 3600);
  if (!std::isfinite(seconds)) return "more than 10^295 days";
  return fmt::format("about {:.3g} days", seconds / 86400);
}

}  // namespace

std::optional<base::Diagnostic> too_many_points(double points, std::int64_t most,
                                                const base::SourceSpan& span) {
  if (points <= static_cast<double>(most)) return std::nullopt;
  return base::error(
      "E601", span,
      fmt::format("this Einsum has {} points for these sizes, and at most {} are evaluated",
                  number(points), most),
      fmt::format("at 10^8 points a second that takes {}: choose smaller rank sizes "
                  "(`--set RANK=n`)",
                  duration(points)));
}

base::Result<void> check_points(const Cascade& cascade, const Sizes& sizes, std::int64_t most) {
  for (const Einsum& einsum : cascade.einsums) {
    const auto* populate = std::get_if<PopulateRoot>(&einsum.root);
    double points = 1;
    for (const VarId variable : einsum.vars)
      if (populate == nullptr || populate->target != variable)
        points *= static_cast<double>(sizes[cascade[variable].rank]);
    if (auto trouble = too_many_points(points, most, einsum.span))
      return base::failure(std::move(*trouble));
  }
  return {};
}

}  // namespace einfall::einsum::eval
