#pragma once

// Streams, buffers and launches on the GPU; executor/gpu/launch.cuh has the same names for the CPU
// and describes them.

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace einfall::gpu_ref {

using Grid = dim3;

/// A CUDA stream. Errors are kept, the first of them; nothing is launched after one. Calls return
/// before the GPU has done them; wait() does not.
class Stream {
 public:
  Stream() { keep(cudaStreamCreate(&stream_)); }
  Stream(const Stream&) = delete;
  ~Stream() { cudaStreamDestroy(stream_); }

  template <class... P, class... A>
  void launch(void (*kernel)(P...), Grid grid, unsigned threads, std::size_t shared_bytes,
              const A&... arguments) {
    if (problem_) return;
    keep(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                              cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(shared_bytes)));
    if (problem_) return;
    kernel<<<grid, threads, shared_bytes, stream_>>>(arguments...);
    keep(cudaGetLastError());
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

 private:
  cudaStream_t stream_ = nullptr;
  std::optional<std::string> problem_;
};

/// Memory on the GPU. Fresh memory holds 0xff: NaN in every format.
template <class T>
class Buffer {
 public:
  Buffer(Stream& stream, std::string, std::size_t count) : stream_(&stream), count_(count) {
    void* memory = nullptr;
    stream.keep(cudaMalloc(&memory, count == 0 ? 1 : count * sizeof(T)));
    data_ = static_cast<T*>(memory);
    poison();
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { cudaFree(data_); }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  void upload(std::span<const T> values) {
    stream_->keep(cudaMemcpyAsync(data_, values.data(), values.size_bytes(), cudaMemcpyHostToDevice,
                                  stream_->handle()));
    stream_->wait();
  }
  [[nodiscard]] std::vector<T> download() const {
    std::vector<T> values(count_);
    stream_->keep(cudaMemcpyAsync(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost,
                                  stream_->handle()));
    stream_->wait();
    return values;
  }
  void fill(int byte) {
    if (data_ != nullptr)
      stream_->keep(cudaMemsetAsync(data_, byte, count_ * sizeof(T), stream_->handle()));
  }
  void poison() { fill(0xff); }
  void freeze() {}  // the GPU cannot be told

 private:
  Stream* stream_;
  T* data_ = nullptr;
  std::size_t count_;
};

}  // namespace einfall::gpu_ref
