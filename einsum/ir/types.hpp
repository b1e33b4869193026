#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/numerics/order.hpp"

namespace einfall::einsum {

/// How a tensor's values are stored. kIndex holds coordinates (what gathers read).
enum class DataType {
  kFp64,
  kFp32,
  kBf16,
  kFp16,
  kFp8E4M3,
  kFp8E5M2,
  kInt32,
  kInt8,
  kInt4,
  kBool,
  kIndex
};
[[nodiscard]] std::string_view name(DataType type);  // "fp8e4m3"
[[nodiscard]] std::optional<DataType> data_type(std::string_view name);
/// Storage width in bits (int4: 4, bool: 1, index: 32).
[[nodiscard]] int bits(DataType type);

/// In what a reduction adds up: a storage type, or fixed point.
using AccumulatorType = std::variant<DataType, base::numerics::FixedFormat>;
[[nodiscard]] std::string text_of(const AccumulatorType& type);  // "fp32", "fixed(32/16)"
[[nodiscard]] int width(const AccumulatorType& type);            // in bits

/// The declared numerics of a tensor. Unset members take the cascade's default.
struct TypeSpec {
  std::optional<DataType> dtype;
  std::optional<AccumulatorType> accumulate;
  /// Part of the semantics in bit-true mode.
  std::optional<base::numerics::Order> order;
  std::optional<double> fill;
  bool operator==(const TypeSpec&) const = default;
};

}  // namespace einfall::einsum
