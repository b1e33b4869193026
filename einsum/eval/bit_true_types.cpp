#include "einsum/eval/bit_true_types.hpp"

#include <string>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

namespace numerics = base::numerics;

bool is_whole(DataType type) {
  return type == DataType::kInt32 || type == DataType::kInt8 || type == DataType::kInt4;
}

/// Which kinds of numbers some tensors hold.
struct Holds {
  bool fp64 = false;
  bool narrow_float = false;
  void note(const Tensor& tensor) {
    const DataType type = storage_type(tensor);
    const bool silent = type == DataType::kIndex || type == DataType::kBool;
    fp64 = fp64 || type == DataType::kFp64;
    narrow_float = narrow_float || !(type == DataType::kFp64 || is_whole(type) || silent);
  }
};

}  // namespace

numerics::Format format_of(DataType type) {
  switch (type) {
    case DataType::kFp64:
      return numerics::kFp64;
    case DataType::kFp32:
      return numerics::kFp32;
    case DataType::kBf16:
      return numerics::kBf16;
    case DataType::kFp16:
      return numerics::kFp16;
    case DataType::kFp8E4M3:
      return numerics::kFp8E4M3;
    case DataType::kFp8E5M2:
      return numerics::kFp8E5M2;
    case DataType::kInt32:
    case DataType::kIndex:
      return numerics::kInt32;
    case DataType::kInt8:
      return numerics::kInt8;
    case DataType::kInt4:
      return numerics::kInt4;
    case DataType::kBool:
      return numerics::BoolFormat{};
  }
  EINFALL_ENSURE(false, "a storage type");
}

numerics::Rounder rounder_of(DataType type, const numerics::Policy& policy) {
  return numerics::Rounder(format_of(type), policy.rounding_of(std::string(name(type))));
}

numerics::Rounder rounder_of(const AccumulatorType& type, const numerics::Policy& policy) {
  return std::visit(
      base::Overloaded{[&](DataType dtype) { return rounder_of(dtype, policy); },
                       [](const numerics::FixedFormat& fixed) { return numerics::Rounder(fixed); }},
      type);
}

DataType storage_type(const Tensor& tensor) { return tensor.type.dtype.value_or(DataType::kFp64); }

EinsumTypes einsum_types(const Cascade& cascade, const Einsum& einsum,
                         const numerics::Policy& policy) {
  const Tensor& target = cascade[cascade[einsum.lhs].tensor];
  Holds holds;
  for (const AccessId access : reads(cascade, einsum)) holds.note(cascade[cascade[access].tensor]);
  EinsumTypes types;
  types.exact_products = !holds.fp64;
  holds.note(target);
  types.compute = holds.narrow_float && !holds.fp64 ? DataType::kFp32 : DataType::kFp64;
  types.storage = storage_type(target);
  types.accumulate = target.type.accumulate.value_or(types.compute);
  types.order = target.type.order.value_or(policy.order);
  return types;
}

}  // namespace einfall::einsum
