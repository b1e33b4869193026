#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// A built-in function: how it is written and how many arguments it takes.
struct BuiltinInfo {
  Builtin id;
  std::string_view name;
  std::size_t min_args;
  std::size_t max_args;
};

/// The row of a built-in. kConvert stands as "convert"; it is written convert_<dtype>(x).
[[nodiscard]] const BuiltinInfo& info(Builtin builtin);
/// By its written name; convert_<dtype> is not in this table.
[[nodiscard]] std::optional<Builtin> find_builtin(std::string_view name);

/// The value of a built-in other than kConvert, computed in T. Comparisons and `eq` give 1 or 0;
/// max and min take two or more arguments and pass a NaN on; round is to nearest, ties to even.
template <class T>
[[nodiscard]] T apply(Builtin builtin, const T* args, std::size_t count) {
  const T x = args[0];
  const T y = count > 1 ? args[1] : T{0};
  const auto extremum = [&](auto before) {
    T best = x;
    for (std::size_t i = 1; i < count; ++i)
      if (std::isnan(args[i]) || before(args[i], best)) best = args[i];
    return std::isnan(x) ? x : best;
  };
  switch (builtin) {
    case Builtin::kExp:
      return std::exp(x);
    case Builtin::kExp2:
      return std::exp2(x);
    case Builtin::kExpm1:
      return std::expm1(x);
    case Builtin::kLog:
      return std::log(x);
    case Builtin::kLog1p:
      return std::log1p(x);
    case Builtin::kLog2:
      return std::log2(x);
    case Builtin::kSqrt:
      return std::sqrt(x);
    case Builtin::kRsqrt:
      return T{1} / std::sqrt(x);
    case Builtin::kAbs:
      return std::abs(x);
    case Builtin::kSign:
      return std::isnan(x) ? x : T(x > T{0}) - T(x < T{0});
    case Builtin::kMax:
      return extremum([](T a, T b) { return a > b; });
    case Builtin::kMin:
      return extremum([](T a, T b) { return a < b; });
    case Builtin::kPow:
      return std::pow(x, y);
    case Builtin::kSq:
      return x * x;
    case Builtin::kTanh:
      return std::tanh(x);
    case Builtin::kSigmoid:
      return T{1} / (T{1} + std::exp(-x));
    case Builtin::kRelu:
      return x < T{0} ? T{0} : x;
    case Builtin::kSilu:
      return x / (T{1} + std::exp(-x));
    case Builtin::kErf:
      return std::erf(x);
    case Builtin::kFloor:
      return std::floor(x);
    case Builtin::kRound:
      return std::nearbyint(x);
    case Builtin::kSelect:
      return x != T{0} ? y : args[2];
    case Builtin::kEq:
      return T(x == y);
    case Builtin::kNe:
      return T(x != y);
    case Builtin::kLt:
      return T(x < y);
    case Builtin::kLe:
      return T(x <= y);
    case Builtin::kGt:
      return T(x > y);
    case Builtin::kGe:
      return T(x >= y);
    case Builtin::kConvert:
      break;
  }
  return x;
}

}  // namespace einfall::einsum
