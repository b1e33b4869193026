#pragma once

#include <optional>
#include <string_view>

#include "base/numerics/format.hpp"
#include "base/numerics/implementation.hpp"
#include "base/numerics/reduce_order.hpp"
#include "base/schema.hpp"

/// How a machine computes, in the terms of base/numerics.
namespace einfall::arch {

struct Numerics {
  /// Of tensors that the cascade gives no type; unset: not said.
  std::optional<base::numerics::Format> operand;
  /// Of running reductions that the cascade gives no type; unset: not said.
  std::optional<base::numerics::Format> accumulate;
  base::numerics::Order order;
  base::numerics::Implementation exp;
  base::numerics::Rounding rounding;  // of every floating-point format but fp64
  bool operator==(const Numerics&) const = default;
};

/// The name of a format, "bf16".
[[nodiscard]] std::string_view name(const base::numerics::Format& format);

/// The keys of `numerics:`. Error: E716 a word that says no format, order or implementation.
[[nodiscard]] base::Schema<Numerics> numerics_schema();

}  // namespace einfall::arch
