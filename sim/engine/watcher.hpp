#pragma once

#include <cstdint>

#include "mappings/walk/walk.hpp"

namespace einfall::sim {

/// Told of everything that an execution does, when it does it. While there is one nothing is
/// skipped.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// An operation of the program begins the visit that its walker stands at.
  virtual void began(std::size_t operation, const mappings::Walker& at, std::int64_t now) = 0;
  /// It has ended: a tile's last issue cycle is over, a transfer's last byte has passed the pins.
  /// What it brought can be used from `usable` on.
  virtual void ended(std::size_t operation, const mappings::Walker& at, std::int64_t now,
                     std::int64_t usable) = 0;
  /// Nothing more is to be done: the run ends unfinished.
  [[nodiscard]] virtual bool stopped() const { return false; }
};

}  // namespace einfall::sim
