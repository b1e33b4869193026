#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/attention_oracle.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

TEST_CASE("a head of 4096 tokens evaluates, and spot checks hold", "[eval][slow]") {
  const auto cascade = shipped_cascade("attn_3pass");
  constexpr int kTokens = 4096, kFeatures = 128;
  const auto sizes = sizes_of(
      cascade, {{"B", 1}, {"H", 1}, {"E", kFeatures}, {"F", 4}, {"M", kTokens}, {"P", kTokens}});
  const auto in = inputs_of(cascade, sizes, 1);
  const auto out = run(cascade, sizes, in);
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V")), av(out.at("AV"));
  for (const int p : {0, 1023, 1024, 4095}) {
    SoftmaxQuery query;
    for (int m = 0; m < kTokens; ++m) {
      long double dot = 0;
      for (int e = 0; e < kFeatures; ++e)
        dot += static_cast<long double>(q(0, 0, e, p)) * k(0, 0, e, m);
      query.see(dot / std::sqrt(static_cast<long double>(kFeatures)),
                {v(0, 0, 0, m), v(0, 0, 1, m), v(0, 0, 2, m), v(0, 0, 3, m)});
    }
    const auto expected = query.attend();
    for (std::size_t f = 0; f < 4; ++f)
      CHECK(std::abs(av(0, 0, f, p) - expected[f]) <= kOracleTolerance);
  }
}

}  // namespace
}  // namespace einfall::tests
