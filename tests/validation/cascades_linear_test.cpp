#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/attention_oracle.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using einsum::DenseTensor;
using einsum::TensorMap;
using Real = long double;

constexpr int kBatch = 2, kHeads = 2, kFeatures = 5, kValues = 3;

/// Evaluates a shipped cascade at small sizes and hands every (batch, head) to `expected`, which
/// returns out[f][position]; returns the largest error relative to the largest value.
template <class Expected>
double error_of(const std::string& name, SizeMap sizes, const char* output, Expected expected) {
  INFO(name);
  sizes.insert({{"B", kBatch}, {"H", kHeads}, {"F", kValues}});
  const einsum::Cascade cascade = shipped_cascade(name);
  const einsum::Sizes bound = sizes_of(cascade, sizes);
  const TensorMap<double> in = inputs_of(cascade, bound, 11);
  const TensorMap<double> result = run(cascade, bound, in);
  const Values<double> out(result.at(output));
  Real worst = 0, largest = 0;
  for (int b = 0; b < kBatch; ++b)
    for (int h = 0; h < kHeads; ++h) {
      const std::vector<std::vector<Real>> want = expected(in, b, h);
      for (std::size_t f = 0; f < want.size(); ++f)
        for (std::size_t t = 0; t < want[f].size(); ++t) {
          CHECK(out.present(b, h, f, t));
          worst = std::max(worst, std::abs(out(b, h, f, t) - want[f][t]));
          largest = std::max(largest, std::abs(want[f][t]));
        }
    }
  return static_cast<double>(worst / largest);
}

Real dot(const Values<double>& a, const Values<double>& b, int batch, int head, int i, int j) {
  Real sum = 0;
  for (int e = 0; e < kFeatures; ++e)
    sum += static_cast<Real>(a(batch, head, e, i)) * b(batch, head, e, j);
  return sum;
}

/// Attention whose weights need no normalisation: out[f][p] = sum over m of weight(m, p) v[f][m].
template <class Weight>
std::vector<std::vector<Real>> weighted(const TensorMap<double>& in, int b, int h, int keys,
                                        int queries, Weight weight) {
  const Values<double> v(in.at("V"));
  std::vector<std::vector<Real>> out(kValues, std::vector<Real>(queries, 0));
  for (int f = 0; f < kValues; ++f)
    for (int p = 0; p < queries; ++p)
      for (int m = 0; m < keys; ++m) out[f][p] += weight(m, p) * v(b, h, f, m);
  return out;
}

TEST_CASE("ReLU attention divides by the length alone", "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    const Values<double> q(in.at("Q")), k(in.at("K"));
    return weighted(in, b, h, 7, 9, [&](int m, int p) {
      return std::max(Real{0}, dot(q, k, b, h, p, m) / std::sqrt(Real{kFeatures})) / 7;
    });
  };
  CHECK(error_of("relu_attn", {{"E", 5}, {"M", 7}, {"P", 9}}, "AV", expected) <= kOracleTolerance);
}

TEST_CASE("sigmoid attention has a bias of minus log of the length", "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    const Values<double> q(in.at("Q")), k(in.at("K"));
    return weighted(in, b, h, 7, 9, [&](int m, int p) {
      const Real x = dot(q, k, b, h, p, m) / std::sqrt(Real{kFeatures}) - std::log(Real{7});
      return 1 / (1 + std::exp(-x));
    });
  };
  CHECK(error_of("sigmoid_attn", {{"E", 5}, {"M", 7}, {"P", 9}}, "AV", expected) <=
        kOracleTolerance);
}

/// Sum over features of phi(q) phi(k), phi = elu + 1.
Real kernel(const Values<double>& q, const Values<double>& k, int b, int h, int p, int m) {
  const auto phi = [](Real x) { return x > 0 ? x + 1 : std::exp(x); };
  Real sum = 0;
  for (int d = 0; d < kFeatures; ++d) sum += phi(q(b, h, d, p)) * phi(k(b, h, d, m));
  return sum;
}

TEST_CASE("linear attention is attention with the kernel phi(q) phi(k)", "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    const Values<double> q(in.at("Q")), k(in.at("K"));
    return weighted(in, b, h, 7, 9, [&](int m, int p) {
      Real all = 0;
      for (int i = 0; i < 7; ++i) all += kernel(q, k, b, h, p, i);
      return kernel(q, k, b, h, p, m) / all;
    });
  };
  CHECK(error_of("linear_attn", {{"D", 5}, {"M", 7}, {"P", 9}}, "AV", expected) <=
        kOracleTolerance);
}

TEST_CASE("causal linear attention sums over the tokens so far", "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    const Values<double> q(in.at("Q")), k(in.at("K"));
    return weighted(in, b, h, 9, 9, [&](int m, int p) {
      if (m > p) return Real{0};
      Real all = 0;
      for (int i = 0; i <= p; ++i) all += kernel(q, k, b, h, p, i);
      return kernel(q, k, b, h, p, m) / all;
    });
  };
  CHECK(error_of("linear_attn_causal", {{"D", 5}, {"N", 9}}, "AV", expected) <= kOracleTolerance);
}

TEST_CASE("lightning attention weighs a token by its age, partial last chunk included",
          "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    const Values<double> q(in.at("Q")), k(in.at("K")), decay(in.at("LAM"));
    return weighted(in, b, h, 11, 11, [&](int m, int p) {
      if (m > p) return Real{0};
      return std::pow(static_cast<Real>(decay(h)), Real(p - m)) * dot(q, k, b, h, p, m);
    });
  };
  CHECK(error_of("lightning_chunk", {{"D", 5}, {"N", 11}, {"L", 4}}, "O", expected) <=
        kOracleTolerance);
}

TEST_CASE("chunked gated linear attention is the recurrence S = g S + k v, o = q S", "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V")), g(in.at("G"));
    std::vector<std::vector<Real>> out(kValues, std::vector<Real>(11, 0));
    for (int f = 0; f < kValues; ++f) {
      std::vector<Real> state(kFeatures, 0);
      for (int t = 0; t < 11; ++t)
        for (int d = 0; d < kFeatures; ++d) {
          state[d] = g(b, h, d, t) * state[d] + static_cast<Real>(k(b, h, d, t)) * v(b, h, f, t);
          out[f][t] += q(b, h, d, t) * state[d];
        }
    }
    return out;
  };
  CHECK(error_of("gla_chunk", {{"D", 5}, {"N", 11}, {"L", 4}}, "O", expected) <= kOracleTolerance);
}

TEST_CASE("flow attention conserves the flow of queries and keys", "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    constexpr int kKeys = 7, kQueries = 9;
    const auto sigmoid = [](Real x) { return 1 / (1 + std::exp(-x)); };
    const Values<double> q(in.at("Q")), k(in.at("K"));
    const auto flow = [&](int p, int m) {  // from key m to query p
      Real sum = 0;
      for (int d = 0; d < kFeatures; ++d) sum += sigmoid(q(b, h, d, p)) * sigmoid(k(b, h, d, m));
      return sum;
    };
    std::vector<Real> incoming(kQueries, 0), outgoing(kKeys, 0), conserved_in(kQueries, 0),
        conserved_out(kKeys, 0), competition(kKeys, 0);
    for (int p = 0; p < kQueries; ++p)
      for (int m = 0; m < kKeys; ++m) {
        incoming[p] += flow(p, m);
        outgoing[m] += flow(p, m);
      }
    for (int p = 0; p < kQueries; ++p)
      for (int m = 0; m < kKeys; ++m) {
        conserved_in[p] += flow(p, m) / outgoing[m];
        conserved_out[m] += flow(p, m) / incoming[p];
      }
    Real all = 0;
    for (int m = 0; m < kKeys; ++m) {
      competition[m] = std::exp(std::clamp(conserved_out[m], Real{-1}, Real{1}));
      all += competition[m];
    }
    return weighted(in, b, h, kKeys, kQueries, [&](int m, int p) {
      return flow(p, m) / incoming[p] * (competition[m] / all * kKeys) *
             sigmoid(conserved_in[p] * kQueries / kKeys);
    });
  };
  CHECK(error_of("flow_attn", {{"D", 5}, {"M", 7}, {"P", 9}}, "AV", expected) <= kOracleTolerance);
}

TEST_CASE("causal flow attention is flow attention with means over the tokens so far",
          "[cascades]") {
  const auto expected = [](const TensorMap<double>& in, int b, int h) {
    constexpr int kTokens = 9;
    const auto sigmoid = [](Real x) { return 1 / (1 + std::exp(-x)); };
    const Values<double> q(in.at("Q")), k(in.at("K"));
    const auto flow = [&](int p, int m) {
      Real sum = 0;
      for (int d = 0; d < kFeatures; ++d) sum += sigmoid(q(b, h, d, p)) * sigmoid(k(b, h, d, m));
      return sum;
    };
    const auto mean = [&](int t, auto term) {
      Real sum = 0;
      for (int i = 0; i <= t; ++i) sum += term(i);
      return sum / (t + 1);
    };
    const auto incoming = [&](int t) { return mean(t, [&](int i) { return flow(t, i); }); };
    const auto outgoing = [&](int t) { return mean(t, [&](int i) { return flow(i, t); }); };
    const auto competition = [&](int t) {
      const Real conserved = mean(t, [&](int i) { return flow(i, t) / incoming(i); });
      return std::exp(std::clamp(conserved, Real{-1}, Real{1}));
    };
    return weighted(in, b, h, kTokens, kTokens, [&](int m, int p) {
      if (m > p) return Real{0};
      const Real conserved = mean(p, [&](int i) { return flow(p, i) / outgoing(i); });
      return flow(p, m) / ((p + 1) * incoming(p)) * sigmoid(conserved) *
             (competition(m) / mean(m, competition));
    });
  };
  CHECK(error_of("flow_attn_causal", {{"D", 5}, {"N", 9}}, "AV", expected) <= kOracleTolerance);
}

TEST_CASE("a linear layer is a matrix product", "[cascades]") {
  const einsum::Cascade cascade = shipped_cascade("linear_layer");
  const einsum::Sizes sizes = sizes_of(cascade, {{"T", 5}, {"K", 7}, {"N", 3}});
  const TensorMap<double> in = inputs_of(cascade, sizes);
  const auto result = run(cascade, sizes, in);
  const Values<double> x(in.at("X")), w(in.at("W")), y(result.at("Y"));
  for (int n = 0; n < 3; ++n)
    for (int t = 0; t < 5; ++t) {
      Real sum = 0;
      for (int k = 0; k < 7; ++k) sum += static_cast<Real>(x(k, t)) * w(k, n);
      CHECK(std::abs(y(n, t) - sum) <= kOracleTolerance);
    }
}

}  // namespace
}  // namespace einfall::tests
