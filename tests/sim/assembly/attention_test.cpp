#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "tests/support/epoch_bench.hpp"
#include "tests/support/evaluation.hpp"

// FuseMax's epoch on the word-stepped arrays against the evaluator.
namespace einfall::tests {
namespace {

std::string document(const EpochShape& shape) {
  return "ranks: {E: " + std::to_string(shape.depth) + ", F: " + std::to_string(shape.values) +
         ", M: " + std::to_string(shape.rows * shape.tiles) +
         ", M0: " + std::to_string(shape.rows) +
         ", M1: ceil(M / M0), P: " + std::to_string(shape.columns * shape.blocks) + "}\n" +
         "declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}\n"
         "types: {default: fp32, Inputs: bf16" +
         (shape.narrow_scores ? ", SLN: bf16}\n" : "}\n") + R"(
init: |
  RM[0, p] = -inf
  RD[0, p] = 0
  RNV[f, 0, p] = 0
expressions: |
  BQK[m1, m0, p]  = Q[e, p] * K[e, m1*M0 + m0]
  LM[m1, p]       = max[m0](BQK[m1, m0, p])
  RM[m1+1, p]     = max(RM[m1, p], LM[m1, p])
  SLN[m1, m0, p]  = exp(BQK[m1, m0, p] - RM[m1+1, p])
  SLD[m1, p]      = SLN[m1, m0, p]
  SLNV[f, m1, p]  = SLN[m1, m0, p] * V[f, m1*M0 + m0]
  PRM[m1, p]      = exp(RM[m1, p] - RM[m1+1, p])
  SPD[m1, p]      = PRM[m1, p] * RD[m1, p]
  RD[m1+1, p]     = SPD[m1, p] + SLD[m1, p]
  SPNV[f, m1, p]  = PRM[m1, p] * RNV[f, m1, p]
  RNV[f, m1+1, p] = SPNV[f, m1, p] + SLNV[f, m1, p]
  AV[f, p]        = RNV[f, M1, p] / RD[M1, p]
)";
}

struct Expected {
  einsum::TensorMap<double> inputs;
  einsum::DenseTensor<double> bit_true, reference;
};

Expected evaluated(const EpochShape& shape, std::uint64_t seed) {
  const auto cascade = cascade_of(document(shape));
  const auto sizes = sizes_of(cascade);
  Expected out;
  out.inputs = inputs_of(cascade, sizes, seed);
  for (auto& [name, tensor] : out.inputs)
    for (double& value : tensor.values)  // the array is given what a bf16 memory holds
      value = base::numerics::Rounder(base::numerics::kBf16)(value);
  einsum::EvalOptions options;
  out.reference = run(cascade, sizes, out.inputs, options).at("AV");
  options.mode = einsum::NumericMode::kBitTrue;
  options.numerics.exp = {base::numerics::Implementation::Kind::kPolynomial, 6};
  out.bit_true = run(cascade, sizes, out.inputs, options).at("AV");
  return out;
}

/// Rows [tile*depth + d][lane] of a tensor [depth, lanes * tiles].
Rows rows_of(const einsum::DenseTensor<double>& tensor, int depth, int tiles, int lanes) {
  Rows rows;
  for (int tile = 0; tile < tiles; ++tile)
    for (int d = 0; d < depth; ++d) {
      rows.emplace_back();
      for (int lane = 0; lane < lanes; ++lane)
        rows.back().push_back(static_cast<float>(
            tensor.values[static_cast<std::size_t>((d * tiles + tile) * lanes + lane)]));
    }
  return rows;
}

EpochInputs inputs_for(const EpochShape& shape, const Expected& expected) {
  EpochInputs inputs;
  const Rows keys = rows_of(expected.inputs.at("K"), shape.depth, shape.tiles, shape.rows);
  const Rows values = rows_of(expected.inputs.at("V"), shape.values, shape.tiles, shape.rows);
  for (int block = 0; block < shape.blocks; ++block) {
    inputs.keys.insert(inputs.keys.end(), keys.begin(), keys.end());
    inputs.values.insert(inputs.values.end(), values.begin(), values.end());
  }
  inputs.queries = rows_of(expected.inputs.at("Q"), shape.depth, shape.blocks, shape.columns);
  return inputs;
}

/// Runs the arrays and compares every word of AV.
EpochResult run_and_compare(const EpochShape& shape, const EpochTiming& timing,
                            std::uint64_t seed = 1) {
  const Expected expected = evaluated(shape, seed);
  EpochResult result = run_epochs(shape, timing, inputs_for(shape, expected));
  REQUIRE(result.problem == "");
  const Rows wanted = rows_of(expected.bit_true, shape.values, shape.blocks, shape.columns);
  const Rows exact = rows_of(expected.reference, shape.values, shape.blocks, shape.columns);
  int wrong = 0;
  double error = 0, largest = 0, largest_value = 0;
  for (const double value : expected.inputs.at("V").values)
    largest_value = std::max(largest_value, std::fabs(value));
  for (std::size_t row = 0; row < wanted.size(); ++row)
    for (std::size_t p = 0; p < wanted[row].size(); ++p) {
      wrong += result.attention[row][p] != wanted[row][p];
      error = std::max<double>(error, std::fabs(wanted[row][p] - exact[row][p]));
      largest = std::max<double>(largest, std::fabs(exact[row][p]));
    }
  CHECK(wrong == 0);
  CHECK(largest > 0.01);
  // Weights rounded to 8 bits are off by 2^-9, in the numerator and in the denominator; the
  // polynomial is good to 2^-21, sums in fp32 of some hundred addends to 2^-17.
  CHECK(error <= largest_value * (shape.narrow_scores ? 0x1p-8 : 0x1p-17));
  return result;
}

/// Cycles of an epoch in the steady state, on random operands whose values do not matter.
std::int64_t steady_interval(EpochShape shape, const EpochTiming& timing,
                             EpochResult* details = nullptr) {
  shape.blocks = 1;
  const EpochResult result = run_epochs(shape, timing, random_inputs(shape, 1));
  REQUIRE(result.problem == "");
  if (details != nullptr) *details = result;
  const std::int64_t last = result.epoch_starts[shape.tiles - 1];
  REQUIRE((last - result.epoch_starts[shape.tiles - 5]) % 4 == 0);
  return (last - result.epoch_starts[shape.tiles - 5]) / 4;
}

}  // namespace

TEST_CASE("attention on the stepped arrays has the evaluator's bits", "[assembly]") {
  for (const int side : {8, 16})
    for (const bool narrow : {false, true})
      for (const bool memory : {false, true}) {
        EpochShape shape = square(side, 12, 20, 5);
        shape.narrow_scores = narrow;
        shape.state_in_memory = memory;
        run_and_compare(shape, {{}, {}, 1, 64}, static_cast<std::uint64_t>(side));
      }
}

TEST_CASE("arrays that are not square compute attention too", "[assembly]") {
  for (const auto& [rows, columns] : {std::pair{5, 11}, std::pair{12, 3}, std::pair{1, 1}}) {
    EpochShape shape = square(0, 7, 3, 4);
    shape.rows = rows;
    shape.columns = columns;
    run_and_compare(shape, {{}, {}, 1, 64});
  }
}

TEST_CASE("longer operators and hops change cycles, not bits", "[assembly]") {
  const EpochShape shape = square(8, 6, 10, 4);
  const std::int64_t plain = run_and_compare(shape, {{}, {}, 1, 64}).cycles;
  for (const int latency : {2, 4})
    for (const int hop : {1, 3}) {
      EpochTiming timing;
      timing.array.multiply_add = timing.lanes.multiply_add = {1, latency};
      timing.array.add = timing.lanes.add = {1, latency - 1};
      timing.lanes.divide = {2, 9};
      timing.hop = hop;
      timing.foot_depth = 64;
      CHECK(run_and_compare(shape, timing).cycles > plain);
    }
}

TEST_CASE("an epoch takes max(E + F + 9, 2F + 10) cycles in the steady state", "[assembly]") {
  for (const int side : {8, 16})
    for (const auto& [depth, values] : {std::pair{8, 8}, {16, 8}, {8, 16}, {24, 12}, {12, 24}}) {
      const std::int64_t interval =
          steady_interval(square(side, depth, values, 80), {{}, {}, 1, 99});
      CHECK(interval == std::max(depth + values + 9, 2 * values + 10));
    }
}

TEST_CASE("exponentials one epoch behind their scores wait for the maximum to come round",
          "[assembly]") {
  for (const int side : {8, 16, 24}) {
    EpochShape shape = square(side, 16, 8, 20);
    shape.distance = 1;
    CHECK(steady_interval(shape, {{}, {}, 1, 99}) == 16 + 8 + 9 + side);
  }
}

TEST_CASE("an array that keeps to the lanes' pace leaves few words waiting at its foot",
          "[assembly]") {
  // Free, the array runs ahead of lanes that need 2F + 10 cycles until a maximum holds it up. Held
  // to their interval, products and updates go in step, a word in two cycles each; only the last
  // tiles' products, with no scores to take turns with, come twice as fast as they are used.
  const EpochShape shape = square(16, 16, 16, 80);
  EpochResult free, held;
  CHECK(steady_interval(shape, {{}, {}, 1, 99}, &free) == 42);
  CHECK(steady_interval(shape, {{}, {}, 1, 99, 42}, &held) == 42);
  CHECK(free.waiting_in_flow > 4 * held.waiting_in_flow);
  CHECK(held.waiting_in_flow <= 2);
  CHECK(held.waiting == 16 / 2 + 1);
}

TEST_CASE("words that find no room at the foot are a fault, not a loss", "[assembly]") {
  const EpochShape shape = square(8, 8, 16, 20);
  const Expected expected = evaluated(shape, 1);
  const EpochResult result = run_epochs(shape, {{}, {}, 1, 8}, inputs_for(shape, expected));
  CHECK(result.problem.find("a word arrives and its queue is full") != std::string::npos);
}

TEST_CASE("the full array computes attention, 138 cycles an epoch", "[assembly][slow]") {
  EpochShape shape = square(256, 64, 64, 3);
  shape.blocks = 1;
  shape.distance = 3;
  run_and_compare(shape, {{}, {}, 1, 99});
  shape.tiles = 40;
  EpochResult held;
  CHECK(steady_interval(shape, {{}, {}, 1, 99, 138}, &held) == 138);
  CHECK(held.waiting_in_flow <= 2);
}

}  // namespace einfall::tests
