#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace einfall::mappings {

/// When a piece is there, and the visit that made it; 0: it was there from the beginning.
struct NestValue {
  double time = 0;
  std::int64_t visit = 0;
};

/// When the pieces of a slice are there: at even distances between the first and the last.
struct NestSlice {
  double first = 0, last = 0;
  std::int64_t from = 0, latest = 0;
  std::int64_t first_visit = 0, last_visit = 0;  // that made them; 0: there from the beginning
  [[nodiscard]] NestValue at(std::int64_t piece) const;
};

/// What one end of a dependence (NestEdge) has made, or has left room for, slice by slice, and the
/// other has not come to the end of.
class NestQueue {
 public:
  /// So many slices are there from the beginning. `room`, if any: pieces of a whole slice, whose
  /// room is given back piece by piece, so that what a smaller slice has not taken of it is there
  /// for the next.
  NestQueue(std::size_t ahead, std::optional<std::int64_t> room);

  /// A visit (from 1 on) makes a piece, which is there from `time` on; `slice`: where the loops
  /// stand that begin another.
  void give(const std::vector<std::int64_t>& slice, std::int64_t piece, double time,
            std::int64_t visit);
  /// When the piece is there that the reader comes to; none: nothing is waited for.
  [[nodiscard]] std::optional<NestValue> take(const std::vector<std::int64_t>& slice,
                                              std::int64_t piece);

  /// Calls visit(double&) for every time there is, in the same order as long as slices neither come
  /// nor go.
  template <typename Visit>
  void visit_all(Visit visit) {
    visit_made([&](double& time, std::int64_t) { visit(time); });
  }
  /// The same, as visit(double&, the visit that made it).
  template <typename Visit>
  void visit_made(Visit visit) {
    for (std::deque<NestSlice>* slices : {&slices_, &before_})
      for (NestSlice& slice : *slices) {
        visit(slice.first, slice.first_visit);
        visit(slice.last, slice.last_visit);
      }
  }

 private:
  static constexpr std::size_t kLongest = 64, kLeft = 16;

  [[nodiscard]] std::int64_t left_over() const;

  std::size_t ahead_;
  std::optional<std::int64_t> room_;
  std::deque<NestSlice> slices_;  // the reader is at the first of them
  std::deque<NestSlice> before_;  // that it has left, the latest first; only where room is counted
  std::optional<std::vector<std::int64_t>> made_, read_;  // none: not so far
};

}  // namespace einfall::mappings
