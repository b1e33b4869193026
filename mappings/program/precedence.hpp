#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/program/cursor.hpp"

namespace einfall::mappings {

/// The order of the nest among transfers of different engines: what the block at hand needs comes
/// before what is fetched for later ones. A transfer stands directly before (a load) or behind (a
/// store) the visit of the operation that it serves: of several with the same piece the first (the
/// last) that a mask leaves, or, if it leaves none, where it would be without the mask.
class Precedence {
 public:
  /// `cursors`: by operation of the program. Both must outlive it and stay where they are.
  Precedence(const Program& program, const std::vector<Cursor>& cursors);

  /// The visit that transfer `a` stands at comes before that of transfer `b`. Both are operations
  /// of the program.
  [[nodiscard]] bool before(std::size_t a, std::size_t b) const;

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  /// A loop around the operation that a transfer serves.
  struct Loop {
    std::size_t level = kNone;  // of the transfer's walk; none: it stands at an end of this loop
    std::int64_t trips = 1;
  };
  struct Place {
    bool store = false;
    std::vector<Loop> loops;  // outermost first
    /// Where a mask decides at which step of a loop it stands.
    std::optional<Walker> served;
    std::vector<std::int64_t> at, found;  // by level of the transfer's walk, by loop
  };
  static void find(const Walker& at, Place& place);
  struct Pair {
    std::size_t common = 0;  // outer loops around both, of which their places are compared
    bool by_slot = false;
    bool first = false;  // if all these are equal
  };
  [[nodiscard]] std::int64_t digit(std::size_t transfer, std::size_t loop) const;
  [[nodiscard]] std::int64_t slot(std::size_t transfer) const;

  const Program& program_;
  const std::vector<Cursor>& cursors_;
  std::vector<std::size_t> index_;     // by operation, of a transfer
  mutable std::vector<Place> places_;  // what was found is kept while the transfer stands there
  std::vector<Pair> pairs_;            // of a and b at a * transfers + b
};

}  // namespace einfall::mappings
