#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace einfall::tests {

/// A stretch of work: the objects (by number) that must lie in the buffer together, and those of
/// them that it changes.
struct Work {
  std::vector<std::size_t> needs;
  std::vector<std::size_t> changes;
};

/// What moves. An `input` has to be read before its first use; an `output` has to be written after
/// its last change; anything else comes into being in the buffer and may vanish after its last use.
struct Object {
  std::int64_t bytes = 0;
  bool input = false;
  bool output = false;
};

/// Bytes read and written when the work is done in this order, if the objects whose next use is
/// farthest away leave first; nullopt if some work does not fit. A changed object that leaves and
/// is needed again is written, and read when it comes back.
[[nodiscard]] std::optional<std::int64_t> traffic(const std::vector<Object>& objects,
                                                  const std::vector<Work>& order,
                                                  std::int64_t capacity);

}  // namespace einfall::tests
