#pragma once

#include <boost/rational.hpp>
#include <compare>
#include <cstdint>

namespace einfall::base {

/// A number with a meaning. Only operations that make sense exist: `Cycles + Bytes` does not
/// compile, neither does `Cycles * Cycles`. Rep is an integer for counted things (exact) and
/// double for physical ones.
template <class Tag, class Rep>
class Quantity {
 public:
  using Value = Rep;
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity other) { return value_ += other.value_, *this; }
  constexpr Quantity& operator-=(Quantity other) { return value_ -= other.value_, *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
  friend constexpr Quantity operator*(Quantity a, Rep b) { return Quantity(a.value_ * b); }
  friend constexpr Quantity operator*(Rep a, Quantity b) { return Quantity(a * b.value_); }
  /// A ratio of two like quantities is a plain number.
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value_) / static_cast<double>(b.value_);
  }

 private:
  Rep value_{};
};

using Cycles = Quantity<struct CyclesTag, std::int64_t>;
using Bytes = Quantity<struct BytesTag, std::int64_t>;
using Bits = Quantity<struct BitsTag, std::int64_t>;
using Hertz = Quantity<struct HertzTag, std::int64_t>;
using BytesPerSecond = Quantity<struct BytesPerSecondTag, std::int64_t>;
using Seconds = Quantity<struct SecondsTag, double>;
using Joules = Quantity<struct JoulesTag, double>;
using Picojoules = Quantity<struct PicojoulesTag, double>;
using SquareMicrometres = Quantity<struct SquareMicrometresTag, double>;

/// Exact rates: 400 GiB/s at 940 MHz is 67108864/146875 bytes a cycle, never rounded.
using Rational = boost::rational<std::int64_t>;

[[nodiscard]] inline Rational bytes_per_cycle(BytesPerSecond rate, Hertz clock) {
  return Rational(rate.value(), clock.value());
}
[[nodiscard]] constexpr Joules joules(Picojoules energy) { return Joules(energy.value() * 1e-12); }

/// ceil(a / b) for a >= 0, b > 0.
[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

}  // namespace einfall::base
