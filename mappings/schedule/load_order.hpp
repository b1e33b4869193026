#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/schedule/epoch_order.hpp"

namespace einfall::mappings {

/// The pieces of one load in the order in which the epochs of a run come to them.
class LoadOrder {
 public:
  LoadOrder(const TimetableLoad& load, const EpochOrder& epochs);

  /// The place of the piece that an epoch reads, among all that fit at once, and its block.
  struct Piece {
    std::size_t place = 0;
    std::int64_t block = 0;
  };
  [[nodiscard]] Piece of(std::int64_t epoch) const;

  /// The position that the next piece is needed at; nullopt: there is none.
  [[nodiscard]] std::optional<std::int64_t> next() const {
    return position_ < epochs_.count() ? std::optional(position_) : std::nullopt;
  }
  /// Its place is free once the readers are through with all positions before this one.
  [[nodiscard]] std::int64_t free_behind() const { return free_behind_; }
  /// It is on its way.
  void take();

  /// The block of each place, -1: none yet.
  [[nodiscard]] const std::vector<std::int64_t>& held() const { return held_; }
  /// So many epochs later, where they are renewed by then.
  void shift(std::int64_t epochs);

 private:
  void find();
  [[nodiscard]] std::int64_t last_use() const;

  const TimetableLoad& load_;
  const EpochOrder& epochs_;
  std::vector<std::int64_t> held_;
  std::int64_t position_ = 0;
  std::int64_t free_behind_ = 0;
};

}  // namespace einfall::mappings
