#include "gpu_ref/host/convert.hpp"

#include <bit>
#include <vector>

#include "base/numerics/format.hpp"

namespace einfall::gpu_ref {
namespace {

namespace numerics = base::numerics;

std::vector<float> all_values(const numerics::FloatFormat& format) {
  std::vector<float> values(std::size_t{1} << format.bits());
  for (std::size_t code = 0; code < values.size(); ++code)
    values[code] = static_cast<float>(numerics::decode(format, code));
  return values;
}

}  // namespace

double value_of(Bf16 number) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number.bits) << 16));
}
double value_of(Fp16 number) {
  static const std::vector<float> values = all_values(numerics::kFp16);
  return static_cast<double>(values[number.bits]);
}
double value_of(E4m3 number) {
  static const std::vector<float> values = all_values(numerics::kFp8E4M3);
  return static_cast<double>(values[number.bits]);
}

template <>
Bf16 rounded<Bf16>(double value) {
  return {static_cast<std::uint16_t>(numerics::encode(numerics::kBf16, value))};
}
template <>
Fp16 rounded<Fp16>(double value) {
  return {static_cast<std::uint16_t>(numerics::encode(numerics::kFp16, value))};
}
template <>
E4m3 rounded<E4m3>(double value) {
  return {
      static_cast<std::uint8_t>(numerics::encode(numerics::kFp8E4M3, value, {.saturate = true}))};
}

}  // namespace einfall::gpu_ref
