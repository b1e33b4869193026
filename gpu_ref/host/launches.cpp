#include "gpu_ref/host/launches.hpp"

#include <algorithm>

#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

// Keys that the tiles of one query tile hold, summed over the query tiles of a head: what comes
// from L2, in whole tiles cut off at the end of the keys.
double fetched_keys(const Problem& p) {
  const Mask mask{p.queries, p.keys, p.causal ? 1 : 0, p.window};
  double fetched = 0;
  for (int query = 0; query < p.queries; query += kQueryRows) {
    const int first = mask.first_key(query) / kKeyColumns * kKeyColumns;
    const int end = mask.end_key(std::min(query + kQueryRows, p.queries));
    const int tiles = end > first ? (end - first + kKeyColumns - 1) / kKeyColumns : 0;
    fetched += std::max(0, std::min(tiles * kKeyColumns, p.keys - first));
  }
  return fetched;
}

}  // namespace

Costs query_tile_costs(const Problem& p, int passes) {
  const double heads = p.all_heads(), pairs = visible_pairs(p), row_bytes = 2.0 * p.dim;
  Costs costs;
  const double queries = heads * 2 * p.queries * row_bytes;  // Q and O
  costs.dram_bytes = queries + p.all_kv_heads() * 2.0 * p.keys * row_bytes;
  costs.sm_bytes = queries + heads * fetched_keys(p) * row_bytes * (passes + 1);
  costs.multiply_adds = heads * pairs * p.dim * (passes + 1);
  costs.exps = heads * pairs * std::min(passes, 2);
  return costs;
}

std::vector<Kernel> kernels() {
  std::vector<Kernel> all{k1_unfused(), k2_two_pass(), k2_three_pass(), k3_one_pass()};
  const auto add = [&](std::vector<Kernel> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  add(k5_decode());
  add({k6_linear_chunk(), k7_block_sparse()});
  add(k8_eight_bits());
  add(k9_softmax());
  return all;
}

}  // namespace einfall::gpu_ref
