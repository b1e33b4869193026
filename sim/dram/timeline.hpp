#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace einfall::sim {

/// Entries in the order of their clock `at`, kept in a ring: almost all are put in at the end and
/// taken out at the front, a few go into gaps near the end. Insertion costs what lies behind.
template <class T>
class Timeline {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return ring_[(head_ + i) & mask()]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }

  /// Entries that are at `clock` or before.
  [[nodiscard]] std::size_t up_to(std::int64_t clock) const {
    std::size_t i = size_;
    while (i > 0 && (*this)[i - 1].at > clock) --i;
    return i;
  }
  /// Behind those of the same clock.
  void insert(const T& entry) {
    if (size_ == ring_.size()) grow();
    std::size_t i = size_++;
    for (; i > 0 && (*this)[i - 1].at > entry.at; --i) slot(i) = (*this)[i - 1];
    slot(i) = entry;
  }
  void pop_front() {
    head_ = (head_ + 1) & mask();
    --size_;
  }
  void drop_before(std::int64_t clock) {
    while (size_ > 0 && front().at < clock) pop_front();
  }
  void shift(std::int64_t by) {
    for (std::size_t i = 0; i < size_; ++i) slot(i).at += by;
  }

 private:
  [[nodiscard]] std::size_t mask() const { return ring_.size() - 1; }
  [[nodiscard]] T& slot(std::size_t i) { return ring_[(head_ + i) & mask()]; }
  void grow() {
    std::vector<T> larger(2 * ring_.size());
    for (std::size_t i = 0; i < size_; ++i) larger[i] = (*this)[i];
    ring_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> ring_ = std::vector<T>(16);  // a power of two
  std::size_t head_ = 0, size_ = 0;
};

}  // namespace einfall::sim
