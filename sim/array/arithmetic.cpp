#include "sim/array/arithmetic.hpp"

#include <cmath>

#include "base/ensure.hpp"
#include "base/numerics/arithmetic.hpp"

namespace einfall::sim {
namespace {

namespace numerics = base::numerics;

float reduce_exponent(float y, float& scale) {
  scale = 0;
  if (y != y) return y;
  if (std::fabs(y) > kScaleBound) {
    scale = std::copysign(kScaleBound, y);
    return 0;
  }
  scale = std::nearbyint(y);
  return y - scale;  // exact
}

bool fits_fp32(const numerics::Format& format) {
  const auto* floating = std::get_if<numerics::FloatFormat>(&format);
  return floating != nullptr && floating->precision() <= 24 && floating->exponent_bits <= 8;
}

}  // namespace

Arithmetic::Arithmetic(const UnitSpec& spec)
    : accumulate_(spec.accumulate, spec.rounding), operand_(spec.operand, spec.rounding) {
  EINFALL_ENSURE(fits_fp32(spec.accumulate), "values are carried in floats");
}

float Arithmetic::operator()(const Instruction& i, float a, float b, float c, float& scale) const {
  double result = 0;
  switch (i.op) {
    case Op::kMove:
    case Op::kExchange:
      result = a;
      break;
    case Op::kMultiplyAdd:
      result = numerics::multiply_add(accumulate_, a, b, c);
      break;
    case Op::kMultiply:
      result = numerics::mul(accumulate_, a, b);
      break;
    case Op::kAdd:
      result = numerics::add(accumulate_, a, b);
      break;
    case Op::kSubtract:
      result = numerics::sub(accumulate_, a, b);
      break;
    case Op::kMax:
      result = a > b || a != a ? a : b;
      break;
    case Op::kMin:
      result = a < b || a != a ? a : b;
      break;
    case Op::kSelect:
      result = a >= 0 ? b : c;
      break;
    case Op::kReduceExponent:
      result = reduce_exponent(a * b, scale);
      break;
    case Op::kHorner:
      result = std::fma(a, b, c);
      break;
    case Op::kHornerScaled:
      result =
          accumulate_(std::ldexp(static_cast<double>(std::fma(a, b, c)), static_cast<int>(scale)));
      break;
    case Op::kDivide:
      result = numerics::div(accumulate_, a, b);
      break;
  }
  const auto value = static_cast<float>(result);
  return i.narrow ? narrow(value) : value;
}

}  // namespace einfall::sim
