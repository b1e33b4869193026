#pragma once

#include <cstdint>
#include <vector>

#include "mappings/schedule/exact.hpp"

namespace einfall::mappings {

/// How those who are under way at a time share the ports of the memories on the chip. Each asks for
/// its rows evenly while it is under way. Where ports are too few, each gets as many rows as every
/// other, or all it wants, and goes as slowly as the scarcest of its rows; it ends in whole cycles.
/// The simulator has the same rule in code of its own (sim/engine/ports.hpp), so that the two are
/// held against each other.
class PortShares {
 public:
  /// Rows a cycle of each group of ports (of a memory those that read, those that write, all).
  explicit PortShares(std::vector<std::int64_t> rates) : rates_(std::move(rates)) {}

  /// Somebody begins who takes so many cycles alone and moves rows by group; nobody is under way
  /// twice. Time never goes back.
  void begin(std::size_t who, std::int64_t cycles, const std::vector<std::int64_t>& rows,
             std::int64_t now);
  /// Whoever began in this cycle takes longer for another reason.
  void lengthen(std::size_t who, std::int64_t cycles);

  struct Delay {
    std::size_t who = 0;
    std::int64_t cycles = 0;
  };
  /// All who begin in this cycle have begun: those under way who end later than was known before.
  std::vector<Delay> settle();
  /// When somebody last began.
  [[nodiscard]] std::int64_t at() const { return at_; }
  [[nodiscard]] bool unsettled() const { return unsettled_ > 0; }

  /// All that matters for what passes later, relative to now.
  void append_state(std::int64_t now, std::vector<Wide>& state) const;
  void shift(std::int64_t cycles) { at_ += cycles; }

 private:
  struct Share {
    std::size_t who = 0;
    Wide left = 0;                      // of its own time, in parts of a cycle
    std::int64_t end = 0;               // cycles from at_ on
    std::vector<std::int64_t> demands;  // rows; once settled, parts of a row a cycle
    std::int64_t speed = 0;
  };
  bool divide(std::vector<Share>& among) const;
  static Wide go_on(std::vector<Share>& all, Wide most);
  void advance(std::int64_t now);

  std::vector<std::int64_t> rates_;
  std::vector<Share> under_way_;
  std::int64_t at_ = 0;
  bool scarce_ = false;
  std::size_t unsettled_ = 0;  // the last ones
};

}  // namespace einfall::mappings
