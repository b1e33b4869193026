#include "sim/array/programs.hpp"

#include <limits>

#include "base/ensure.hpp"
#include "sim/array/scoreboard.hpp"

namespace einfall::sim {
namespace {

Instruction make(Op op, Operand a, Operand b, Operand c, int to) {
  Instruction i;
  i.op = op;
  i.a = a;
  i.b = b;
  i.c = c;
  i.to_register = static_cast<std::uint8_t>(to);
  return i;
}

}  // namespace

std::vector<float> constants_for(const base::numerics::Exponential& exp) {
  EINFALL_ENSURE(exp.coefficients().size() >= 2, "an exponential in multiply-adds");
  std::vector<float> out{0.0F, 1.0F, -std::numeric_limits<float>::infinity(),
                         base::numerics::kLog2E};
  out.insert(out.end(), exp.coefficients().begin(), exp.coefficients().end());
  return out;
}

Program output_stationary(int sum, int steps) {
  Program out;
  for (int step = 0; step < steps; ++step) {
    Instruction i =
        make(Op::kMultiplyAdd, kLeft, kTop, step == 0 ? constant(kZero) : reg(sum), sum);
    i.feed = Feed::kRow;
    out.push_back(i);
  }
  return out;
}

Program weight_stationary(int held, int steps) {
  Instruction i = make(Op::kMultiplyAdd, reg(held), kLeft, kTop, Instruction::kNoRegister);
  i.to_link = true;
  i.feed = Feed::kConstant;
  i.feed_constant = kZero;
  return Program(static_cast<std::size_t>(steps), i);
}

Program column_reduce(Op op, int values, int start) {
  Instruction i = make(op, kTop, reg(values), {}, Instruction::kNoRegister);
  i.to_link = true;
  i.feed = Feed::kConstant;
  i.feed_constant = static_cast<std::uint8_t>(start);
  return {i};
}

Program exponential(int x, int to, int spare, ConstantPlace factor, int multiply_adds) {
  // x := the fraction; then Horner's scheme from the highest coefficient down.
  Program out{make(Op::kReduceExponent, reg(x), constant(factor), {}, to)};
  Operand sum = constant(kCoefficients + multiply_adds - 1);
  for (int k = multiply_adds - 2; k >= 0; --k) {
    const Op op = k == 0 ? Op::kHornerScaled : Op::kHorner;
    out.push_back(make(op, sum, reg(to), constant(kCoefficients + k), k == 0 ? to : spare));
    sum = reg(spare);
  }
  return out;
}

Program shift(int held, int rows, Feed feed) {
  Instruction i = make(Op::kExchange, reg(held), {}, {}, Instruction::kNoRegister);
  i.to_link = true;
  i.feed = feed;
  i.feed_constant = kZero;
  return Program(static_cast<std::size_t>(rows), i);
}

Program interleaved(const Program& first, const Program& second) {
  Program out;
  for (std::size_t n = 0; n < std::max(first.size(), second.size()); ++n) {
    if (n < first.size()) out.push_back(first[n]);
    if (n < second.size()) out.push_back(second[n]);
  }
  return out;
}

Slots paced(const Program& program, const UnitSpec& unit) {
  Scoreboard scoreboard(unit.registers, unit.operators);
  Slots out;
  for (const Instruction& i : program) {
    const std::int64_t at = scoreboard.earliest(i, static_cast<std::int64_t>(out.size()));
    out.resize(static_cast<std::size_t>(at));
    out.emplace_back(i);
    scoreboard.issue(i, at);
  }
  return out;
}

}  // namespace einfall::sim
