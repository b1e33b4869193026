#include "gpu_ref/device/k0_microbench.hpp"

#include "gpu_ref/device/k0_microbench.cuh"

namespace einfall::gpu_ref {
namespace {

template <bool Reads, bool Triad, bool Writes>
void run_stream(Stream& stream, int blocks, int repeats, std::int64_t bytes, void* memory,
                long long* cycles) {
  const std::int64_t count = bytes / 16;
  auto* const first = static_cast<Sixteen*>(memory);
  stream.launch(stream_memory<Reads, Triad, Writes>, Grid(static_cast<unsigned>(blocks)), 256, 0,
                static_cast<const Sixteen*>(first), static_cast<const Sixteen*>(first + count),
                first + 2 * count, count, repeats, cycles);
}
template <int Streams>
double stream_work(int, int repeats, std::int64_t bytes) {
  return static_cast<double>(Streams) * repeats * static_cast<double>(bytes);
}

template <class T, class Sum>
void run_mma(Stream& stream, int blocks, int repeats, std::int64_t, void* memory,
             long long* cycles) {
  stream.launch(rate_of_mma<T, Sum>, Grid(static_cast<unsigned>(blocks)), 256, 0,
                static_cast<Sum*>(memory), repeats, cycles);
}
// 8 warps, 8 chains.
template <int Depth>
double mma_work(int blocks, int repeats, std::int64_t) {
  return 2.0 * 16 * 8 * Depth * 8 * 8 * blocks * repeats;
}

template <class T>
void run_wgmma(Stream& stream, int blocks, int repeats, std::int64_t, void* memory,
               long long* cycles) {
  stream.launch(rate_of_wgmma<T>, Grid(static_cast<unsigned>(blocks)), 128, 32768,
                static_cast<float*>(memory), repeats, cycles);
}

}  // namespace

std::vector<Microbenchmark> microbenchmarks() {
  return {
      {"k0-read", "B", stream_work<1>, run_stream<true, false, false>},
      {"k0-write", "B", stream_work<1>, run_stream<false, false, true>},
      {"k0-copy", "B", stream_work<2>, run_stream<true, false, true>},
      {"k0-triad", "B", stream_work<3>, run_stream<true, true, true>},
      {"k0-exp", "exp",
       [](int blocks, int repeats, std::int64_t) { return 256.0 * 8 * blocks * repeats; },
       [](Stream& stream, int blocks, int repeats, std::int64_t, void* memory, long long* cycles) {
         stream.launch(rate_of_exp, Grid(static_cast<unsigned>(blocks)), 256, 0,
                       static_cast<float*>(memory), repeats, cycles);
       }},
      {"k0-mma-bf16", "FLOP", mma_work<16>, run_mma<Bf16, float>},
      {"k0-mma-fp16", "FLOP", mma_work<16>, run_mma<Fp16, float>},
      {"k0-mma-s8", "FLOP", mma_work<32>, run_mma<std::int8_t, int>},
      {"k0-mma-e4m3", "FLOP", mma_work<32>, run_mma<E4m3, float>},
      {"k0-wgmma-bf16", "FLOP",
       [](int blocks, int repeats, std::int64_t) {
         return 2.0 * 64 * 128 * 16 * 8 * blocks * repeats;
       },
       run_wgmma<Bf16>},
      {"k0-shared", "B",
       [](int blocks, int repeats, std::int64_t) { return 512.0 * 8 * 8 * blocks * repeats; },
       [](Stream& stream, int blocks, int repeats, std::int64_t, void* memory, long long* cycles) {
         stream.launch(rate_of_shared_memory, Grid(static_cast<unsigned>(blocks)), 256, 4096,
                       static_cast<std::uint32_t*>(memory), repeats, cycles);
       }},
      {"k0-launch", "launch",
       [](int, int repeats, std::int64_t) { return static_cast<double>(repeats); },
       [](Stream& stream, int blocks, int repeats, std::int64_t, void*, long long*) {
         for (int i = 0; i < repeats; ++i)
           stream.launch(nothing, Grid(static_cast<unsigned>(blocks)), 32, 0);
       }},
  };
}

}  // namespace einfall::gpu_ref
