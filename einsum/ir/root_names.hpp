#pragma once

#include <string_view>

#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// How reductions and selections are written: `max` of `max[m](...)`, `argtopk` of
/// `argtopk[m -> j](...)`.
[[nodiscard]] constexpr std::string_view name(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum:
      return "sum";
    case ReduceOp::kProd:
      return "prod";
    case ReduceOp::kMax:
      return "max";
    case ReduceOp::kMin:
      return "min";
    case ReduceOp::kAny:
      return "any";
    case ReduceOp::kAll:
      return "all";
  }
  return "?";
}

[[nodiscard]] constexpr std::string_view name(PopulateOp op) {
  switch (op) {
    case PopulateOp::kArgmax:
      return "argmax";
    case PopulateOp::kArgmin:
      return "argmin";
    case PopulateOp::kTopk:
      return "topk";
    case PopulateOp::kArgtopk:
      return "argtopk";
  }
  return "?";
}

}  // namespace einfall::einsum
