#pragma once

#include <random>
#include <vector>

#include "base/numerics/exp.hpp"
#include "sim/array/programs.hpp"
#include "sim/array/scoreboard.hpp"

/// Random units, instructions and operands for the tests of the arrays.
namespace einfall::tests {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// In [low, high].
  int roll(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  bool one_in(int n) { return roll(1, n) == 1; }
  /// Numbers that meet rounding, overflow, zeros of both signs and, rarely, infinities and NaN.
  float value() {
    switch (roll(0, 40)) {
      case 0:
        return one_in(2) ? 0.0F : -0.0F;
      case 1:
        return one_in(2) ? HUGE_VALF : -HUGE_VALF;
      case 2:
        return NAN;
      case 3:
        return std::ldexp(static_cast<float>(roll(-999, 999)), roll(-149, 110));
      default:
        return std::ldexp(static_cast<float>(roll(-(1 << 24), 1 << 24)), roll(-30, -20));
    }
  }
  std::vector<float> values(int count) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& v : out) v = value();
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

inline base::numerics::Exponential fusemax_exp() {
  return base::numerics::Exponential({base::numerics::Implementation::Kind::kPolynomial, 6},
                                     base::numerics::Rounder(base::numerics::kFp32));
}

inline sim::UnitSpec random_unit(Dice& dice) {
  sim::UnitSpec unit;
  unit.registers = dice.roll(1, 6);
  unit.constants = sim::constants_for(fusemax_exp());
  const bool slow = dice.one_in(2);
  const auto cycles = [&] {
    return sim::OperatorCycles{dice.one_in(8) ? dice.roll(1, 3) : 1, slow ? dice.roll(1, 4) : 1};
  };
  unit.operators = {cycles(), cycles(), cycles(), cycles()};
  unit.hop = dice.one_in(3) ? dice.roll(1, 3) : 1;
  if (dice.one_in(4)) unit.accumulate = base::numerics::kBf16;
  return unit;
}

/// Mostly legal; `sources` are those of the unit's links.
inline sim::Instruction random_instruction(Dice& dice, const sim::UnitSpec& unit,
                                           const std::vector<sim::Operand>& links, bool array) {
  sim::Instruction i;
  i.op = static_cast<sim::Op>(dice.roll(0, array ? 12 : 11));
  if (array && i.op == sim::Op::kDivide) i.op = sim::Op::kMultiplyAdd;
  const auto any_register = [&] { return sim::reg(dice.roll(0, unit.registers - 1)); };
  const auto operand = [&]() -> sim::Operand {
    if (dice.one_in(3)) return links[dice.roll(0, static_cast<int>(links.size()) - 1)];
    if (dice.one_in(3)) return sim::constant(dice.roll(0, 3));
    return any_register();
  };
  const int count = sim::operand_count(i.op);
  i.a = i.op == sim::Op::kExchange ? any_register() : operand();
  if (count > 1) i.b = operand();
  if (count > 2) i.c = operand();
  i.to_link = i.op == sim::Op::kExchange || dice.one_in(3);
  if (i.op != sim::Op::kExchange) {
    i.narrow = dice.one_in(5);
    if (!i.to_link || dice.one_in(3)) i.to_register = any_register().index;
  }
  if (array && i.reads_top()) {
    i.feed = static_cast<sim::Feed>(dice.roll(1, 3));
    i.feed_constant = static_cast<std::uint8_t>(dice.roll(0, 3));
  }
  return i;
}

}  // namespace einfall::tests
