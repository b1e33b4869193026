#pragma once

#include <cstdint>
#include <vector>

#include "base/id.hpp"

namespace einfall::mappings {

using PartId = base::Id<struct PartTag>;  // into BoundMapping::parts

/// A mapping has at most this many parts of ranks (E803 beyond).
inline constexpr std::size_t kMaxParts = 64;

/// A set of parts of ranks, one bit each.
class PartSet {
 public:
  constexpr PartSet() = default;
  explicit PartSet(const std::vector<PartId>& parts) {
    for (const PartId part : parts) insert(part);
  }
  constexpr void insert(PartId part) { bits_ |= std::uint64_t{1} << part.index(); }
  constexpr void erase(PartId part) { bits_ &= ~(std::uint64_t{1} << part.index()); }
  [[nodiscard]] constexpr bool has(PartId part) const { return (bits_ >> part.index()) & 1U; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }

  friend constexpr PartSet operator|(PartSet a, PartSet b) { return PartSet(a.bits_ | b.bits_); }
  friend constexpr PartSet operator&(PartSet a, PartSet b) { return PartSet(a.bits_ & b.bits_); }
  /// Those of a that are not in b.
  friend constexpr PartSet operator-(PartSet a, PartSet b) { return PartSet(a.bits_ & ~b.bits_); }
  constexpr bool operator==(const PartSet&) const = default;

 private:
  constexpr explicit PartSet(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

}  // namespace einfall::mappings
