#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

namespace einfall::base {

/// A 32-bit index into one kind of table. Ids of different tags do not mix: a RankId is not a
/// TensorId. Default constructed it is invalid.
template <class Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(std::size_t index) : value_(static_cast<std::uint32_t>(index)) {}

  /// Position in the table. Precondition: valid().
  [[nodiscard]] constexpr std::size_t index() const { return value_; }
  [[nodiscard]] constexpr bool valid() const { return value_ != kInvalid; }
  constexpr auto operator<=>(const Id&) const = default;

 private:
  static constexpr std::uint32_t kInvalid = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t value_ = kInvalid;
};

}  // namespace einfall::base

template <class Tag>
struct std::hash<einfall::base::Id<Tag>> {
  std::size_t operator()(einfall::base::Id<Tag> id) const noexcept { return id.index(); }
};
