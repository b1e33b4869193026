#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/numerics/format.hpp"

/// The order of a reduction and the formats of accumulators, and how documents write them: the same
/// words in the types of a cascade and the numerics of a machine.
namespace einfall::base::numerics {

/// The order in which the addends x0, x1, ... of a reduction meet; every addition rounds once to
/// the accumulator's format.
struct Order {
  enum class Kind {
    kSequential,  // ((x0 + x1) + x2) + ...
    kPairwise,    // neighbours, then neighbouring sums, ...; an odd one goes up unchanged
    kTree,        // groups of `width` in a pairwise tree, each group's sum added to the total
    kBlocks,      // groups of `width` in sequence, each group's sum added to the total
    /// A matrix engine: the products of `width` addends are summed exactly, or each cut (towards
    /// zero) to `alignment_bits` below the largest one's leading bit; then the sum is added to the
    /// total with one rounding.
    kMatrix
  };
  Kind kind = Kind::kSequential;
  std::int64_t width = 0;
  int alignment_bits = 0;  // kMatrix: 0 = exact, else 1 to 40
  bool operator==(const Order&) const = default;
};

inline constexpr const char* kOrderForms =
    "sequential, pairwise, tree(k), blocks(k), matrix(k), matrix(k/bits)";
inline constexpr const char* kOrderRanges = "with k from 2 to 2^20 and bits from 1 to 40";
[[nodiscard]] std::optional<Order> order_named(std::string_view text);
[[nodiscard]] std::string text_of(const Order& order);

/// A fixed-point accumulator: `fixed(32)` of whole numbers, `fixed(32/16)` with 16 of the 32 bits
/// behind the point.
inline constexpr const char* kFixedForms = "fixed(bits), fixed(bits/fraction)";
inline constexpr const char* kFixedRanges =
    "with bits from 2 to 48 and a fraction shorter than that";
[[nodiscard]] std::optional<FixedFormat> fixed_named(std::string_view text);
/// The text of a format that fixed_named made.
[[nodiscard]] std::string text_of(const FixedFormat& format);

}  // namespace einfall::base::numerics
