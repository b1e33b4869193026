#pragma once

#include <optional>
#include <vector>

#include "base/numerics/exp.hpp"
#include "sim/array/unit_spec.hpp"

/// Tile operations as instructions. A program is a list of instruction slots, one a cycle; an empty
/// slot is a bubble that the order of dependences asks for.
namespace einfall::sim {

using Program = std::vector<Instruction>;
using Slots = std::vector<std::optional<Instruction>>;

[[nodiscard]] constexpr Operand reg(int index) {
  return {Source::kRegister, static_cast<std::uint8_t>(index)};
}
[[nodiscard]] constexpr Operand constant(int index) {
  return {Source::kConstant, static_cast<std::uint8_t>(index)};
}
inline constexpr Operand kLeft{Source::kLeft, 0};
inline constexpr Operand kTop{Source::kTop, 0};
inline constexpr Operand kFoot{Source::kFoot, 0};
inline constexpr Operand kMemory{Source::kMemory, 0};

/// The constants that these programs use, by their place in UnitSpec::constants. Behind kLog2E
/// stand the coefficients of 2^x, constant first.
enum ConstantPlace : int { kZero, kOne, kMinusInfinity, kLog2E, kCoefficients };
/// Precondition: exp is a polynomial.
[[nodiscard]] std::vector<float> constants_for(const base::numerics::Exponential& exp);

/// sum := 0 + left*top + ..., `steps` of them, in a PE's register: output-stationary.
[[nodiscard]] Program output_stationary(int sum, int steps);
/// `steps` sums down the column of held*left, each one leaving at the foot: weight-stationary.
[[nodiscard]] Program weight_stationary(int held, int steps);
/// op over the column's values of a register, from `start` on (a constant's place); op is kAdd,
/// kMax or kMin.
[[nodiscard]] Program column_reduce(Op op, int values, int start);

/// to := 2^(x * factor) in `multiply_adds` slots, bit-equal to base/numerics' polynomial: with
/// factor kLog2E its exp, with kOne its exp2. `to` may be x; `spare` holds the polynomial. The last
/// instruction writes the result, so that its destinations can be changed.
[[nodiscard]] Program exponential(int x, int to, int spare, ConstantPlace factor,
                                  int multiply_adds);

/// Shifts the columns by `rows`: what is fed at the top (rows of a memory, the last row's first)
/// moves into the register, what was there leaves at the foot, the last row's first.
[[nodiscard]] Program shift(int held, int rows, Feed feed);

/// The slots of both in turn, the rest of the longer one behind.
[[nodiscard]] Program interleaved(const Program& first, const Program& second);

/// Each instruction in the first cycle in which its registers are ready, in this order, beginning
/// with an idle unit.
[[nodiscard]] Slots paced(const Program& program, const UnitSpec& unit);

}  // namespace einfall::sim
