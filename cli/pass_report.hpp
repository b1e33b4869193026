#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "einsum/analysis/passes.hpp"
#include "einsum/ir/sizes.hpp"

/// The pass analysis as the program shows it.
namespace einfall::cli {

/// An analysis with what is needed to show it. `sizes` is unset where the cascade has ranks without
/// a size; counts that grow are then shown as formulas only.
struct PassReport {
  const einsum::Cascade& cascade;
  const einsum::PassAnalysis& analysis;
  const std::optional<einsum::Sizes>& sizes;
};

/// Tables of ranks, splits and tensors, and the critical chain of every rank with several passes.
[[nodiscard]] std::string text(const PassReport& report);

/// The fields `class`, `ranks`, `splits`, `aliases`, `joint` and `tensors`.
void add_fields(const PassReport& report, nlohmann::ordered_json& json);

}  // namespace einfall::cli
