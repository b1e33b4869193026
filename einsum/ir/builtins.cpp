#include "einsum/ir/builtins.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/ensure.hpp"

namespace einfall::einsum {
namespace {

constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();

constexpr std::array<BuiltinInfo, 29> kBuiltins{
    {{Builtin::kExp, "exp", 1, 1},        {Builtin::kExp2, "exp2", 1, 1},
     {Builtin::kExpm1, "expm1", 1, 1},    {Builtin::kLog, "log", 1, 1},
     {Builtin::kLog1p, "log1p", 1, 1},    {Builtin::kLog2, "log2", 1, 1},
     {Builtin::kSqrt, "sqrt", 1, 1},      {Builtin::kRsqrt, "rsqrt", 1, 1},
     {Builtin::kAbs, "abs", 1, 1},        {Builtin::kSign, "sign", 1, 1},
     {Builtin::kMax, "max", 2, kMany},    {Builtin::kMin, "min", 2, kMany},
     {Builtin::kPow, "pow", 2, 2},        {Builtin::kSq, "sq", 1, 1},
     {Builtin::kTanh, "tanh", 1, 1},      {Builtin::kSigmoid, "sigmoid", 1, 1},
     {Builtin::kRelu, "relu", 1, 1},      {Builtin::kSilu, "silu", 1, 1},
     {Builtin::kErf, "erf", 1, 1},        {Builtin::kFloor, "floor", 1, 1},
     {Builtin::kRound, "round", 1, 1},    {Builtin::kSelect, "select", 3, 3},
     {Builtin::kEq, "eq", 2, 2},          {Builtin::kNe, "ne", 2, 2},
     {Builtin::kLt, "lt", 2, 2},          {Builtin::kLe, "le", 2, 2},
     {Builtin::kGt, "gt", 2, 2},          {Builtin::kGe, "ge", 2, 2},
     {Builtin::kConvert, "convert", 1, 1}}};

}  // namespace

const BuiltinInfo& info(Builtin builtin) {
  const auto found = std::find_if(kBuiltins.begin(), kBuiltins.end(),
                                  [&](const BuiltinInfo& row) { return row.id == builtin; });
  EINFALL_ENSURE(found != kBuiltins.end(), "built-in function");
  return *found;
}

std::optional<Builtin> find_builtin(std::string_view name) {
  const auto found = std::find_if(kBuiltins.begin(), kBuiltins.end(), [&](const BuiltinInfo& row) {
    return row.id != Builtin::kConvert && row.name == name;
  });
  if (found == kBuiltins.end()) return std::nullopt;
  return found->id;
}

}  // namespace einfall::einsum
