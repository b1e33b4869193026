#include "explore/machine_numerics.hpp"

#include <optional>
#include <string>

namespace einfall::explore {
namespace {

using einsum::DataType;

constexpr DataType kNarrowFloats[] = {DataType::kFp32, DataType::kBf16, DataType::kFp16,
                                      DataType::kFp8E4M3, DataType::kFp8E5M2};

std::optional<DataType> type_of(const std::optional<base::numerics::Format>& format) {
  return format ? einsum::data_type(arch::name(*format)) : std::nullopt;
}

std::optional<einsum::AccumulatorType> accumulator_of(
    const std::optional<base::numerics::Format>& format) {
  if (const auto type = type_of(format)) return *type;
  if (!format) return std::nullopt;
  const auto* fixed = std::get_if<base::numerics::FixedFormat>(&*format);
  return fixed ? std::optional<einsum::AccumulatorType>(*fixed) : std::nullopt;
}

bool is_narrow_float(std::optional<DataType> type) {
  for (const DataType narrow : kNarrowFloats)
    if (type == narrow) return true;
  return false;
}

}  // namespace

base::numerics::Policy policy_of(const arch::Numerics& numerics) {
  base::numerics::Policy policy;
  policy.exp = numerics.exp;
  policy.order = numerics.order;
  for (const DataType type : kNarrowFloats)
    policy.rounding.emplace(std::string(einsum::name(type)), numerics.rounding);
  return policy;
}

void apply_types(const arch::Numerics& numerics, einsum::Cascade& cascade) {
  const std::optional<DataType> operand = type_of(numerics.operand);
  const std::optional<einsum::AccumulatorType> accumulate = accumulator_of(numerics.accumulate);
  for (einsum::Tensor& tensor : cascade.tensors) {
    if (!tensor.type.dtype) tensor.type.dtype = operand;
    if (!tensor.type.accumulate && is_narrow_float(tensor.type.dtype))
      tensor.type.accumulate = accumulate;
  }
}

}  // namespace einfall::explore
