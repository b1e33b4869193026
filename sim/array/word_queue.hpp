#pragma once

#include <cstddef>
#include <vector>

namespace einfall::sim {

/// A first-in first-out queue of `depth` words for each of `lanes` lanes: where words that come
/// lane by lane wait (at the top of the columns, at the foot for the vector array). A word pushed
/// in a cycle can be popped in the same cycle.
class WordQueue {
 public:
  WordQueue(int lanes, int depth)
      : depth_(depth),
        first_(static_cast<std::size_t>(lanes), 0),
        count_(static_cast<std::size_t>(lanes), 0),
        words_(static_cast<std::size_t>(lanes) * static_cast<std::size_t>(depth)) {}

  [[nodiscard]] bool empty(int lane) const { return count_[lane] == 0; }
  [[nodiscard]] bool full(int lane) const { return count_[lane] == depth_; }
  [[nodiscard]] int size(int lane) const { return count_[lane]; }
  /// Precondition: not full.
  void push(int lane, float value) {
    words_[at(lane, (first_[lane] + count_[lane]) % depth_)] = value;
    ++count_[lane];
  }
  /// Precondition: not empty.
  float pop(int lane) {
    const float value = words_[at(lane, first_[lane])];
    first_[lane] = (first_[lane] + 1) % depth_;
    --count_[lane];
    return value;
  }

 private:
  [[nodiscard]] std::size_t at(int lane, int place) const {
    return static_cast<std::size_t>(lane) * static_cast<std::size_t>(depth_) +
           static_cast<std::size_t>(place);
  }
  int depth_;
  std::vector<int> first_, count_;
  std::vector<float> words_;
};

}  // namespace einfall::sim
