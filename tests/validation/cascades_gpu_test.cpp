#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/attention_oracle.hpp"
#include "tests/support/evaluation.hpp"

// The cascades that kernels of gpu_ref need beside the catalogue's, against sums as they are
// written on paper.
namespace einfall::tests {
namespace {

using einsum::TensorMap;
using Real = long double;

constexpr int kBatch = 2, kHeads = 2, kGroups = 3, kFeatures = 5, kValues = 4;
constexpr int kKeys = 23, kQueries = 7;

using Rows = std::vector<std::vector<Real>>;  // by query, then by value

/// Of one head: softmax attention of its queries, causal ones aligned to the last key.
template <class Key, class Value>
Rows attention(const Values<double>& q, Key key, Value value, int b, int h, int g, bool causal) {
  Rows out;
  for (int p = 0; p < kQueries; ++p) {
    SoftmaxQuery query;
    for (int m = 0; m < kKeys; ++m) {
      if (causal && m > p + kKeys - kQueries) continue;
      Real dot = 0;
      for (int e = 0; e < kFeatures; ++e) dot += static_cast<Real>(q(b, h, g, e, p)) * key(e, m);
      std::vector<Real> values;
      for (int f = 0; f < kValues; ++f) values.push_back(value(f, m));
      query.see(dot / std::sqrt(Real{kFeatures}), values);
    }
    out.push_back(query.attend());
  }
  return out;
}

/// The largest error of `av` [B, H, G, F, P], relative to the largest value.
double error_of(const TensorMap<double>& in, const einsum::DenseTensor<double>& av, bool causal) {
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V")), out(av);
  Real worst = 0, largest = 0;
  for (int b = 0; b < kBatch; ++b)
    for (int h = 0; h < kHeads; ++h)
      for (int g = 0; g < kGroups; ++g) {
        const Rows want = attention(
            q, [&](int e, int m) { return k(b, h, e, m); },
            [&](int f, int m) { return v(b, h, f, m); }, b, h, g, causal);
        for (int p = 0; p < kQueries; ++p)
          for (int f = 0; f < kValues; ++f) {
            const Real expected = want[static_cast<std::size_t>(p)][static_cast<std::size_t>(f)];
            worst = std::max(worst, std::abs(out(b, h, g, f, p) - expected));
            largest = std::max(largest, std::abs(expected));
          }
      }
  return static_cast<double>(worst / largest);
}

SizeMap attention_sizes() {
  return {{"B", kBatch},  {"H", kHeads}, {"G", kGroups},  {"E", kFeatures},
          {"F", kValues}, {"M", kKeys},  {"P", kQueries}, {"M0", 4}};
}

TEST_CASE("fused two and three sweeps are softmax attention", "[cascades]") {
  for (const char* name : {"attn_2pass_again_gqa", "attn_3pass_again_gqa"})
    for (const bool causal : {false, true}) {
      const einsum::Cascade cascade =
          shipped_cascade(causal ? std::string(name) + "_causal" : std::string(name));
      INFO(cascade.name);
      const einsum::Sizes sizes = sizes_of(cascade, attention_sizes());
      const TensorMap<double> in = inputs_of(cascade, sizes, 7);
      CHECK(error_of(in, run(cascade, sizes, in).at("AV"), causal) <= kOracleTolerance);
    }
}

TEST_CASE("spans of two and three sweeps, put together, are softmax attention", "[cascades]") {
  const einsum::Cascade merge = shipped_cascade("split_merge");
  for (const char* name : {"attn_split_2pass_gqa", "attn_split_3pass_gqa"}) {
    const einsum::Cascade cascade = shipped_cascade(name);
    INFO(name);
    SizeMap wanted = attention_sizes();
    wanted["S"] = 3;
    const einsum::Sizes sizes = sizes_of(cascade, wanted);
    const TensorMap<double> in = inputs_of(cascade, sizes, 9);
    TensorMap<double> spans = run(cascade, sizes, in);
    for (const char* rank : {"E", "M", "M0"}) wanted.erase(rank);
    const TensorMap<double> parts = {
        {"PM", spans.at("PM")}, {"PD", spans.at("PD")}, {"PV", spans.at("PV")}};
    const TensorMap<double> whole = run(merge, sizes_of(merge, wanted), parts);
    CHECK(error_of(in, whole.at("AV"), false) <= kOracleTolerance);
  }
}

TEST_CASE("softmax alone has rows of exponentials that sum to one", "[cascades]") {
  constexpr int kRows = 3, kColumns = 29;  // neither fills its tiles
  for (const char* name : {"softmax_reads", "softmax_kept", "softmax_online"}) {
    const einsum::Cascade cascade = shipped_cascade(name);
    INFO(name);
    const einsum::Sizes sizes =
        sizes_of(cascade, {{"R", kRows}, {"N", kColumns}, {"W", 2}, {"T", 3}, {"N0", 2}});
    const TensorMap<double> in = inputs_of(cascade, sizes, 3);
    const TensorMap<double> result = run(cascade, sizes, in);
    const Values<double> x(in.at("X")), a(result.at("A"));
    for (int r = 0; r < kRows; ++r) {
      Real sum = 0;
      for (int n = 0; n < kColumns; ++n) sum += std::exp(static_cast<Real>(x(r, n)));
      for (int n = 0; n < kColumns; ++n)
        CHECK(
            a(r, n) ==
            Approx(static_cast<double>(std::exp(static_cast<Real>(x(r, n))) / sum)).epsilon(1e-12));
    }
  }
}

TEST_CASE("slabs of chunked linear attention are its recurrence, token by token", "[cascades]") {
  constexpr int kSlabs = 2, kTokens = 11;
  const einsum::Cascade cascade = shipped_cascade("lightning_slabs");
  const einsum::Sizes sizes = sizes_of(cascade, {{"B", kBatch},
                                                 {"H", kHeads},
                                                 {"X", kSlabs},
                                                 {"D", kFeatures},
                                                 {"F", kValues},
                                                 {"N", kTokens},
                                                 {"L", 4}});
  const TensorMap<double> in = inputs_of(cascade, sizes, 5);
  const TensorMap<double> result = run(cascade, sizes, in);
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V")), decay(in.at("LAM")),
      out(result.at("O"));
  for (int b = 0; b < kBatch; ++b)
    for (int h = 0; h < kHeads; ++h)
      for (int x = 0; x < kSlabs; ++x) {
        Real state[kFeatures][kValues] = {};
        for (int t = 0; t < kTokens; ++t)
          for (int f = 0; f < kValues; ++f) {
            Real sum = 0;
            for (int d = 0; d < kFeatures; ++d) {
              state[d][f] =
                  state[d][f] * decay(h) + static_cast<Real>(k(b, h, d, t)) * v(b, h, x, f, t);
              sum += q(b, h, d, t) * state[d][f];
            }
            CHECK(out(b, h, x, f, t) == Approx(static_cast<double>(sum)).epsilon(1e-10));
          }
      }
}

}  // namespace
}  // namespace einfall::tests
