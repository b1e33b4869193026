#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

/// The order in which a reduction adds up: part of the semantics in bit-true mode.
struct ReductionOrder {
  enum class Kind { kSequential, kPairwise, kTree, kBlocks };
  Kind kind = Kind::kSequential;
  std::int64_t width = 0;  // k of tree(k), blocks(k); 0 otherwise
  bool operator==(const ReductionOrder&) const = default;
};

/// The declared numerics of a tensor. Unset members take the cascade's default.
struct TypeSpec {
  std::optional<DataType> dtype;
  std::optional<DataType> accumulate;
  std::optional<ReductionOrder> order;
  std::optional<double> fill;
  bool operator==(const TypeSpec&) const = default;
};

}  // namespace einfall::einsum
