#include "gpu_ref/host/shapes.hpp"

#include <algorithm>
#include <cstdint>

namespace einfall::gpu_ref {
namespace {

// No fmt here: nvcc compiles this file too, and takes its format strings for no constants.
// Indices of rows and launches stay far inside 32 bits; heads lie along y of a grid.
constexpr int kMostTokens = 1 << 20;
constexpr int kMostHeads = 65535;

}  // namespace

std::string refusal_of_attention(const Problem& p) {
  if (p.format != Format::kBf16 && p.format != Format::kFp16) return "wants bf16 or fp16";
  if (p.dim != 64 && p.dim != 128 && p.dim != 256)
    return "head dimension " + std::to_string(p.dim) + "; there are 64, 128 and 256";
  for (const int n : {p.batch, p.heads, p.kv_heads})
    if (n < 1 || n > kMostHeads) return std::to_string(n) + " heads or batch entries";
  if (p.batch > kMostHeads / p.heads) return "more than 65535 heads in all";
  if (p.heads % p.kv_heads != 0)
    return std::to_string(p.heads) + " heads do not share " + std::to_string(p.kv_heads) +
           " heads of keys evenly";
  for (const int n : {p.queries, p.keys})
    if (n < 1 || n > kMostTokens)
      return std::to_string(n) + " queries or keys; 1 to " + std::to_string(kMostTokens);
  if (static_cast<std::int64_t>(p.all_heads()) * p.queries > INT32_MAX ||
      static_cast<std::int64_t>(p.all_kv_heads()) * p.keys > INT32_MAX)
    return "more than 2^31 - 1 queries or keys in all";
  if (p.window < 0 || p.window > kMostTokens)
    return "a window of " + std::to_string(p.window) + " keys";
  return {};
}

double visible_pairs(const Problem& p) {
  const Mask mask{p.queries, p.keys, p.causal ? 1 : 0, p.window};
  double pairs = 0;
  for (int query = 0; query < p.queries; ++query)
    pairs += std::max(0, mask.end_key(query + 1) - mask.first_key(query));
  return pairs;
}

}  // namespace einfall::gpu_ref
