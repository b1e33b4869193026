#include "sim/array/programs.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "tests/sim/array/array_bench.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/support/naive_array.hpp"

namespace einfall::tests {
namespace {

using base::numerics::Exponential;
using base::numerics::Implementation;
using base::numerics::Rounder;
using sim::ArraySpec;
using sim::Op;
using sim::Program;
using sim::Wavefront;

sim::UnitSpec unit_of(int registers, const Exponential& exp = fusemax_exp()) {
  sim::UnitSpec unit;
  unit.registers = registers;
  unit.constants = sim::constants_for(exp);
  return unit;
}

ArraySpec array_of(int rows, int columns, int registers) {
  ArraySpec spec;
  spec.rows = rows;
  spec.columns = columns;
  spec.unit = unit_of(registers);
  return spec;
}

float random_float(Dice& dice) {
  return std::ldexp(static_cast<float>(dice.roll(-1000, 1000)), -10);
}
Rows random_rows(Dice& dice, int count, int words) {
  Rows rows(static_cast<std::size_t>(count), std::vector<float>(static_cast<std::size_t>(words)));
  for (auto& row : rows)
    for (float& value : row) value = random_float(dice);
  return rows;
}

/// Runs instructions on one element, registers and all, by Arithmetic alone.
float run_on_one(const Program& program, const sim::UnitSpec& unit, float x) {
  const sim::Arithmetic arithmetic(unit);
  std::vector<float> registers(static_cast<std::size_t>(unit.registers), x);
  float scale = 0;
  const auto value = [&](sim::Operand operand) {
    if (operand.source == sim::Source::kNone) return 0.0F;
    return operand.source == sim::Source::kRegister ? registers[operand.index]
                                                    : unit.constants[operand.index];
  };
  for (const sim::Instruction& i : program)
    registers[i.to_register] = arithmetic(i, value(i.a), value(i.b), value(i.c), scale);
  return registers[program.back().to_register];
}

// Loads a register of every PE: the last row's words first.
void load(Wavefront& array, int held, Rows rows) {
  std::reverse(rows.begin(), rows.end());
  Program program = sim::shift(held, array.spec().rows, sim::Feed::kRow);
  // The first words that leave were never written.
  sim::Instruction clear;
  clear.a = sim::constant(sim::kZero);
  clear.to_register = static_cast<std::uint8_t>(held);
  program.insert(program.begin(), clear);
  run_program(array, program, {}, rows);
}

}  // namespace

TEST_CASE("the steps of exp are exp, bit for bit", "[array][programs]") {
  for (int multiply_adds = 2; multiply_adds <= 12; ++multiply_adds) {
    const Exponential exp({Implementation::Kind::kPolynomial, multiply_adds},
                          Rounder(base::numerics::kFp32));
    const sim::UnitSpec unit = unit_of(2, exp);
    const Program natural = sim::exponential(0, 0, 1, sim::kLog2E, multiply_adds);
    const Program binary = sim::exponential(0, 0, 1, sim::kOne, multiply_adds);
    REQUIRE(natural.size() == static_cast<std::size_t>(multiply_adds));
    Dice dice(static_cast<std::uint64_t>(multiply_adds));
    int wrong = 0;
    std::vector<float> arguments{0.0F,    -0.0F,   HUGE_VALF, -HUGE_VALF, NAN,
                                 1e30F,   -1e30F,  0.5F,      -0.5F,      88.72F,
                                 -87.33F, -103.0F, -104.0F,   -149.5F,    127.99F};
    for (int n = 0; n < 20000; ++n) arguments.push_back(dice.value());
    for (int n = 0; n < 20000; ++n) arguments.push_back(random_float(dice) * 150);
    for (const float x : arguments) {
      wrong += !same_number(run_on_one(natural, unit, x), static_cast<float>(exp.exp(x)));
      wrong += !same_number(run_on_one(binary, unit, x), static_cast<float>(exp.exp2(x)));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("every kernel does what one operation does to one element", "[array][kernels]") {
  const sim::UnitSpec unit = unit_of(1);
  const sim::Arithmetic arithmetic(unit);
  Dice dice(7);
  std::vector<sim::Kernel> kernels{sim::run_baseline};
  if (sim::has_avx2()) kernels.push_back(sim::run_avx2);
  for (const sim::Kernel kernel : kernels)
    for (int op = 0; op < static_cast<int>(Op::kExchange); ++op) {
      int wrong = 0;
      for (int n = 0; n < 300; ++n) {
        std::vector<float> a = dice.values(n), b = dice.values(n), c = dice.values(n), out(n + 1);
        std::vector<float> scale(n);
        for (float& s : scale) s = static_cast<float>(dice.roll(-1000, 1000));
        std::vector<float> scale_before = scale;
        sim::Instruction i;
        i.op = static_cast<Op>(op);
        kernel(i.op, {out.data(), a.data(), b.data(), c.data(), scale.data(), a.size()});
        for (std::size_t k = 0; k < a.size(); ++k) {
          const float result = arithmetic(i, a[k], b[k], c[k], scale_before[k]);
          wrong += !same_number(result, out[k]) || scale[k] != scale_before[k];
        }
      }
      INFO("operation " << op);
      CHECK(wrong == 0);
    }
}

TEST_CASE("an output-stationary contraction is the sum of products in sequence",
          "[array][programs]") {
  Dice dice(1);
  Wavefront array(array_of(5, 7, 1));
  const Rows left = random_rows(dice, 11, 5), top = random_rows(dice, 11, 7);
  run_program(array, sim::output_stationary(0, 11), left, top);
  for (int r = 0; r < 5; ++r)
    for (int c = 0; c < 7; ++c) {
      float sum = 0;
      for (int e = 0; e < 11; ++e) sum = std::fma(left[e][r], top[e][c], sum);
      CHECK(array.value(r, c, 0) == sum);
    }
}

TEST_CASE("words loaded from the top serve a weight-stationary contraction", "[array][programs]") {
  Dice dice(2);
  Wavefront array(array_of(6, 4, 1));
  const Rows held = random_rows(dice, 6, 4), left = random_rows(dice, 9, 6);
  load(array, 0, held);
  const ArrayRun run = run_program(array, sim::weight_stationary(0, 9), left);
  for (int c = 0; c < 4; ++c) {
    const auto sums = run.at(c);
    REQUIRE(sums.size() == 9);
    for (int f = 0; f < 9; ++f) {
      float sum = 0;
      for (int r = 0; r < 6; ++r) sum = std::fma(held[r][c], left[f][r], sum);
      CHECK(sums[f].value == sum);
      CHECK(sums[f].cycle == run.issued_first + f + 6 + c);
    }
  }
}

TEST_CASE("columns are reduced by sum, maximum and minimum", "[array][programs]") {
  Dice dice(3);
  Wavefront array(array_of(6, 4, 1));
  const Rows held = random_rows(dice, 6, 4);
  load(array, 0, held);
  for (const Op op : {Op::kAdd, Op::kMax, Op::kMin}) {
    Program program = sim::column_reduce(op, 0, op == Op::kMax ? sim::kMinusInfinity : sim::kZero);
    const ArrayRun run = run_program(array, program);
    for (int c = 0; c < 4; ++c) {
      float result = op == Op::kMax ? -HUGE_VALF : 0;
      for (int r = 0; r < 6; ++r)
        result = op == Op::kAdd   ? result + held[r][c]
                 : op == Op::kMax ? std::max(result, held[r][c])
                                  : std::min(result, held[r][c]);
      REQUIRE(run.at(c).size() == 1);
      CHECK(run.at(c)[0].value == result);
    }
  }
}

TEST_CASE("registers are shifted out at the foot, the last row's first", "[array][programs]") {
  Dice dice(4);
  ArraySpec spec = array_of(5, 3, 1);
  spec.unit.operators.multiply_add.latency = 3;  // a longer skew
  Wavefront array(spec);
  const Rows held = random_rows(dice, 5, 3);
  load(array, 0, held);
  const ArrayRun run = run_program(array, sim::shift(0, 5, sim::Feed::kConstant));
  for (int c = 0; c < 3; ++c) {
    REQUIRE(run.at(c).size() == 5);
    for (int n = 0; n < 5; ++n) {
      CHECK(run.at(c)[n].value == held[4 - n][c]);
      CHECK(run.at(c)[n].cycle == run.issued_first + n + 5 * 3 + c);
    }
    for (int r = 0; r < 5; ++r) CHECK(array.value(r, c, 0) == 0);
  }
}

TEST_CASE("a result cannot be read one cycle before its latency, and can at it",
          "[array][timing]") {
  for (const int latency : {1, 2, 5})
    for (const int early : {0, 1}) {
      ArraySpec spec = array_of(2, 2, 1);
      spec.unit.operators.multiply_add.latency = latency;
      Wavefront array(spec);
      const Program program = sim::output_stationary(0, 2);
      const std::vector<float> row{1, 2};
      array.tick({&program[0], row, row, {}});
      for (int n = 1; n < latency - early; ++n) array.tick({});
      const bool too_early = latency - early < 1;  // the cycle of the first issue is over
      array.tick({&program[1], row, row, {}});
      if (early == 0 || too_early) {
        CHECK_FALSE(array.fault());
      } else if (latency > 1) {
        REQUIRE(array.fault());
        CHECK(array.fault()->kind == sim::Fault::Kind::kNotReady);
        CHECK(text(*array.fault()) ==
              "cycle " + std::to_string(latency - 1) +
                  ", PE (0, 0): register 0 is read before its result is there, by "
                  "'r0 = multiply-add(left, top, r0)'");
      }
    }
}

TEST_CASE("a stalled operand freezes the issue and nothing else", "[array][timing]") {
  // The same program with and without stalls: each foot word is late by the stalls before it.
  Dice dice(5);
  const Rows held = random_rows(dice, 4, 4), left = random_rows(dice, 20, 4);
  Wavefront array(array_of(4, 4, 1));
  load(array, 0, held);
  const Program program = sim::weight_stationary(0, 1);
  const std::int64_t begin = array.cycle();
  std::vector<std::int64_t> issued, seen;
  for (std::size_t next = 0; next < 20 || !array.drained();) {
    if (array.foot()[2].valid) seen.push_back(array.cycle());
    const bool there = next < 20 && !dice.one_in(3);
    sim::ArrayInput input;
    if (next < 20) input.instruction = &program[0];
    if (there) input.left = left[next];
    const std::int64_t cycle = array.cycle();
    const sim::Slot slot = array.tick(input);
    REQUIRE(slot == (there       ? sim::Slot::kIssued
                     : next < 20 ? sim::Slot::kNoRow
                                 : sim::Slot::kNoInstruction));
    if (there) {
      issued.push_back(cycle + 4 + 2);
      ++next;
    }
  }
  CHECK(seen == issued);
  CHECK(array.slots(sim::Slot::kNoRow) + array.slots(sim::Slot::kIssued) +
            array.slots(sim::Slot::kNoInstruction) ==
        array.cycle());
  CHECK(begin > 0);
}

}  // namespace einfall::tests
