#include "gpu_ref/device/k0_microbench.cuh"

#include <memory>

#include "gpu_ref/device/launches.hpp"

namespace einfall::gpu_ref {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

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
template <int Depth>
double wgmma_work(int blocks, int repeats, std::int64_t) {
  return 2.0 * 64 * 128 * Depth * 8 * blocks * repeats;
}

void run_exp(Stream& stream, int blocks, int repeats, std::int64_t, void* memory,
             long long* cycles) {
  stream.launch(rate_of_exp, Grid(static_cast<unsigned>(blocks)), 256, 0,
                static_cast<float*>(memory), repeats, cycles);
}
double exp_work(int blocks, int repeats, std::int64_t) { return 256.0 * 8 * blocks * repeats; }

void run_shared(Stream& stream, int blocks, int repeats, std::int64_t, void* memory,
                long long* cycles) {
  stream.launch(rate_of_shared_memory, Grid(static_cast<unsigned>(blocks)), 256, 4096,
                static_cast<std::uint32_t*>(memory), repeats, cycles);
}
double shared_work(int blocks, int repeats, std::int64_t) {
  return 512.0 * 8 * 8 * blocks * repeats;
}

void run_launches(Stream& stream, int blocks, int repeats, std::int64_t, void*, long long*) {
  for (int i = 0; i < repeats; ++i)
    stream.launch(nothing, Grid(static_cast<unsigned>(blocks)), 32, 0);
}
double launches(int, int repeats, std::int64_t) { return repeats; }

/// The same launches as one CUDA graph, captured the first time it is run.
class LaunchGraph {
 public:
  LaunchGraph() = default;
  LaunchGraph(const LaunchGraph&) = delete;
  ~LaunchGraph() {
    if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
  }
  void run(Stream& stream, int blocks, int repeats) {
    if (graph_ == nullptr) capture(stream, blocks, repeats);
    if (graph_ != nullptr) stream.keep(cudaGraphLaunch(graph_, stream.handle()));
  }

 private:
  void capture(Stream& stream, int blocks, int repeats) {
    cudaGraph_t captured = nullptr;
    stream.keep(cudaStreamBeginCapture(stream.handle(), cudaStreamCaptureModeThreadLocal));
    run_launches(stream, blocks, repeats, 0, nullptr, nullptr);
    stream.keep(cudaStreamEndCapture(stream.handle(), &captured));
    if (!stream.problem()) stream.keep(cudaGraphInstantiate(&graph_, captured, 0));
    if (captured != nullptr) cudaGraphDestroy(captured);
  }
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace

std::vector<Microbenchmark> microbenchmarks() {
  const std::vector<std::int64_t> once{16}, large{2048 * kMiB};
  std::vector<Microbenchmark> all{
      {"k0-read", "B", 8, 1, large, stream_work<1>, run_stream<true, false, false>},
      {"k0-write", "B", 8, 1, large, stream_work<1>, run_stream<false, false, true>},
      {"k0-copy", "B", 8, 1, large, stream_work<2>, run_stream<true, false, true>},
      {"k0-triad", "B", 8, 1, large, stream_work<3>, run_stream<true, true, true>},
      {"k0-exp", "exp", 8, 4096, once, exp_work, run_exp},
      {"k0-mma-bf16", "FLOP", 2, 4096, once, mma_work<16>, run_mma<Bf16, float>},
      {"k0-mma-fp16", "FLOP", 2, 4096, once, mma_work<16>, run_mma<Fp16, float>},
      {"k0-mma-s8", "FLOP", 2, 4096, once, mma_work<32>, run_mma<std::int8_t, int>},
      {"k0-mma-e4m3", "FLOP", 2, 2048, once, mma_work<32>, run_mma<E4m3, float>},
      {"k0-wgmma-bf16", "FLOP", 2, 2048, once, wgmma_work<16>, run_wgmma<Bf16>},
      {"k0-wgmma-e4m3", "FLOP", 2, 2048, once, wgmma_work<32>, run_wgmma<E4m3>},
      {"k0-shared", "B", 4, 2048, once, shared_work, run_shared},
      {"k0-launch", "launch", 1, 100, once, launches, run_launches},
  };
  all.push_back({"k0-launch-graph", "launch", 1, 100, once, launches,
                 [graph = std::make_shared<LaunchGraph>()](Stream& stream, int blocks, int repeats,
                                                           std::int64_t, void*, long long*) {
                   graph->run(stream, blocks, repeats);
                 }});
  // What is read again and again, by its size: where it stays tells the L2's. About 2 GiB in all.
  for (const std::int64_t mib : {2, 4, 8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 256})
    all.push_back({"k0-reread",
                   "B",
                   8,
                   static_cast<int>(2048 / mib),
                   {mib * kMiB},
                   stream_work<1>,
                   run_stream<true, false, false>});
  return all;
}

}  // namespace einfall::gpu_ref
