#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/attention_oracle.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using einsum::DenseTensor;
using einsum::TensorMap;

TEST_CASE("attention over given blocks is softmax over their keys", "[cascades]") {
  // The last block of keys and of queries are short.
  constexpr int kHeads = 2, kFeatures = 5, kValues = 3, kTokens = 14, kBlock = 4, kKept = 2;
  const einsum::Cascade cascade = shipped_cascade("block_given");
  const einsum::Sizes sizes = sizes_of(cascade, {{"B", 1},
                                                 {"H", kHeads},
                                                 {"E", kFeatures},
                                                 {"F", kValues},
                                                 {"P", kTokens},
                                                 {"P0", kBlock},
                                                 {"M0", kBlock},
                                                 {"J", kKept}});
  TensorMap<double> in = inputs_of(cascade, sizes, 11);
  // Queries 4 to 7 have no block of their own past; block 3 is not seen by block 2.
  const std::vector<double> table = {0, 2, 2, 1, /*j = 1*/ 1, 3, 0, 3};
  DenseTensor<double>& chosen = in.at("BI");
  REQUIRE(chosen.values.size() == kHeads * table.size());
  for (std::size_t i = 0; i < chosen.values.size(); ++i) chosen.values[i] = table[i % table.size()];
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V"));
  const DenseTensor<double> av = run(cascade, sizes, in).at("AV");
  const Values<double> found(av);
  std::size_t absent = 0;
  for (int h = 0; h < kHeads; ++h)
    for (int p = 0; p < kTokens; ++p) {
      SoftmaxQuery query;
      for (int j = 0; j < kKept; ++j) {
        const int first = static_cast<int>(table[static_cast<std::size_t>(j * 4 + p / kBlock)]) * 4;
        for (int m = first; m < std::min(first + kBlock, p + 1); ++m) {
          long double dot = 0;
          for (int e = 0; e < kFeatures; ++e)
            dot += static_cast<long double>(q(0, h, e, p)) * k(0, h, e, m);
          std::vector<long double> value;
          for (int f = 0; f < kValues; ++f) value.push_back(v(0, h, f, m));
          query.see(dot / std::sqrt(static_cast<long double>(kFeatures)), std::move(value));
        }
      }
      const bool seen = !query.scores.empty();
      const auto expected = seen ? query.attend() : std::vector<long double>(kValues, 0);
      for (int f = 0; f < kValues; ++f) {
        INFO("head " << h << " query " << p << " value " << f);
        CHECK(found.present(0, h, f, p) == seen);
        CHECK(std::abs(found(0, h, f, p) - static_cast<double>(expected[std::size_t(f)])) <= 1e-12);
        absent += seen ? 0 : 1;
      }
    }
  CHECK(absent == std::size_t{kHeads} * kBlock * kValues);
}

TEST_CASE("latent attention is softmax over keys whose first features are the values",
          "[cascades]") {
  constexpr int kBatch = 2, kHeads = 3, kFeatures = 7, kValues = 4, kTokens = 11;
  const einsum::Cascade cascade = shipped_cascade("mla_latent");
  const einsum::Sizes sizes = sizes_of(
      cascade,
      {{"B", kBatch}, {"H", kHeads}, {"E", kFeatures}, {"F", kValues}, {"M", kTokens}, {"M0", 4}});
  const TensorMap<double> in = inputs_of(cascade, sizes, 5);
  const Values<double> q(in.at("Q")), c(in.at("C"));
  DenseTensor<long double> expected{{kBatch, kHeads, kValues}, {}, {}};
  for (int b = 0; b < kBatch; ++b)
    for (int h = 0; h < kHeads; ++h) {
      SoftmaxQuery query;
      for (int m = 0; m < kTokens; ++m) {
        long double dot = 0;
        for (int e = 0; e < kFeatures; ++e)
          dot += static_cast<long double>(q(b, h, e)) * c(b, e, m);
        std::vector<long double> value;
        for (int f = 0; f < kValues; ++f) value.push_back(c(b, f, m));
        query.see(dot / std::sqrt(192.0L), std::move(value));
      }
      for (const long double x : query.attend()) expected.values.push_back(x);
    }
  CHECK(relative_error(run(cascade, sizes, in).at("AV"), expected) <= kOracleTolerance);
}

}  // namespace
}  // namespace einfall::tests
