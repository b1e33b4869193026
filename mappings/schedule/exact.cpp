#include "mappings/schedule/exact.hpp"

#include <algorithm>
#include <limits>

#include "base/ensure.hpp"

namespace einfall::mappings {
namespace {

Wide gcd(Wide a, Wide b) {
  if (a < 0) a = -a;
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

bool multiply(Wide a, Wide b, Wide& out) { return !__builtin_mul_overflow(a, b, &out); }
bool add(Wide a, Wide b, Wide& out) { return !__builtin_add_overflow(a, b, &out); }

std::string digits(Wide value) {
  const bool negative = value < 0;
  std::string out;
  do {
    const int digit = static_cast<int>(value % 10);
    out += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (negative) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

Exact::Exact(std::int64_t numerator, std::int64_t denominator) {
  EINFALL_ENSURE(denominator > 0, "denominator of an exact number");
  *this = reduced(numerator, denominator);
}

Exact Exact::reduced(Wide numerator, Wide denominator) {
  Exact out;
  const Wide common = gcd(numerator, denominator);
  out.numerator_ = numerator / common;
  out.denominator_ = denominator / common;
  return out;
}

Exact Exact::broken() {
  Exact out;
  out.overflowed_ = true;
  return out;
}

Exact operator+(const Exact& a, const Exact& b) {
  if (a.overflowed_ || b.overflowed_) return Exact::broken();
  if (a.denominator_ == 1 && b.denominator_ == 1) {
    Exact out;
    if (!add(a.numerator_, b.numerator_, out.numerator_)) return Exact::broken();
    return out;
  }
  // Over the least common denominator, so that the intermediate values stay small.
  const Wide common = gcd(a.denominator_, b.denominator_);
  const Wide scale_a = b.denominator_ / common;
  const Wide scale_b = a.denominator_ / common;
  Wide left = 0;
  Wide right = 0;
  Wide sum = 0;
  Wide denominator = 0;
  if (!multiply(a.numerator_, scale_a, left) || !multiply(b.numerator_, scale_b, right) ||
      !add(left, right, sum) || !multiply(a.denominator_, scale_a, denominator))
    return Exact::broken();
  return Exact::reduced(sum, denominator);
}

Exact operator-(const Exact& a, const Exact& b) { return a + b * Exact(-1); }

Exact operator*(const Exact& a, const Exact& b) {
  if (a.overflowed_ || b.overflowed_) return Exact::broken();
  const Exact left = Exact::reduced(a.numerator_, b.denominator_);
  const Exact right = Exact::reduced(b.numerator_, a.denominator_);
  Wide numerator = 0;
  Wide denominator = 0;
  if (!multiply(left.numerator_, right.numerator_, numerator) ||
      !multiply(left.denominator_, right.denominator_, denominator))
    return Exact::broken();
  return Exact::reduced(numerator, denominator);
}

Exact operator/(const Exact& a, const Exact& b) {
  if (a.overflowed_ || b.overflowed_) return Exact::broken();
  EINFALL_ENSURE(b.numerator_ != 0, "division of exact numbers");
  Exact inverse;
  inverse.numerator_ = b.numerator_ < 0 ? -b.denominator_ : b.denominator_;
  inverse.denominator_ = b.numerator_ < 0 ? -b.numerator_ : b.numerator_;
  return a * inverse;
}

bool operator<(const Exact& a, const Exact& b) {
  const Exact difference = a - b;
  if (difference.overflowed_) return a.value() < b.value();
  return difference.numerator_ < 0;
}

double Exact::value() const {
  if (overflowed_) return std::numeric_limits<double>::infinity();
  return static_cast<double>(static_cast<long double>(numerator_) /
                             static_cast<long double>(denominator_));
}

std::optional<std::int64_t> Exact::ceil() const {
  if (overflowed_) return std::nullopt;
  Wide whole = numerator_ / denominator_;
  if (numerator_ % denominator_ > 0) ++whole;
  if (whole > std::numeric_limits<std::int64_t>::max() ||
      whole < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

std::string Exact::text() const {
  if (overflowed_) return "overflow";
  return is_whole() ? digits(numerator_) : digits(numerator_) + "/" + digits(denominator_);
}

const Exact& max(const Exact& a, const Exact& b) { return a < b ? b : a; }

}  // namespace einfall::mappings
