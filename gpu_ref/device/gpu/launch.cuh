#pragma once

// Streams, buffers and launches on the GPU; executor/gpu/launch.cuh has the same names for the CPU
// and describes them.

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gpu_ref/records/record.hpp"

namespace einfall::gpu_ref {

class Gemm;
using Grid = dim3;

/// A CUDA stream. Errors are kept, the first of them; nothing is launched after one. Calls return
/// before the GPU has done them; wait() does not.
class Stream {
 public:
  /// The seed is the executor's, which chooses an order of threads by it.
  explicit Stream(std::uint64_t = 0) { keep(cudaStreamCreate(&stream_)); }
  Stream(const Stream&) = delete;
  ~Stream() {
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  template <class... P, class... A>
  void launch(void (*kernel)(P...), Grid grid, unsigned threads, std::size_t shared_bytes,
              const A&... arguments) {
    const auto* const function = reinterpret_cast<const void*>(kernel);
    if (problem_) return;
    if (shared_bytes > kUnasked)
      keep(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                static_cast<int>(shared_bytes)));
    if (problem_) return;
    kernel<<<grid, threads, shared_bytes, stream_>>>(arguments...);
    keep(cudaGetLastError());
    if (facts_ != nullptr) note(function, grid, threads, shared_bytes);
  }

  void wait() { keep(cudaStreamSynchronize(stream_)); }
  void keep(cudaError_t error) {
    if (error != cudaSuccess && !problem_) problem_ = cudaGetErrorString(error);
  }
  void keep(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
  }
  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }
  [[nodiscard]] cudaStream_t handle() const { return stream_; }
  void note_launches(std::vector<records::LaunchFacts>* facts) { facts_ = facts; }
  [[nodiscard]] std::shared_ptr<Gemm>& gemm() { return gemm_; }

 private:
  static constexpr std::size_t kUnasked = 48 * 1024;  // shared memory that need not be asked for

  void note(const void* function, Grid grid, unsigned threads, std::size_t shared_bytes) {
    cudaFuncAttributes attributes{};
    int blocks_per_sm = 0;
    keep(cudaFuncGetAttributes(&attributes, function));
    keep(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks_per_sm, function,
                                                       static_cast<int>(threads), shared_bytes));
    facts_->push_back({static_cast<double>(grid.x) * grid.y * grid.z, static_cast<int>(threads),
                       static_cast<double>(shared_bytes + attributes.sharedSizeBytes),
                       attributes.numRegs, static_cast<double>(attributes.localSizeBytes),
                       blocks_per_sm});
  }

  cudaStream_t stream_ = nullptr;
  std::optional<std::string> problem_;
  std::vector<records::LaunchFacts>* facts_ = nullptr;
  std::shared_ptr<Gemm> gemm_;
};

/// Memory on the GPU. Fresh memory holds 0xff, NaN in every format, and so does what lies before
/// and behind it.
template <class T>
class Buffer {
 public:
  Buffer(Stream& stream, std::string, std::size_t count) : stream_(&stream), count_(count) {
    void* memory = nullptr;
    stream.keep(cudaMalloc(&memory, bytes() + 2 * kAround));
    memory_ = static_cast<unsigned char*>(memory);
    if (memory_ == nullptr) return;
    data_ = reinterpret_cast<T*>(memory_ + kAround);
    stream.keep(cudaMemsetAsync(memory_, 0xff, bytes() + 2 * kAround, stream.handle()));
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() {
    if (memory_ != nullptr) cudaFree(memory_);
  }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  void upload(std::span<const T> values) {
    if (data_ == nullptr) return;
    stream_->keep(cudaMemcpyAsync(data_, values.data(), values.size_bytes(), cudaMemcpyHostToDevice,
                                  stream_->handle()));
    stream_->wait();
  }
  [[nodiscard]] std::vector<T> download() const { return download(0, count_); }
  [[nodiscard]] std::vector<T> download(std::size_t first, std::size_t count) const {
    std::vector<T> values(count);
    if (data_ != nullptr) copy_back(values.data(), data_ + first, count * sizeof(T));
    return values;
  }
  void clear(std::size_t size) {
    if (data_ != nullptr) stream_->keep(cudaMemsetAsync(data_, 0, size, stream_->handle()));
  }
  void poison() {
    if (data_ != nullptr) stream_->keep(cudaMemsetAsync(data_, 0xff, bytes(), stream_->handle()));
  }
  [[nodiscard]] bool surroundings_intact() const {
    std::vector<unsigned char> around(2 * kAround);
    if (memory_ == nullptr) return false;
    copy_back(around.data(), memory_, kAround);
    copy_back(around.data() + kAround, memory_ + kAround + bytes(), kAround);
    return std::all_of(around.begin(), around.end(), [](unsigned char b) { return b == 0xff; });
  }
  void freeze() {}  // the GPU cannot be told

 private:
  static constexpr std::size_t kAround = 4096;  // keeps the alignment of cudaMalloc
  [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(T); }
  void copy_back(void* to, const void* from, std::size_t size) const {
    stream_->keep(cudaMemcpyAsync(to, from, size, cudaMemcpyDeviceToHost, stream_->handle()));
    stream_->wait();
  }

  Stream* stream_;
  unsigned char* memory_ = nullptr;
  T* data_ = nullptr;
  std::size_t count_;
};

}  // namespace einfall::gpu_ref
