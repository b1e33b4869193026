#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds that keep hostile input from using unbounded time, memory or stack. Each is far above
/// what a cascade needs; going over one is a located error (E025, E106, E107), never a crash.
namespace einfall::einsum::limits {

inline constexpr std::size_t kTokens = 20'000;      // of one expression
inline constexpr std::size_t kNameLength = 255;     // bytes
inline constexpr int kNesting = 200;                // parentheses, brackets, unary operators
inline constexpr std::uint32_t kTreeDepth = 500;    // of an expression, long sums included
inline constexpr std::uint64_t kTreeSize = 65'536;  // nodes of one Einsum written out in full
inline constexpr std::size_t kExprs = 1 << 20;      // nodes of a whole cascade
inline constexpr std::size_t kEinsums = 4'096;      // init lines and split-off reductions included
inline constexpr std::size_t kConditions = 256;     // of one Einsum
inline constexpr std::size_t kNested = 64;          // nested reductions of one Einsum
inline constexpr std::size_t kEntries = 4'096;      // of any map or list of the document
inline constexpr std::size_t kTensorRanks = 32;     // indices of one tensor
inline constexpr std::size_t kPolyTerms = 64;       // of a polynomial in sizes
inline constexpr std::size_t kPolyDegree = 8;
inline constexpr std::int64_t kPolyCoefficients = std::int64_t{1} << 53;  // sum of their magnitudes
inline constexpr std::size_t kErrors = 100;  // reading stops after so many

}  // namespace einfall::einsum::limits
