#pragma once

// Streams, buffers and launches on the CPU executor; device/gpu/launch.cuh has the same names for
// the GPU.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gpu_ref/executor/block.hpp"

namespace einfall::gpu_ref {

using Grid = executor::Dim;

/// Runs launches one after another, the blocks of each in random order. After the first finding
/// nothing more is run.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : block_(memory_, seed) {}
  Stream(const Stream&) = delete;

  template <class... P, class... A>
  void launch(void (*kernel)(P...), Grid grid, unsigned threads, std::size_t shared_bytes,
              const A&... arguments) {
    run(grid, threads, shared_bytes, [&] { kernel(arguments...); });
  }

  /// What went wrong, as text; nothing so far if empty.
  [[nodiscard]] std::optional<std::string> problem() const;
  [[nodiscard]] const std::optional<executor::Finding>& finding() const { return finding_; }
  [[nodiscard]] const executor::Counts& counts() const { return block_.counts(); }
  [[nodiscard]] executor::GlobalMemory& memory() { return memory_; }

 private:
  void run(Grid grid, unsigned threads, std::size_t shared_bytes,
           const std::function<void()>& body);

  executor::GlobalMemory memory_;
  executor::Block block_;
  std::optional<executor::Finding> finding_;
};

/// Memory that kernels of the stream may use. Fresh memory holds 0xff: NaN in every format.
template <class T>
class Buffer {
 public:
  Buffer(Stream& stream, std::string name, std::size_t count) : stream_(&stream), values_(count) {
    poison();
    stream.memory().add(std::move(name), values_.data(), count * sizeof(T), true);
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { stream_->memory().forget(values_.data()); }

  [[nodiscard]] T* data() { return values_.data(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  void upload(std::span<const T> values) {
    std::copy(values.begin(), values.end(), values_.begin());
  }
  [[nodiscard]] std::vector<T> download() const { return values_; }
  void fill(int byte) { std::memset(static_cast<void*>(values_.data()), byte, size() * sizeof(T)); }
  void poison() { fill(0xff); }
  /// Kernels may only read it from now on.
  void freeze() { stream_->memory().set_writable(values_.data(), false); }

 private:
  Stream* stream_;
  std::vector<T> values_;
};

}  // namespace einfall::gpu_ref
