#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/attention_oracle.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using einsum::TensorMap;
using Real = long double;

constexpr int kBatch = 2, kHeads = 2, kFeatures = 5, kValues = 3, kTokens = 14, kBlock = 4;

/// The score of a block for a query, from all keys of the block; only asked for blocks that begin
/// no later than the query.
using BlockScore = Real (*)(const Values<double>& q, const Values<double>& k, int b, int h, int p,
                            int first, int last);

/// Quest: the sum over the features of the larger product with the extremes of the block.
Real upper_bound(const Values<double>& q, const Values<double>& k, int b, int h, int p, int first,
                 int last) {
  Real bound = 0;
  for (int e = 0; e < kFeatures; ++e) {
    Real best = -std::numeric_limits<Real>::infinity();
    for (int m = first; m < last; ++m)
      best = std::max(best, static_cast<Real>(q(b, h, e, p)) * k(b, h, e, m));
    bound += best;
  }
  return bound;
}

/// MoBA: the product with the mean key; the query's own block always comes first.
Real mean_key(const Values<double>& q, const Values<double>& k, int b, int h, int p, int first,
              int last) {
  if (p < first + kBlock) return std::numeric_limits<Real>::infinity();
  Real score = 0;
  for (int e = 0; e < kFeatures; ++e)
    for (int m = first; m < last; ++m)
      score += static_cast<Real>(q(b, h, e, p)) * k(b, h, e, m) / kBlock;
  return score;
}

std::vector<Real> oracle(const TensorMap<double>& in, int b, int h, int p, int kept,
                         BlockScore score) {
  const Values<double> q(in.at("Q")), k(in.at("K")), v(in.at("V"));
  std::vector<std::pair<Real, int>> blocks;
  for (int first = 0; first <= p; first += kBlock)
    blocks.emplace_back(score(q, k, b, h, p, first, std::min(first + kBlock, kTokens)), first);
  std::sort(blocks.begin(), blocks.end(), std::greater<>());
  blocks.resize(std::min<std::size_t>(blocks.size(), static_cast<std::size_t>(kept)));
  SoftmaxQuery query;
  for (const auto& [unused, first] : blocks)
    for (int m = first; m < std::min(first + kBlock, p + 1); ++m) {
      Real dot = 0;
      for (int e = 0; e < kFeatures; ++e) dot += static_cast<Real>(q(b, h, e, p)) * k(b, h, e, m);
      std::vector<Real> value;
      for (int f = 0; f < kValues; ++f) value.push_back(v(b, h, f, m));
      query.see(dot / std::sqrt(Real{kFeatures}), value);
    }
  return query.attend();
}

void check(const std::string& name, int kept, BlockScore score) {
  INFO(name << " with " << kept << " blocks");
  const einsum::Cascade cascade = shipped_cascade(name);
  const einsum::Sizes sizes = sizes_of(cascade, {{"B", kBatch},
                                                 {"H", kHeads},
                                                 {"E", kFeatures},
                                                 {"F", kValues},
                                                 {"P", kTokens},
                                                 {"M0", kBlock},
                                                 {"J", kept}});
  const TensorMap<double> in = inputs_of(cascade, sizes, 23);
  const TensorMap<double> result = run(cascade, sizes, in);
  const Values<double> av(result.at("AV"));
  double worst = 0;
  for (int b = 0; b < kBatch; ++b)
    for (int h = 0; h < kHeads; ++h)
      for (int p = 0; p < kTokens; ++p) {
        const std::vector<Real> expected = oracle(in, b, h, p, kept, score);
        for (std::size_t f = 0; f < expected.size(); ++f)
          worst = std::max(worst, static_cast<double>(std::abs(av(b, h, f, p) - expected[f])));
      }
  CHECK(worst <= kOracleTolerance);
}

TEST_CASE("Quest attends to the pages with the highest bound", "[cascades]") {
  check("quest_minmax", 1, upper_bound);
  check("quest_minmax", 2, upper_bound);
  check("quest_minmax", 4, upper_bound);  // more than some queries have
}

TEST_CASE("MoBA attends to the own block and the best earlier ones", "[cascades]") {
  check("block_topk", 1, mean_key);
  check("block_topk", 3, mean_key);
}

TEST_CASE("with every block kept, block selection is causal attention", "[cascades]") {
  const einsum::Cascade sparse = shipped_cascade("block_topk");
  const einsum::Cascade dense = shipped_cascade("attn_1pass_causal");
  const SizeMap common = {{"B", 1}, {"H", 2}, {"E", 5}, {"F", 3}, {"P", 14}, {"M0", 4}};
  SizeMap all_blocks = common;
  all_blocks["J"] = 4;
  const TensorMap<double> in = inputs_of(dense, sizes_of(dense, common), 29);
  CHECK(relative_error(run(sparse, sizes_of(sparse, all_blocks), in).at("AV"),
                       run(dense, sizes_of(dense, common), in).at("AV")) <= kOracleTolerance);
}

}  // namespace
}  // namespace einfall::tests
