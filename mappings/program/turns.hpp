#pragma once

#include <cstdint>
#include <vector>

#include "mappings/program/cursor.hpp"

namespace einfall::mappings {

/// The order of an engine's operations, each with a cursor at its next visit: whose turn it is.
/// Visits come in the order of the loops that two operations share, inside a group by slots, then
/// as in the document.
class Turns {
 public:
  /// `cursors`: by operation of the program. Both must outlive it and stay where they are.
  Turns(const Program& program, const Engine& engine, const std::vector<Cursor>& cursors);

  /// No operation has a visit left.
  [[nodiscard]] bool over() const { return order_.empty(); }
  /// The operation whose visit comes before those of all others. Precondition: not over.
  [[nodiscard]] std::size_t next() const { return operations_[order_.front()]; }
  /// The cursor of that operation has moved on, or is done.
  void moved_on();
  /// Any cursors have moved.
  void sort();

 private:
  /// How the visits of two operations compare: by the digits of so many outer levels, by their
  /// slots, and if all these are equal so.
  struct Pair {
    std::size_t levels = 0;
    bool by_slot = false;
    bool first = false;
  };
  [[nodiscard]] const Cursor& cursor(std::size_t i) const { return cursors_[operations_[i]]; }
  [[nodiscard]] bool before(std::size_t a, std::size_t b) const;

  const std::vector<std::size_t>& operations_;  // of the engine; below, indices into it
  const std::vector<Cursor>& cursors_;
  std::vector<Pair> pairs_;         // of a and b at a * size + b
  std::vector<std::size_t> order_;  // of those that are not done, by their next visits
  bool at_once_ = false;            // the last that moved on kept its place
};

}  // namespace einfall::mappings
