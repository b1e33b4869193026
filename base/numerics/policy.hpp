#pragma once

#include <map>
#include <string>

#include "base/numerics/format.hpp"
#include "base/numerics/implementation.hpp"
#include "base/numerics/reduce_order.hpp"

namespace einfall::base::numerics {

/// The numerics of a machine that a cascade's types do not say.
struct Policy {
  Implementation exp;  // exp and exp2; sigmoid and silu are built from it unless correctly rounded
  Implementation tanh;
  Implementation rsqrt;
  /// Of reductions whose tensor declares no order.
  Order order;
  /// Ends of the range, by name of the type ("fp8e4m3"); IEEE behaviour where a type is not named.
  std::map<std::string, Rounding> rounding;
  bool operator==(const Policy&) const = default;

  [[nodiscard]] Rounding rounding_of(const std::string& type) const {
    const auto found = rounding.find(type);
    return found == rounding.end() ? Rounding{} : found->second;
  }
};

}  // namespace einfall::base::numerics
