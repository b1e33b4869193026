#pragma once

#include "base/numerics/rounder.hpp"
#include "sim/array/unit_spec.hpp"

namespace einfall::sim {

/// What one operation does to one element: the definition that kernels, lanes and hardware are held
/// to. Values are numbers of the accumulator's format (or the operands') in floats.
class Arithmetic {
 public:
  explicit Arithmetic(const UnitSpec& spec);

  /// The result; `scale` is the scale register, written by kReduceExponent. kExchange is not an
  /// operation on values.
  [[nodiscard]] float operator()(const Instruction& instruction, float a, float b, float c,
                                 float& scale) const;
  /// Rounds to the operands' format.
  [[nodiscard]] float narrow(float value) const { return static_cast<float>(operand_(value)); }
  /// Results are plain fp32: fast kernels may stand in.
  [[nodiscard]] bool is_plain_fp32() const { return accumulate_.is_hardware_fp32(); }

 private:
  base::numerics::Rounder accumulate_, operand_;
};

/// Exponents are kept within +-kScaleBound: beyond, 2^y is zero or infinite in fp32 anyway.
inline constexpr float kScaleBound = 1000;

}  // namespace einfall::sim
