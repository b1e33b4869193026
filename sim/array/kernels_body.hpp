#pragma once

#include <cstdint>

#include "sim/array/arithmetic.hpp"
#include "sim/array/kernels.hpp"

// Compiled once for each instruction set (kernels_*.cpp), hence in an unnamed namespace: no copy
// made for one processor may be linked in place of another's. Built-ins instead of <cmath> for the
// same reason.
namespace einfall::sim {
namespace {

// Loops whose operands may be the result's own array, element by element.
template <class F>
inline void each(const KernelArguments& k, F f) {
#if !defined(__clang__)  // clang checks at run time instead
#pragma GCC ivdep
#endif
  for (std::size_t i = 0; i < k.n; ++i) f(i);
}

inline float horner(const KernelArguments& k, std::size_t i) {
  return __builtin_fmaf(k.a[i], k.b[i], k.c[i]);
}

// 2^n as a double, |n| <= 1022.
inline double power_of_two(float n) {
  const auto bits = static_cast<std::int64_t>(static_cast<std::int32_t>(n) + 1023) << 52;
  double value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

inline void reduce(const KernelArguments& k, std::size_t i) {
  const float y = k.a[i] * k.b[i];
  const bool number = y == y;
  const bool high = y > kScaleBound;
  const bool low = y < -kScaleBound;
  const float inside = number && !high && !low ? y : 0.0F;
  const float whole = __builtin_rintf(inside);
  k.scale[i] = high ? kScaleBound : low ? -kScaleBound : whole;
  k.out[i] = number ? inside - whole : y;
}

inline void run(Op op, const KernelArguments& k) {
  switch (op) {
    case Op::kMove:
      return each(k, [&k](std::size_t i) { k.out[i] = k.a[i]; });
    case Op::kMultiplyAdd:
    case Op::kHorner:
      return each(k, [&k](std::size_t i) { k.out[i] = horner(k, i); });
    case Op::kMultiply:
      return each(k, [&k](std::size_t i) { k.out[i] = k.a[i] * k.b[i]; });
    case Op::kAdd:
      return each(k, [&k](std::size_t i) { k.out[i] = k.a[i] + k.b[i]; });
    case Op::kSubtract:
      return each(k, [&k](std::size_t i) { k.out[i] = k.a[i] - k.b[i]; });
    case Op::kMax:
      return each(k, [&k](std::size_t i) {
        const float a = k.a[i], b = k.b[i];
        const bool first = (a > b) | (a != a);  // not ||: a branch would not vectorise
        k.out[i] = first ? a : b;
      });
    case Op::kMin:
      return each(k, [&k](std::size_t i) {
        const float a = k.a[i], b = k.b[i];
        const bool first = (a < b) | (a != a);  // not ||: a branch would not vectorise
        k.out[i] = first ? a : b;
      });
    case Op::kSelect:
      return each(k, [&k](std::size_t i) {
        const float b = k.b[i], c = k.c[i];
        k.out[i] = k.a[i] >= 0 ? b : c;
      });
    case Op::kReduceExponent:
      return each(k, [&k](std::size_t i) { reduce(k, i); });
    case Op::kHornerScaled:
      return each(k, [&k](std::size_t i) {
        k.out[i] = static_cast<float>(static_cast<double>(horner(k, i)) * power_of_two(k.scale[i]));
      });
    case Op::kDivide:
      return each(k, [&k](std::size_t i) { k.out[i] = k.a[i] / k.b[i]; });
    case Op::kExchange:
      return;  // moves values, computes none
  }
}

}  // namespace
}  // namespace einfall::sim
