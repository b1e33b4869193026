#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gpu_ref/executor/finding.hpp"

namespace einfall::gpu_ref::executor {

/// The buffers a kernel may touch. Memory is the caller's; a buffer stays known until forgotten.
class GlobalMemory {
 public:
  void add(std::string name, const void* base, std::size_t bytes, bool writable);
  void forget(const void* base);
  void set_writable(const void* base, bool writable);

  /// Nothing if the access lies inside one buffer, is aligned to its size, and may be done.
  /// `who` names the thread in the message.
  [[nodiscard]] std::optional<Finding> check(const void* address, std::size_t size, bool write,
                                             const std::string& who, Site site) const;
  /// The quick form of the same question.
  [[nodiscard]] bool allows(const void* address, std::size_t size, bool write) const;

 private:
  struct Buffer {
    std::string name;
    const std::byte* base;
    std::size_t bytes;
    bool writable;
  };
  std::vector<Buffer> buffers_;
  mutable std::size_t last_ = 0;  // the buffer of the last access: the next is often its own
};

}  // namespace einfall::gpu_ref::executor
