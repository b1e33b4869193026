// One kernel for each kind of instruction that the census counts, with seven of it: the opcode that
// a kernel has seven times, and the empty one has not, is the instruction's. NVIDIA documents no
// encodings, and this needs no disassembler.

#include "gpu_ref/device/gpu/warpgroup.cuh"

namespace einfall::gpu_ref {

template <class Body>
__device__ void seven_times(Body body) {
#pragma unroll
  for (int i = 0; i < 7; ++i) body(i);
}

#define EINFALL_PROBE(name) \
  extern "C" __global__ void probe_##name(float* x, std::uint32_t* w, const Bf16* from)

EINFALL_PROBE(empty) { w[threadIdx.x] = 1; }
EINFALL_PROBE(mma) {
  float d[4] = {x[0], x[1], x[2], x[3]};
  const std::uint32_t a[4] = {w[0], w[1], w[2], w[3]};
  seven_times([&](int) { mma_16x8x16<Bf16>(d, a, a[0], a[1]); });
  x[threadIdx.x] = d[0] + d[1] + d[2] + d[3];
}
EINFALL_PROBE(mma_s8) {
  int d[4] = {};
  const std::uint32_t a[4] = {w[0], w[1], w[2], w[3]};
  seven_times([&](int) { mma_16x8x32_s8(d, a, a[0], a[1]); });
  w[threadIdx.x] = d[0] + d[1] + d[2] + d[3];
}
EINFALL_PROBE(wgmma) {
  float d[16][4] = {};
  begin_products();
  seven_times([&](int i) { multiply_rows_128<Bf16>(d, w[0] + i, w[1], true); });
  commit_products();
  wait_products<0>();
  hold(d);
  for (int n = 0; n < 16; ++n) x[threadIdx.x + 128 * n] = d[n][0] + d[n][1] + d[n][2] + d[n][3];
}
EINFALL_PROBE(wgmma_registers) {
  float d[16][4] = {};
  const std::uint32_t a[4] = {w[0], w[1], w[2], w[3]};
  begin_products();
  seven_times([&](int i) { multiply_columns_128<Bf16>(d, a, w[4] + i); });
  commit_products();
  wait_products<0>();
  hold(d);
  for (int n = 0; n < 16; ++n) x[threadIdx.x + 128 * n] = d[n][0] + d[n][1] + d[n][2] + d[n][3];
}
EINFALL_PROBE(wgmma_e4m3) {
  float d[16][4] = {};
  begin_products();
  seven_times([&](int i) { multiply_rows_128<E4m3>(d, w[0] + i, w[1], true); });
  commit_products();
  wait_products<0>();
  hold(d);
  for (int n = 0; n < 16; ++n) x[threadIdx.x + 128 * n] = d[n][0] + d[n][1] + d[n][2] + d[n][3];
}
EINFALL_PROBE(wgmma_e4m3_registers) {
  float d[16][4] = {};
  const std::uint32_t a[4] = {w[0], w[1], w[2], w[3]};
  begin_products();
  seven_times([&](int i) { multiply_eight_bits_128(d, a, w[4] + i); });
  commit_products();
  wait_products<0>();
  hold(d);
  for (int n = 0; n < 16; ++n) x[threadIdx.x + 128 * n] = d[n][0] + d[n][1] + d[n][2] + d[n][3];
}
EINFALL_PROBE(exp) {
  float y = x[threadIdx.x];
  seven_times([&](int) { y = exp2_fast(y); });
  x[threadIdx.x] = y;
}
EINFALL_PROBE(ldmatrix) {
  std::uint32_t sum = 0;
  seven_times([&](int i) {
    std::uint32_t r[4];
    load_matrices(r, shared_at<Bf16>(threadIdx.x * 16 + 512 * i));
    sum += r[0] ^ r[1] ^ r[2] ^ r[3];
  });
  w[threadIdx.x] = sum;
}
EINFALL_PROBE(copy_async) {
  seven_times([&](int i) {
    copy_async(shared_at<Bf16>(threadIdx.x * 16 + 512 * i), from + 4096 * i, true);
  });
  wait_copies<0>();
}
EINFALL_PROBE(barrier) {
  seven_times([&](int i) {
    w[threadIdx.x + i] = i;
    __syncthreads();
  });
}
}  // namespace einfall::gpu_ref
