#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum::eval {

/// The best few of a stream of values, whatever its order: larger (argmin: smaller) first, equal
/// ones by the lower coordinate, NaN after all numbers.
template <class T>
class Candidates {
 public:
  struct Entry {
    T value;
    std::int64_t coordinate;
  };

  Candidates(PopulateOp op, std::int64_t keep)
      : smallest_(op == PopulateOp::kArgmin), keep_(static_cast<std::size_t>(keep)) {}

  void clear() { heap_.clear(); }

  void offer(T value, std::int64_t coordinate) {
    const Entry entry{value, coordinate};
    const auto before = [this](const Entry& a, const Entry& b) { return better(a, b); };
    if (heap_.size() == keep_) {  // the worst kept stands at the front
      if (!better(entry, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), before);
      heap_.pop_back();
    }
    heap_.push_back(entry);
    std::push_heap(heap_.begin(), heap_.end(), before);
  }

  /// Best first. Ends the stream: clear() before offering again.
  [[nodiscard]] const std::vector<Entry>& ranked() {
    std::sort(heap_.begin(), heap_.end(),
              [this](const Entry& a, const Entry& b) { return better(a, b); });
    return heap_;
  }

 private:
  [[nodiscard]] bool better(const Entry& a, const Entry& b) const {
    const bool a_nan = std::isnan(a.value), b_nan = std::isnan(b.value);
    if (a_nan != b_nan) return b_nan;
    if (a_nan || a.value == b.value) return a.coordinate < b.coordinate;
    return smallest_ ? a.value < b.value : a.value > b.value;
  }

  bool smallest_;
  std::size_t keep_;
  std::vector<Entry> heap_;
};

}  // namespace einfall::einsum::eval
