#pragma once

// A tile: rows of numbers in shared memory, and how it is filled from global memory.

#include <gpu/intrinsics.cuh>

namespace einfall::gpu_ref {

/// Rows of `Columns` numbers in 16-byte chunks, which are permuted so that the 8 rows of a matrix
/// that ldmatrix reads at once lie in different banks. Precondition: a row has 64 bytes, or a
/// multiple of 128.
template <class T, int Columns>
struct Tile {
  static constexpr int kChunk = 16 / static_cast<int>(sizeof(T));  // numbers in 16 bytes
  static constexpr int kChunks = Columns / kChunk;                 // in a row
  static_assert(kChunks == 4 || kChunks % 8 == 0);

  Shared<T> base;

  __device__ Shared<T> chunk(int row, int chunk) const {
    const int other = kChunks == 4 ? (row >> 1) & 3 : row & 7;
    return base.from(row * Columns + (chunk ^ other) * kChunk);
  }
  static constexpr int bytes(int rows) { return rows * Columns * static_cast<int>(sizeof(T)); }
};

__device__ __forceinline__ int lane_index() { return static_cast<int>(threadIdx.x) % 32; }
__device__ __forceinline__ int warp_index() { return static_cast<int>(threadIdx.x) / 32; }

/// Begins the copy of rows first .. first + Rows - 1 of a matrix in global memory by `Threads`
/// threads, of which this is number `thread`; rows from `end` on become zeros. The matrix has a row
/// every `stride` numbers.
template <int Rows, int Threads, class T, int Columns>
__device__ __forceinline__ void copy_rows_by(int thread, Tile<T, Columns> to, const T* matrix,
                                             int first, int end, int stride) {
  constexpr int kChunks = Tile<T, Columns>::kChunks;
  constexpr int kRowsAtOnce = Threads / kChunks;
  static_assert(Threads % kChunks == 0 && Rows % kRowsAtOnce == 0);
  const int row = thread / kChunks, chunk = thread % kChunks;
  const T* from =
      matrix + static_cast<std::int64_t>(first + row) * stride + chunk * Tile<T, Columns>::kChunk;
#pragma unroll
  for (int i = 0; i < Rows; i += kRowsAtOnce) {
    const bool valid = first + row + i < end;
    // An address that is not read still has to be one of the matrix.
    copy_async(to.chunk(row + i, chunk), valid ? from + i * stride : matrix, valid);
  }
}
/// By all threads of the block.
template <int Rows, int Threads, class T, int Columns>
__device__ __forceinline__ void copy_rows(Tile<T, Columns> to, const T* matrix, int first, int end,
                                          int stride = Columns) {
  copy_rows_by<Rows, Threads>(opaque(static_cast<int>(threadIdx.x)), to, matrix, first, end,
                              stride);
}
/// By all lanes of the warp.
template <int Rows, class T, int Columns>
__device__ __forceinline__ void copy_warp_rows(Tile<T, Columns> to, const T* matrix, int first,
                                               int end) {
  copy_rows_by<Rows, 32>(opaque(lane_index()), to, matrix, first, end, Columns);
}

/// The greatest, and the sum, over the four lanes that hold a row of an accumulator.
__device__ __forceinline__ float row_max(float x) {
  x = fmaxf(x, shuffle_xor(x, 1));
  return fmaxf(x, shuffle_xor(x, 2));
}
__device__ __forceinline__ float row_sum(float x) {
  x += shuffle_xor(x, 1);
  return x + shuffle_xor(x, 2);
}

}  // namespace einfall::gpu_ref
