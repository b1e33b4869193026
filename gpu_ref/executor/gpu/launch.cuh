#pragma once

// Streams, buffers and launches on the CPU executor; device/gpu/launch.cuh has the same names for
// the GPU.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gpu_ref/executor/block.hpp"
#include "gpu_ref/records/record.hpp"

namespace einfall::gpu_ref {

class Gemm;
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
  /// Launches are done when they return; for the GPU, see there.
  void wait() {}

  /// What went wrong, as text; nothing so far if empty.
  [[nodiscard]] std::optional<std::string> problem() const;
  [[nodiscard]] const std::optional<executor::Finding>& finding() const { return finding_; }
  [[nodiscard]] const executor::Counts& counts() const { return block_.counts(); }
  [[nodiscard]] executor::GlobalMemory& memory() { return memory_; }
  /// From now on every launch adds what it was to `facts`; nullptr ends that.
  void note_launches(std::vector<records::LaunchFacts>* facts) { facts_ = facts; }
  /// The library of matrix products of whoever launches here; made by the first who needs it.
  [[nodiscard]] std::shared_ptr<Gemm>& gemm() { return gemm_; }

 private:
  void run(Grid grid, unsigned threads, std::size_t shared_bytes,
           const std::function<void()>& body);

  executor::GlobalMemory memory_;
  executor::Block block_;
  std::optional<executor::Finding> finding_;
  std::vector<records::LaunchFacts>* facts_ = nullptr;
  std::shared_ptr<Gemm> gemm_;
};

/// Memory that kernels of the stream may use. Fresh memory holds 0xff: NaN in every format. On
/// either side lies as much that belongs to nobody, so that what misses a buffer does not hit
/// another.
template <class T>
class Buffer {
 public:
  Buffer(Stream& stream, std::string name, std::size_t count)
      : stream_(&stream), count_(count), guard_((bytes() / kAlign + 256) * kAlign) {
    storage_.reset(new std::byte[bytes() + 2 * guard_ + kAlign]);  // not touched where not used
    void* begin = storage_.get() + guard_;
    std::size_t space = bytes() + guard_ + kAlign;
    data_ = static_cast<T*>(std::align(kAlign, bytes(), begin, space));
    poison();
    stream.memory().add(std::move(name), data_, bytes(), true);
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { stream_->memory().forget(data_); }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  void upload(std::span<const T> values) { std::copy(values.begin(), values.end(), data_); }
  [[nodiscard]] std::vector<T> download() const { return {data_, data_ + count_}; }
  [[nodiscard]] std::vector<T> download(std::size_t first, std::size_t count) const {
    return {data_ + first, data_ + first + count};
  }
  /// Makes the first `size` bytes zero.
  void clear(std::size_t size) { std::memset(static_cast<void*>(data_), 0, size); }
  void poison() { std::memset(static_cast<void*>(data_), 0xff, bytes()); }
  /// That nothing was written before or behind it; here no kernel can without a finding.
  [[nodiscard]] bool surroundings_intact() const { return true; }
  /// Kernels may only read it from now on.
  void freeze() { stream_->memory().set_writable(data_, false); }

 private:
  static constexpr std::size_t kAlign = 256;  // as cudaMalloc does
  [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(T); }

  Stream* stream_;
  std::size_t count_;
  std::size_t guard_;
  std::unique_ptr<std::byte[]> storage_;
  T* data_ = nullptr;
};

}  // namespace einfall::gpu_ref
