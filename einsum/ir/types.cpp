#include "einsum/ir/types.hpp"

#include <algorithm>
#include <array>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"

namespace einfall::einsum {
namespace {

struct Row {
  DataType type;
  std::string_view name;
  int bits;
};

constexpr std::array<Row, 11> kRows{{{DataType::kFp64, "fp64", 64},
                                     {DataType::kFp32, "fp32", 32},
                                     {DataType::kBf16, "bf16", 16},
                                     {DataType::kFp16, "fp16", 16},
                                     {DataType::kFp8E4M3, "fp8e4m3", 8},
                                     {DataType::kFp8E5M2, "fp8e5m2", 8},
                                     {DataType::kInt32, "int32", 32},
                                     {DataType::kInt8, "int8", 8},
                                     {DataType::kInt4, "int4", 4},
                                     {DataType::kBool, "bool", 1},
                                     {DataType::kIndex, "index", 32}}};

const Row& row(DataType type) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.type == type; });
  EINFALL_ENSURE(found != kRows.end(), "data type");
  return *found;
}

}  // namespace

std::string_view name(DataType type) { return row(type).name; }

std::optional<DataType> data_type(std::string_view name) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == name; });
  if (found == kRows.end()) return std::nullopt;
  return found->type;
}

int bits(DataType type) { return row(type).bits; }

std::string text_of(const AccumulatorType& type) {
  return std::visit(base::Overloaded{[](DataType dtype) { return std::string(name(dtype)); },
                                     [](const base::numerics::FixedFormat& fixed) {
                                       return base::numerics::text_of(fixed);
                                     }},
                    type);
}

int width(const AccumulatorType& type) {
  return std::visit(
      base::Overloaded{[](DataType dtype) { return bits(dtype); },
                       [](const base::numerics::FixedFormat& fixed) { return fixed.bits; }},
      type);
}

}  // namespace einfall::einsum
