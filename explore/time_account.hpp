#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "explore/simulation.hpp"

/// Where the time of one unit goes, by each witness in the same terms.
namespace einfall::explore {

/// Cycles; the parts add up to the run, exactly.
struct TimeAccount {
  mappings::Exact busy, ends, interval, operand, dependence, space, barrier, port;

  /// Every part under its name, in the order in which they are shown.
  [[nodiscard]] std::array<std::pair<std::string_view, mappings::Exact>, 8> parts() const;
  [[nodiscard]] mappings::Exact sum() const;
};
/// Part by part.
[[nodiscard]] TimeAccount operator-(const TimeAccount& a, const TimeAccount& b);

/// Whole cycles as such, others with two digits of what is left of them.
[[nodiscard]] std::string cycles_text(const mappings::Exact& cycles);

/// Of the slowest unit: busy, the cycles before its first operation and after its last (ends), and
/// what it waits for in between. No interval: a simulation has none, only waiting. Precondition: no
/// composition.
[[nodiscard]] TimeAccount simulated_account(const Simulated& simulated);

/// - ends: what the sections charge for fill and drain, or what the runs of a pipeline take beyond
///   their intervals;
/// - interval: by which the interval of a pipeline is longer than the unit is busy in it;
/// - operand, dependence, space, barrier, port: sections that the outermost memory bounds, drains
///   of producers in earlier phases, nothing, phases that another unit bounds, and phases that
///   ports bound.
[[nodiscard]] TimeAccount analytic_account(const mappings::Cost& cost, std::size_t unit);

}  // namespace einfall::explore
