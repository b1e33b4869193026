#include <benchmark/benchmark.h>

#include <vector>

#include "sim/array/programs.hpp"
#include "sim/array/wavefront.hpp"

// Simulated cycles a second of the word-stepped array, with values, an instruction in every cycle.
namespace {

using namespace einfall;

/// The array's part of FuseMax's epoch at E = F = 64: scores and weighted values in turn, local
/// maximum, exponentials, local denominator; 137 instructions.
sim::Program epoch() {
  sim::Program program =
      sim::interleaved(sim::output_stationary(1, 64), sim::weight_stationary(0, 64));
  for (const auto& i : sim::column_reduce(sim::Op::kMax, 1, sim::kMinusInfinity))
    program.push_back(i);
  sim::Instruction subtract;
  subtract.op = sim::Op::kSubtract;
  subtract.a = sim::reg(1);
  subtract.b = sim::kTop;
  subtract.to_register = 0;
  subtract.feed = sim::Feed::kRow;
  program.push_back(subtract);
  for (auto i : sim::exponential(0, 0, 2, sim::kLog2E, 6)) {
    i.narrow = i.op == sim::Op::kHornerScaled;
    program.push_back(i);
  }
  for (const auto& i : sim::column_reduce(sim::Op::kAdd, 0, sim::kZero)) program.push_back(i);
  return program;
}

void run(benchmark::State& state, const sim::Program& program) {
  const auto side = static_cast<int>(state.range(0));
  sim::ArraySpec spec;
  spec.rows = spec.columns = side;
  spec.unit.registers = 3;
  spec.unit.constants = sim::constants_for(
      base::numerics::Exponential({base::numerics::Implementation::Kind::kPolynomial, 6},
                                  base::numerics::Rounder(base::numerics::kFp32)));
  sim::Wavefront array(spec);
  const std::vector<float> row(static_cast<std::size_t>(side), 0.125F);
  sim::Instruction clear;
  clear.a = sim::constant(sim::kZero);
  for (const int held : {0, 1, 2}) {
    clear.to_register = static_cast<std::uint8_t>(held);
    array.tick({&clear, {}, {}, {}});
  }
  std::size_t next = 0;
  for (auto _ : state) {
    array.tick({&program[next], row, row, {}});
    next = next + 1 == program.size() ? 0 : next + 1;
  }
  if (array.fault()) state.SkipWithError(text(*array.fault()).c_str());
  benchmark::DoNotOptimize(array.foot().data());
  state.counters["cycles/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["PE/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * side * side,
                                              benchmark::Counter::kIsRate);
}

void contraction(benchmark::State& state) { run(state, sim::output_stationary(1, 64)); }
void attention_epoch(benchmark::State& state) { run(state, epoch()); }

/// The arithmetic of `contraction` alone: one multiply-add a PE on operands that are read once, by
/// diagonals. What the model costs beyond is its share of the time.
void bare_contraction(benchmark::State& state) {
  const auto side = static_cast<std::size_t>(state.range(0));
  std::vector<float> sums(side * side), left(2 * side * side, 0.125F), top(left);
  const sim::Kernel kernel = sim::fastest_kernel();
  for (auto _ : state) {
    std::size_t first = 0;
    for (std::size_t d = 0; d + 1 < 2 * side; ++d) {
      const std::size_t size = d < side ? d + 1 : 2 * side - 1 - d;
      float* sum = sums.data() + first;
      kernel(sim::Op::kMultiplyAdd,
             {sum, left.data() + d * side, top.data() + d * side, sum, nullptr, size});
      first += size;
    }
    benchmark::DoNotOptimize(sums.data());
  }
  state.counters["cycles/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(bare_contraction)->RangeMultiplier(4)->Range(16, 256);
BENCHMARK(contraction)->RangeMultiplier(4)->Range(16, 256);
BENCHMARK(attention_epoch)->RangeMultiplier(4)->Range(16, 256);

}  // namespace

BENCHMARK_MAIN();
