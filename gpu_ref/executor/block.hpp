#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gpu_ref/executor/fiber.hpp"
#include "gpu_ref/executor/finding.hpp"
#include "gpu_ref/executor/global_memory.hpp"
#include "gpu_ref/executor/shared_memory.hpp"

namespace einfall::gpu_ref::executor {

struct Dim {
  unsigned x = 1, y = 1, z = 1;
  bool operator==(const Dim&) const = default;
};

/// What the threads of a launch did, counted at the intrinsics: the dynamic side of the census.
struct Counts {
  std::uint64_t mma = 0;  // warp-wide instructions
  std::uint64_t ldmatrix = 0;
  std::uint64_t shuffles = 0;
  std::uint64_t exps = 0;  // one a thread and call
  std::uint64_t barriers = 0;
  std::uint64_t global_read_bytes = 0;  // asked for by threads, cp.async included
  std::uint64_t global_written_bytes = 0;
  std::uint64_t blocks = 0;
  bool operator==(const Counts&) const = default;
};

/// One thread block on the CPU: each thread a fiber, one runs at a time, and the order in which
/// ready threads go on is random (the same for the same seed). A thread gives way at collectives
/// and barriers only; what other orders could change is found by the shadow of shared memory.
///
/// Contract: a barrier is passed when all threads of the block have arrived at the same one; a
/// collective of a warp is computed when all 32 lanes have arrived at the same one; an asynchronous
/// copy is done when its thread waits for its group, not before. The first finding ends the block.
class Block {
 public:
  static constexpr int kWarp = 32;
  static constexpr unsigned kMostThreads = 1024;
  static constexpr std::size_t kMostShared = 227 * 1024;  // bytes a block of sm_90 may ask for

  explicit Block(GlobalMemory& global, std::uint64_t seed) : global_(global), random_(seed) {}

  /// Runs `body` in `threads` threads. Nothing if it ends well.
  [[nodiscard]] std::optional<Finding> run(Dim grid, Dim index, unsigned threads,
                                           std::size_t shared_bytes,
                                           const std::function<void()>& body);
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::mt19937_64& random() { return random_; }

  // The rest is called by the threads that run, through the intrinsics.

  /// The block of the running thread: an intrinsic has no other way to know it.
  [[nodiscard]] static Block& current();

  [[nodiscard]] unsigned thread() const { return running_; }
  [[nodiscard]] unsigned threads() const { return threads_; }
  [[nodiscard]] Dim index() const { return index_; }
  [[nodiscard]] Dim grid() const { return grid_; }
  [[nodiscard]] Counts& count() { return counts_; }

  void barrier(Site site);
  void sync_warp(Site site);
  /// Lanes leave a pointer to their operands; the last to arrive computes for all 32.
  using Compute = void (*)(Block&, const std::array<void*, kWarp>& operands, Site site);
  void collective(const char* operation, void* operands, Compute compute, Site site);

  void read_shared(std::size_t offset, std::size_t size, void* out, Site site);
  /// The same on behalf of another lane of the running thread's warp.
  void read_shared_as(unsigned thread, std::size_t offset, std::size_t size, void* out, Site site);
  void write_shared(std::size_t offset, std::size_t size, const void* value, Site site);
  void read_global(const void* address, std::size_t size, Site site);
  void write_global(const void* address, std::size_t size, Site site);

  /// 16 bytes; without a source they become 0.
  void copy(std::size_t offset, const void* source, Site site);
  void commit_copies();
  /// Waits until at most `left` of the groups committed by this thread are not done.
  void wait_copies(std::size_t left);

  /// Ends the block with this finding; does not return.
  [[noreturn]] void fail(Finding finding);

 private:
  enum class Waiting { kReady, kBarrier, kCollective, kDone };
  struct Copy {
    std::size_t offset;
    std::array<std::byte, 16> value;
    Site site;
  };
  struct Thread {
    std::unique_ptr<Fiber> fiber = std::make_unique<Fiber>();
    Waiting waiting = Waiting::kReady;
    const char* operation = "";
    Site site;  // where it waits
    void* operands = nullptr;
    std::vector<Copy> open;                // copies not yet in a group
    std::deque<std::vector<Copy>> groups;  // oldest first
  };

  static void enter(void* block);
  void finish_thread();
  void wait(Waiting why, const char* operation, Site site);
  void switch_away();
  void make_ready(unsigned thread);
  [[nodiscard]] Moment moment_of(unsigned thread) const;
  [[nodiscard]] Finding deadlock() const;
  [[nodiscard]] static std::string place_of(const Thread& thread);
  [[nodiscard]] std::string who() const;

  GlobalMemory& global_;
  std::mt19937_64 random_;
  Counts counts_;
  SharedMemory shared_;
  std::vector<Thread> all_;
  std::vector<unsigned> ready_;
  std::vector<unsigned> at_warp_;  // lanes waiting at a collective, for each warp
  std::vector<std::uint32_t> warp_epochs_;
  std::uint32_t block_epoch_ = 0;
  unsigned at_barrier_ = 0;
  unsigned threads_ = 0;
  unsigned running_ = 0;
  Dim grid_, index_;
  const std::function<void()>* body_ = nullptr;
  Fiber scheduler_;
  std::optional<Finding> finding_;
};

}  // namespace einfall::gpu_ref::executor
