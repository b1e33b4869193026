#pragma once

// What every attention kernel is given.

#include "gpu_ref/tile/mask.cuh"

namespace einfall::gpu_ref {

/// Tensors lie head after head, rows of kDim numbers without gaps: Q and O [batch * heads, queries,
/// D], K and V [batch * kv_heads, keys, D]. Heads h of a batch entry share the keys of
/// h / (heads / kv_heads).
template <class T>
struct AttentionOperands {
  const T* q = nullptr;
  const T* k = nullptr;
  const T* v = nullptr;
  T* o = nullptr;
  int heads = 1;     // of one batch entry
  int kv_heads = 1;  // divides heads
  Mask mask;
  float scale = 1;    // log2(e) / sqrt(E), above 0
  int backwards = 0;  // blocks are handed out from the last query tile to the first

  /// The head of keys that belongs to head `head` of all batch entries.
  __host__ __device__ int kv_head(int head) const {
    return head / heads * kv_heads + head % heads / (heads / kv_heads);
  }
};

}  // namespace einfall::gpu_ref
