#pragma once

// What every attention kernel is given.

#include "gpu_ref/tile/mask.cuh"

namespace einfall::gpu_ref {

/// Tensors lie head after head, rows of kDim numbers without gaps: Q and O [batch * heads, queries,
/// D], K and V [batch * kv_heads, keys, D]. Heads h of a batch entry share the keys of
/// h / (heads / kv_heads).
template <class Key, class Value = Key, class Out = Key>
struct AttentionOperands {
  const Key* q = nullptr;
  const Key* k = nullptr;
  const Value* v = nullptr;
  Out* o = nullptr;
  int heads = 1;     // of one batch entry
  int kv_heads = 1;  // divides heads
  Mask mask;
  float scale = 1;        // log2(e) / sqrt(E), above 0, times what a unit of Q and of K stands for
  float value_scale = 1;  // what a unit of V stands for
  float lift = 0;         // numerators are 2^lift times as large, where their format wants it
  int backwards = 0;      // blocks are handed out from the last query tile to the first

  /// The head of keys that belongs to head `head` of all batch entries.
  __host__ __device__ int kv_head(int head) const {
    return head / heads * kv_heads + head % heads / (heads / kv_heads);
  }
};

}  // namespace einfall::gpu_ref
