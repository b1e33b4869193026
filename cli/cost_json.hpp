#pragma once

#include <nlohmann/json.hpp>

#include "explore/costing.hpp"

namespace einfall::cli {

/// A whole number as one, anything else as a fraction.
[[nodiscard]] nlohmann::ordered_json number(const mappings::Exact& value);

/// The cost of a scenario as `--json` prints it. Whole cycles and bytes are numbers; where a value
/// is a fraction, `cycles` is rounded and `cycles_exact` has the fraction as text.
[[nodiscard]] nlohmann::ordered_json cost_json(const explore::Costed& costed);

/// Tensors without a type, and the bytes that their elements are counted with: {bytes, tensors}.
[[nodiscard]] nlohmann::ordered_json untyped_json(const explore::Costed& costed);

}  // namespace einfall::cli
