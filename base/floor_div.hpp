#pragma once

#include <type_traits>

namespace einfall::base {

/// floor(a / b) of whole numbers. Precondition: b != 0, and the quotient is one of Whole's.
template <class Whole>
[[nodiscard]] constexpr Whole floor_div(Whole a, std::type_identity_t<Whole> b) {
  const Whole rest = a % b;
  return a / b - (rest != 0 && (rest < 0) != (b < 0) ? 1 : 0);
}

/// a - floor_div(a, b) * b: below b from 0 on, where b > 0.
template <class Whole>
[[nodiscard]] constexpr Whole floor_mod(Whole a, std::type_identity_t<Whole> b) {
  return a - floor_div(a, b) * b;
}

}  // namespace einfall::base
