#include "arch/dataflow.hpp"

#include <fmt/format.h>

#include <array>

#include "base/diagnostic.hpp"

namespace einfall::arch {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"output-stationary", "weight-stationary",
                                                    "in-place", "column-reduce", "vector"};

}  // namespace

std::string_view name(Dataflow dataflow) { return kNames[static_cast<std::size_t>(dataflow)]; }

std::optional<Dataflow> read_dataflow(const Located<std::string>& written,
                                      base::Diagnostics& sink) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (written.value == kNames[i]) return static_cast<Dataflow>(i);
  const std::string close = base::nearest(written.value, {kNames.begin(), kNames.end()});
  sink.push_back(base::error("E712", written.span,
                             fmt::format("there is no dataflow '{}'", written.value),
                             close.empty() ? fmt::format("dataflows: {}", fmt::join(kNames, " "))
                                           : fmt::format("did you mean '{}'?", close)));
  return std::nullopt;
}

}  // namespace einfall::arch
