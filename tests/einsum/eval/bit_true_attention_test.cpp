#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "tests/support/evaluation.hpp"

// Attention in bf16 and fp32 against loops written out by hand in the declared order: every value
// of every tensor must have the same bits.
namespace einfall::tests {
namespace {

using einsum::NumericMode;
using einsum::TensorMap;

constexpr const char* kThreePass = R"(
ranks: {E: 4, F: 3, M: 6, P: 5}
declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}
types: {default: fp32, Inputs: bf16, Outputs: bf16, A: bf16}
expressions: |
  QK[m, p] = Q[e, p] * K[e, m]
  GM[p]    = max[m](QK[m, p])
  SN[m, p] = exp(QK[m, p] - GM[p])
  SD[p]    = SN[m, p]
  A[m, p]  = SN[m, p] / SD[p]
  AV[f, p] = A[m, p] * V[f, m]
)";

constexpr const char* kOnePass = R"(
ranks: {E: 4, F: 3, M: 6, M0: 2, M1: ceil(M / M0), P: 5}
declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}
types: {default: fp32, Inputs: bf16, Outputs: bf16, SLN: bf16}
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
  RD[m1+1, p]     = SLD[m1, p] + RD[m1, p] * PRM[m1, p]
  RNV[f, m1+1, p] = SLNV[f, m1, p] + RNV[f, m1, p] * PRM[m1, p]
  AV[f, p]        = RNV[f, M1, p] / RD[M1, p]
)";

// Round to nearest even by the classical integer trick; finite values only.
float bf16(float x) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000U;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
float exact_exp(float x) { return static_cast<float>(std::exp(static_cast<long double>(x))); }

struct Shape {
  int e, f, m, p, m0;
};
// Long enough to cross strips in either direction; P = 1 makes reductions run along the strip.
const std::vector<Shape> kShapes{
    {5, 3, 7, 6, 3}, {64, 2, 130, 1, 32}, {3, 1, 2500, 1, 7}, {2, 2, 3, 1500, 2}, {1, 1, 1, 1, 1}};

/// What the loops see: inputs already rounded to bf16, as floats.
struct Inputs {
  explicit Inputs(const TensorMap<double>& values)
      : q(values.at("Q")), k(values.at("K")), v(values.at("V")) {}
  Values<double> q, k, v;
  float Q(int e, int p) const { return bf16(static_cast<float>(q(e, p))); }
  float K(int e, int m) const { return bf16(static_cast<float>(k(e, m))); }
  float V(int f, int m) const { return bf16(static_cast<float>(v(f, m))); }
};

/// Counts differences, so that thousands of points cost one assertion.
class Comparison {
 public:
  explicit Comparison(const TensorMap<double>& got) : got_(got) {}
  template <class... At>
  void check(const std::string& tensor, float expected, At... at) {
    const Values<double> values(got_.at(tensor));
    differences += values(at...) == static_cast<double>(expected) ? 0 : 1;
  }
  int differences = 0;

 private:
  const TensorMap<double>& got_;
};

// An exponential of one float: exact, or a polynomial written out below.
using Exp = float (*)(float);

int three_pass_differences(const Shape& s, const TensorMap<double>& inputs,
                           const TensorMap<double>& got, Exp exponential) {
  const Inputs in(inputs);
  Comparison compare(got);
  for (int p = 0; p < s.p; ++p) {
    std::vector<float> qk, sn, a;
    float gm = -INFINITY, sd = 0;
    for (int m = 0; m < s.m; ++m) {
      float sum = 0;
      for (int e = 0; e < s.e; ++e) sum = std::fma(in.Q(e, p), in.K(e, m), sum);
      qk.push_back(sum);
      gm = std::max(gm, sum);
      compare.check("QK", sum, m, p);
    }
    for (int m = 0; m < s.m; ++m) {
      sn.push_back(exponential(qk[static_cast<std::size_t>(m)] - gm));
      sd += sn.back();
      compare.check("SN", sn.back(), m, p);
    }
    compare.check("SD", sd, p);
    for (int m = 0; m < s.m; ++m) {
      a.push_back(bf16(sn[static_cast<std::size_t>(m)] / sd));
      compare.check("A", a.back(), m, p);
    }
    for (int f = 0; f < s.f; ++f) {
      float sum = 0;
      for (int m = 0; m < s.m; ++m) sum = std::fma(a[static_cast<std::size_t>(m)], in.V(f, m), sum);
      compare.check("AV", bf16(sum), f, p);
    }
  }
  return compare.differences;
}

int one_pass_differences(const Shape& s, const TensorMap<double>& inputs,
                         const TensorMap<double>& got) {
  const Inputs in(inputs);
  Comparison compare(got);
  const int blocks = (s.m + s.m0 - 1) / s.m0;
  for (int p = 0; p < s.p; ++p) {
    float rm = -INFINITY, rd = 0;
    std::vector<float> rnv(static_cast<std::size_t>(s.f), 0.0F);
    for (int m1 = 0; m1 < blocks; ++m1) {
      const int count = std::min(s.m0, s.m - m1 * s.m0);
      std::vector<float> bqk, sln;
      float lm = -INFINITY;
      for (int m0 = 0; m0 < count; ++m0) {
        float sum = 0;
        for (int e = 0; e < s.e; ++e) sum = std::fma(in.Q(e, p), in.K(e, m1 * s.m0 + m0), sum);
        bqk.push_back(sum);
        lm = std::max(lm, sum);
      }
      const float next = std::max(rm, lm);
      float sld = 0;
      for (const float score : bqk) {
        sln.push_back(bf16(exact_exp(score - next)));
        sld += sln.back();
      }
      const float prm = exact_exp(rm - next);
      const float scaled = rd * prm;
      rd = sld + scaled;
      for (int f = 0; f < s.f; ++f) {
        float sum = 0;
        for (int m0 = 0; m0 < count; ++m0)
          sum = std::fma(sln[static_cast<std::size_t>(m0)], in.V(f, m1 * s.m0 + m0), sum);
        float& state = rnv[static_cast<std::size_t>(f)];
        const float kept = state * prm;
        state = sum + kept;
        compare.check("RNV", state, f, m1 + 1, p);
      }
      rm = next;
      compare.check("RM", rm, m1 + 1, p);
      compare.check("RD", rd, m1 + 1, p);
      compare.check("PRM", prm, m1, p);
    }
    for (int f = 0; f < s.f; ++f)
      compare.check("AV", bf16(rnv[static_cast<std::size_t>(f)] / rd), f, p);
  }
  return compare.differences;
}

SizeMap overrides(const Shape& s, bool split) {
  SizeMap sizes{{"E", s.e}, {"F", s.f}, {"M", s.m}, {"P", s.p}};
  if (split) sizes.emplace("M0", s.m0);
  return sizes;
}

einsum::EvalOptions bit_true() {
  einsum::EvalOptions options;
  options.mode = NumericMode::kBitTrue;
  return options;
}

}  // namespace

TEST_CASE("three-pass attention in bf16 and fp32 has the bits of hand-written loops",
          "[eval][bit_true]") {
  const auto cascade = cascade_of(kThreePass);
  for (const Shape& shape : kShapes) {
    const auto sizes = sizes_of(cascade, overrides(shape, false));
    const auto inputs = inputs_of(cascade, sizes, 3);
    INFO("M=" << shape.m << " P=" << shape.p);
    CHECK(three_pass_differences(shape, inputs, run(cascade, sizes, inputs, bit_true()),
                                 exact_exp) == 0);
    // In the reference mode the same comparison must fail: it can tell.
    if (shape.m > 1)
      CHECK(three_pass_differences(shape, inputs, run(cascade, sizes, inputs), exact_exp) > 0);
  }
}

TEST_CASE("one-pass attention in bf16 and fp32 has the bits of hand-written loops",
          "[eval][bit_true]") {
  const auto cascade = cascade_of(kOnePass);
  for (const Shape& shape : kShapes) {
    const auto sizes = sizes_of(cascade, overrides(shape, true));
    const auto inputs = inputs_of(cascade, sizes, 4);
    INFO("M=" << shape.m << " P=" << shape.p);
    CHECK(one_pass_differences(shape, inputs, run(cascade, sizes, inputs, bit_true())) == 0);
  }
}

TEST_CASE("bit-true results do not depend on the order of points", "[eval][bit_true]") {
  const auto cascade = cascade_of(kOnePass);
  const auto sizes = sizes_of(cascade, {{"M", 11}, {"M0", 4}, {"P", 13}, {"E", 7}});
  const auto inputs = inputs_of(cascade, sizes, 5);
  auto options = bit_true();
  const auto straight = run(cascade, sizes, inputs, options);
  options.shuffle = true;
  for (options.seed = 1; options.seed < 5; ++options.seed) {
    const auto shuffled = run(cascade, sizes, inputs, options);
    for (const auto& [name, tensor] : straight) CHECK(tensor.values == shuffled.at(name).values);
  }
}

TEST_CASE("a machine's exponential replaces exp in every Einsum", "[eval][bit_true]") {
  // exp(x) = 2^(x log2 e), 2^t by range reduction and five steps of Horner's scheme. The
  // coefficients are read off the results of 2^f at enough points by the numerics' own tests; here
  // a table of 16 entries an octave is small enough to write out independently.
  const auto table_exp = [](float x) {
    const float t = x * 1.44269504F;
    const auto steps = static_cast<int>(std::nearbyint(16 * t));
    const int low = ((steps % 16) + 16) % 16;
    const auto entry = static_cast<float>(std::exp2(low / 16.0));
    return std::ldexp(entry, (steps - low) / 16);
  };
  const auto cascade = cascade_of(kThreePass);
  const Shape shape = kShapes[0];
  const auto sizes = sizes_of(cascade, overrides(shape, false));
  const auto inputs = inputs_of(cascade, sizes, 6);
  auto options = bit_true();
  options.numerics.exp = {base::numerics::Implementation::Kind::kTable, 4};
  const auto got = run(cascade, sizes, inputs, options);
  CHECK(three_pass_differences(shape, inputs, got, table_exp) == 0);
  CHECK(three_pass_differences(shape, inputs, got, exact_exp) > 0);
}

TEST_CASE("one pass and three passes in bf16 are equally far from the exact result",
          "[eval][bit_true]") {
  const auto three = cascade_of(kThreePass), one = cascade_of(kOnePass);
  const SizeMap common{{"E", 64}, {"F", 16}, {"M", 300}, {"P", 20}};
  SizeMap split = common;
  split.emplace("M0", 64);
  const auto sizes_three = sizes_of(three, common), sizes_one = sizes_of(one, split);
  auto inputs = inputs_of(three, sizes_three, 7);
  for (auto& [name, tensor] : inputs)
    for (double& v : tensor.values) v = bf16(static_cast<float>(v));
  const auto exact = run(three, sizes_three, inputs);
  const double three_error =
      relative_error(run(three, sizes_three, inputs, bit_true()).at("AV"), exact.at("AV"));
  const double one_error =
      relative_error(run(one, sizes_one, inputs, bit_true()).at("AV"), exact.at("AV"));
  // The output's own rounding costs 2^-9; probabilities in bf16 add about as much again.
  CHECK(three_error < 0x1p-7);
  CHECK(one_error < 0x1p-7);
  CHECK(three_error > 0x1p-12);
  CHECK(one_error > 0x1p-12);
  CHECK(one_error < 3 * three_error);
  CHECK(three_error < 3 * one_error);
}

}  // namespace einfall::tests
