#pragma once

#include "gpu_ref/formats.cuh"

/// Conversions of the kernels' formats on the host: to nearest even, overflow to infinity (e4m3
/// saturates, as cvt.satfinite does). The definitions of base/numerics, made quick for inner loops.
namespace einfall::gpu_ref {

[[nodiscard]] double value_of(Bf16 number);
[[nodiscard]] double value_of(Fp16 number);
[[nodiscard]] double value_of(E4m3 number);
[[nodiscard]] inline double value_of(std::int8_t number) { return number; }
[[nodiscard]] inline double value_of(float number) { return static_cast<double>(number); }

template <class T>
[[nodiscard]] T rounded(double value);
template <>
[[nodiscard]] Bf16 rounded<Bf16>(double value);
template <>
[[nodiscard]] Fp16 rounded<Fp16>(double value);
template <>
[[nodiscard]] E4m3 rounded<E4m3>(double value);
template <>
[[nodiscard]] inline float rounded<float>(double value) {
  return static_cast<float>(value);
}

}  // namespace einfall::gpu_ref
