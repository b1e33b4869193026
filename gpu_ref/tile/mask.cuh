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
  /// The keys [first_key(q0), end_key(q1)) hold all that queries q0 .. q1 - 1 see; a single query q
  /// sees just [first_key(q), end_key(q + 1)).
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
/// Columns are keys as Order says; see products.cuh. query_at(row) is the query in a row.
template <class Order, int RowTiles, int Blocks, class QueryAt>
__device__ __forceinline__ void apply(const Mask& mask, float (&scores)[RowTiles][Blocks][4],
                                      int first_key, QueryAt query_at) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  // A column is a constant and what the lane adds to it: two comparisons with constants each.
  const int origin = first_key + Order::key_of(lane % 4 * 2);
#pragma unroll
  for (int r = 0; r < RowTiles; ++r)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int query = query_at(16 * r + opaque(lane) / 4 + 8 * h);
      const int first = mask.first_key(query) - origin, end = mask.end_key(query + 1) - origin;
#pragma unroll
      for (int n = 0; n < Blocks; ++n)
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          const int key = n / 2 * 16 + Order::key_of(n % 2 * 8 + i);
          if (key < first || key >= end) scores[r][n][2 * h + i] = -INFINITY;
        }
    }
}

}  // namespace einfall::gpu_ref
