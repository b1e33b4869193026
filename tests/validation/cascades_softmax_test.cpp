#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/attention_oracle.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using einsum::DenseTensor;
using einsum::TensorMap;
using Visible = std::function<bool(std::int64_t m, std::int64_t p)>;

struct Problem {
  std::int64_t batch, heads, features, values, keys, queries;
};

/// AV[b, h, f, p] of softmax attention over the visible keys, scores scaled by 1/sqrt(E).
DenseTensor<long double> oracle(const Problem& size, const TensorMap<double>& in,
                                const Visible& visible) {
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V"));
  DenseTensor<long double> av{{size.batch, size.heads, size.values, size.queries}, {}, {}};
  av.values.resize(static_cast<std::size_t>(size.batch * size.heads * size.values * size.queries));
  std::size_t row = 0;
  for (std::int64_t b = 0; b < size.batch; ++b)
    for (std::int64_t h = 0; h < size.heads; ++h, row += static_cast<std::size_t>(size.values))
      for (std::int64_t p = 0; p < size.queries; ++p) {
        SoftmaxQuery query;
        for (std::int64_t m = 0; m < size.keys; ++m) {
          if (!visible(m, p)) continue;
          long double dot = 0;
          for (std::int64_t e = 0; e < size.features; ++e)
            dot += static_cast<long double>(q(b, h, e, p)) * k(b, h, e, m);
          std::vector<long double> value;
          for (std::int64_t f = 0; f < size.values; ++f) value.push_back(v(b, h, f, m));
          query.see(dot / std::sqrt(static_cast<long double>(size.features)), value);
        }
        const std::vector<long double> out = query.attend();
        for (std::size_t f = 0; f < out.size(); ++f)
          av.values[(row + f) * static_cast<std::size_t>(size.queries) +
                    static_cast<std::size_t>(p)] = out[f];
      }
  return av;
}

void check(const std::string& name, SizeMap sizes, const Visible& visible) {
  INFO(name);
  sizes.insert({{"B", 2}, {"H", 3}});
  const einsum::Cascade cascade = shipped_cascade(name);
  const einsum::Sizes bound = sizes_of(cascade, sizes);
  const auto of = [&](const char* rank) { return bound[*cascade.find_rank(rank)]; };
  const TensorMap<double> in = inputs_of(cascade, bound, 7);
  const auto expected = oracle({of("B"), of("H"), of("E"), of("F"), of("M"), of("P")}, in, visible);
  CHECK(relative_error(run(cascade, bound, in).at("AV"), expected) <= kOracleTolerance);
}

const Visible kAll = [](std::int64_t, std::int64_t) { return true; };
const Visible kCausal = [](std::int64_t m, std::int64_t p) { return m <= p; };

TEST_CASE("three-pass attention is softmax attention", "[cascades]") {
  check("attn_3pass", {{"E", 5}, {"F", 3}, {"M", 7}, {"P", 9}}, kAll);
  check("attn_3pass_deferred", {{"E", 5}, {"F", 3}, {"M", 7}, {"P", 9}}, kAll);
}

TEST_CASE("two-pass attention is softmax attention, partial last block included", "[cascades]") {
  check("attn_2pass", {{"E", 5}, {"F", 3}, {"M", 7}, {"M0", 3}, {"P", 9}}, kAll);
  check("attn_2pass", {{"E", 4}, {"F", 2}, {"M", 6}, {"M0", 3}, {"P", 1}}, kAll);
}

TEST_CASE("one-pass attention is softmax attention, partial last block included", "[cascades]") {
  check("attn_1pass", {{"E", 5}, {"F", 3}, {"M", 7}, {"M0", 3}, {"P", 9}}, kAll);
  check("attn_1pass", {{"E", 5}, {"F", 3}, {"M", 8}, {"M0", 4}, {"P", 2}}, kAll);
}

TEST_CASE("causal one-pass attention sees no later key", "[cascades]") {
  check("attn_1pass_causal", {{"E", 5}, {"F", 3}, {"P", 11}, {"M0", 3}}, kCausal);
  check("attn_1pass_causal", {{"E", 5}, {"F", 3}, {"P", 7}, {"M", 5}, {"M0", 2}}, kCausal);
}

TEST_CASE("windowed one-pass attention sees the last W keys", "[cascades]") {
  const Visible window = [](std::int64_t m, std::int64_t p) { return m <= p && m > p - 4; };
  check("attn_1pass_window", {{"E", 5}, {"F", 3}, {"P", 13}, {"M0", 3}, {"W", 4}}, window);
  check("attn_1pass_window", {{"E", 2}, {"F", 1}, {"P", 13}, {"M0", 1}, {"W", 4}}, window);
}

TEST_CASE("split-K attention merges its spans to softmax attention", "[cascades]") {
  check("attn_splitk", {{"E", 5}, {"F", 3}, {"M", 11}, {"M0", 4}, {"P", 1}}, kAll);
  check("attn_splitk", {{"E", 5}, {"F", 3}, {"M", 11}, {"M0", 4}, {"P", 6}}, kAll);
}

TEST_CASE("a sink is one more key that every query sees", "[cascades]") {
  const einsum::Cascade cascade = shipped_cascade("sink_softmax");
  const einsum::Sizes sizes =
      sizes_of(cascade, {{"B", 2}, {"H", 3}, {"E", 5}, {"F", 3}, {"P", 10}, {"M0", 4}});
  const TensorMap<double> in = inputs_of(cascade, sizes, 3);
  const TensorMap<double> out = run(cascade, sizes, in);
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V")), ks(in.at("KS")),
      vs(in.at("VS")), av(out.at("AV"));
  double worst = 0;
  for (int b = 0; b < 2; ++b)
    for (int h = 0; h < 3; ++h)
      for (int p = 0; p < 10; ++p) {
        SoftmaxQuery query;
        for (int m = -1; m <= p; ++m) {
          long double dot = 0;
          for (int e = 0; e < 5; ++e)
            dot += static_cast<long double>(q(b, h, e, p)) * (m < 0 ? ks(h, e) : k(b, h, e, m));
          std::vector<long double> value;
          for (int f = 0; f < 3; ++f) value.push_back(m < 0 ? vs(h, f) : v(b, h, f, m));
          query.see(dot / std::sqrt(5.0L), value);
        }
        const auto expected = query.attend();
        for (std::size_t f = 0; f < 3; ++f)
          worst = std::max(worst, static_cast<double>(std::abs(av(b, h, f, p) - expected[f])));
      }
  CHECK(worst <= kOracleTolerance);
}

TEST_CASE("grouped heads read a paged cache up to the length of their sequence", "[cascades]") {
  const auto heads = GENERATE(std::pair{6, 2}, std::pair{6, 1}, std::pair{3, 3});
  const einsum::Cascade cascade = shipped_cascade("mqa_gqa");
  const einsum::Sizes sizes = sizes_of(cascade, {{"B", 3},
                                                 {"HQ", heads.first},
                                                 {"HK", heads.second},
                                                 {"E", 5},
                                                 {"F", 4},
                                                 {"M0", 3},
                                                 {"M1", 4}});
  TensorMap<double> in = inputs_of(cascade, sizes, 5);
  in.at("LEN").values = {1, 7, 12};  // one token, a part of a page, everything
  const TensorMap<double> out = run(cascade, sizes, in);
  const Values<double> q(in.at("Q")), k(in.at("KC")), v(in.at("VC")), table(in.at("BT")),
      length(in.at("LEN")), av(out.at("AV"));
  double worst = 0;
  for (int b = 0; b < 3; ++b)
    for (int h = 0; h < heads.first; ++h) {
      const int group = h / (heads.first / heads.second);
      SoftmaxQuery query;
      for (int m = 0; m < static_cast<int>(length(b)); ++m) {
        const auto page = static_cast<std::int64_t>(table(b, m / 3));
        long double dot = 0;
        for (int e = 0; e < 5; ++e)
          dot += static_cast<long double>(q(b, h, e)) * k(page, m % 3, group, e);
        std::vector<long double> value;
        for (int f = 0; f < 4; ++f) value.push_back(v(page, m % 3, group, f));
        query.see(dot / std::sqrt(5.0L), value);
      }
      const auto expected = query.attend();
      for (std::size_t f = 0; f < 4; ++f)
        worst = std::max(worst, static_cast<double>(std::abs(av(b, h, f) - expected[f])));
    }
  CHECK(worst <= kOracleTolerance);
}

}  // namespace
}  // namespace einfall::tests
