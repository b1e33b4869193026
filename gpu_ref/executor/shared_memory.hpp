#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gpu_ref/executor/finding.hpp"

namespace einfall::gpu_ref::executor {

/// When a thread is, as far as barriers order it: two accesses of different threads are ordered if
/// a barrier of the block lies between them, or they are of one warp and a __syncwarp() does.
struct Moment {
  std::uint32_t block_epoch = 0;  // barriers of the block passed
  std::uint32_t warp_epoch = 0;   // __syncwarp()s of its warp passed
  std::uint16_t thread = 0;

  [[nodiscard]] int warp() const { return thread / 32; }
  /// True if `later`, which runs after this, cannot have run before it in another order.
  [[nodiscard]] bool ordered_before(const Moment& later) const {
    return thread == later.thread || block_epoch < later.block_epoch ||
           (warp() == later.warp() && warp_epoch < later.warp_epoch);
  }
};

/// The shared memory of one block with a shadow that knows, for every two bytes, who wrote and who
/// read last. Races are found by what barriers order, not by luck: any order of execution that
/// reaches both accesses reports them. Two readers are enough of a memory: if any reader is
/// unordered with a later write, one of the two kept is.
///
/// Fresh memory holds 0xff, a NaN in every floating-point format here.
class SharedMemory {
 public:
  /// Accesses are whole granules: nothing here stores single bytes.
  static constexpr std::size_t kGranule = 2;

  /// Everything unwritten, `bytes` of it.
  void reset(std::size_t bytes);
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  /// `size` is a power of two and the alignment asked for.
  [[nodiscard]] std::optional<Finding> read(std::size_t offset, std::size_t size, void* out,
                                            Moment who, Site site);
  [[nodiscard]] std::optional<Finding> write(std::size_t offset, std::size_t size,
                                             const void* value, Moment who, Site site);
  /// An asynchronous copy may write from now on: the old value is gone, the new one not there.
  [[nodiscard]] std::optional<Finding> begin_copy(std::size_t offset, std::size_t size, Moment who,
                                                  Site site);
  /// The copy is done and its thread has waited for it.
  void end_copy(std::size_t offset, std::size_t size, const void* value, Moment who, Site site);

 private:
  /// Who did it, when, and from which of sites_; kept small, as there are three for two bytes.
  struct Access {
    Moment who;
    std::uint16_t site = 0;
    bool any = false;
  };
  struct Granule {
    Access writer;
    Access readers[2];
    std::uint32_t block = 0;  // the block it speaks of; of an earlier one, it is fresh
    bool in_flight = false;
  };

  [[nodiscard]] std::optional<Finding> outside(std::size_t offset, std::size_t size, Moment who,
                                               Site site) const;
  [[nodiscard]] std::optional<Finding> check_write(std::size_t offset, std::size_t size, Moment who,
                                                   Site site, bool in_flight);
  /// `access` says who reads or writes, and where: "thread 3 of block (0, 0) at ... reads".
  [[nodiscard]] Finding still_in_flight(const std::string& access, std::size_t index,
                                        const Granule& granule) const;
  static void note_reader(Granule& granule, const Access& access);
  [[nodiscard]] Granule& granule_at(std::size_t index);
  [[nodiscard]] std::uint16_t number_of(Site site);
  [[nodiscard]] std::string text_of_access(const Access& access) const;

  std::vector<std::byte> bytes_;
  std::vector<Granule> shadow_;
  std::uint32_t block_ = 0;
  std::vector<Site> sites_;
  std::size_t last_site_ = 0;  // the next access is often from the same line
};

}  // namespace einfall::gpu_ref::executor
