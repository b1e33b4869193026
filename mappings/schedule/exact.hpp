#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace einfall::mappings {

/// 128-bit integer: products of two counts never overflow in it.
__extension__ typedef __int128 Wide;

/// A rational number of two 128-bit integers, reduced, denominator positive. Times and traffic are
/// sums of few such terms (whole cycles, bytes over 400 GiB/s at 940 MHz, 1/129 of a tensor that
/// spills), so they stay exact; should a sum leave 128 bits all the same, the value becomes
/// `overflowed` and stays so.
class Exact {
 public:
  Exact() = default;
  Exact(std::int64_t value) : numerator_(value) {}  // NOLINT: a count is an exact number
  Exact(std::int64_t numerator, std::int64_t denominator);

  friend Exact operator+(const Exact& a, const Exact& b);
  friend Exact operator-(const Exact& a, const Exact& b);
  friend Exact operator*(const Exact& a, const Exact& b);
  /// Precondition: b is not zero.
  friend Exact operator/(const Exact& a, const Exact& b);
  Exact& operator+=(const Exact& b) { return *this = *this + b; }
  friend bool operator==(const Exact& a, const Exact& b) {
    return a.numerator_ == b.numerator_ && a.denominator_ == b.denominator_ &&
           a.overflowed_ == b.overflowed_;
  }
  friend bool operator<(const Exact& a, const Exact& b);

  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] Wide numerator() const { return numerator_; }
  [[nodiscard]] Wide denominator() const { return denominator_; }
  [[nodiscard]] bool is_whole() const { return denominator_ == 1; }
  [[nodiscard]] double value() const;
  /// The smallest whole number not below the value; nullopt outside 64 bits.
  [[nodiscard]] std::optional<std::int64_t> ceil() const;
  /// "138", "67108864/146875", "overflow".
  [[nodiscard]] std::string text() const;

 private:
  static Exact reduced(Wide numerator, Wide denominator);
  static Exact broken();
  Wide numerator_ = 0;
  Wide denominator_ = 1;
  bool overflowed_ = false;
};

[[nodiscard]] const Exact& max(const Exact& a, const Exact& b);

}  // namespace einfall::mappings
