#include "gpu_ref/host/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace einfall::gpu_ref {
namespace {

// Indices of rows and launches stay far inside 32 bits; heads lie along y of a grid.
constexpr int kMostTokens = 1 << 20;
constexpr int kMostHeads = 65535;

}  // namespace

std::string refusal_of_attention(const Problem& p) {
  if (p.format != Format::kBf16 && p.format != Format::kFp16) return "wants bf16 or fp16";
  if (p.dim != 64 && p.dim != 128 && p.dim != 256)
    return fmt::format("head dimension {}; there are 64, 128 and 256", p.dim);
  for (const int n : {p.batch, p.heads, p.kv_heads})
    if (n < 1 || n > kMostHeads) return fmt::format("{} heads or batch entries", n);
  if (p.batch > kMostHeads / p.heads) return "more than 65535 heads in all";
  if (p.heads % p.kv_heads != 0)
    return fmt::format("{} heads do not share {} heads of keys evenly", p.heads, p.kv_heads);
  for (const int n : {p.queries, p.keys})
    if (n < 1 || n > kMostTokens) return fmt::format("{} queries or keys; 1 to {}", n, kMostTokens);
  if (p.window < 0 || p.window > kMostTokens) return fmt::format("a window of {} keys", p.window);
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
