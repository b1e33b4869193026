#pragma once

// Which keys a query sees: the `where` of the cascades, and the tiles of keys that hold any.

#include <gpu/intrinsics.cuh>

namespace einfall::gpu_ref {

/// Query i of `queries` stands at position i + keys - queries: the last query at the last key.
struct Mask {
  int queries = 0;
  int keys = 0;
  int causal = 0;  // keys up to the query's own position
  int window = 0;  // and only so many of them; 0 = all

  __host__ __device__ int position(int query) const { return query + keys - queries; }
  __host__ __device__ bool sees(int query, int key) const {
    const int p = position(query);
    return key < keys && (!causal || key <= p) && (window == 0 || key > p - window);
  }
  /// The keys [first_key(q0), end_key(q1)) hold all that queries q0 .. q1 - 1 see.
  __host__ __device__ int first_key(int query) const {
    const int first = window == 0 ? 0 : position(query) - window + 1;
    return first > 0 ? first : 0;
  }
  __host__ __device__ int end_key(int query_end) const {
    const int end = causal ? position(query_end) : keys;
    return end < keys ? (end > 0 ? end : 0) : keys;
  }
  /// True if queries q0 .. q1 - 1 see all keys k0 .. k1 - 1.
  __host__ __device__ bool full(int q0, int q1, int k0, int k1) const {
    return k1 <= keys && (!causal || k1 - 1 <= position(q0)) &&
           (window == 0 || k0 > position(q1 - 1) - window);
  }
};

/// Scores of keys that a query does not see become -inf, and so count as absent in maxima and sums.
/// Columns are keys as Order says; see products.cuh.
template <class Order, int RowTiles, int Blocks>
__device__ __forceinline__ void apply(const Mask& mask, float (&scores)[RowTiles][Blocks][4],
                                      int first_query, int first_key) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int n = 0; n < Blocks; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if (!mask.sees(first_query + 16 * r + lane / 4 + i / 2 * 8,
                       first_key + n / 2 * 16 + Order::key_of(n % 2 * 8 + lane % 4 * 2 + i % 2)))
          scores[r][n][i] = -INFINITY;
}

}  // namespace einfall::gpu_ref
