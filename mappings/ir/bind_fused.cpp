#include <algorithm>

#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

bool does_only(const arch::ComputeUnit& unit, const BoundEinsum& step, const std::string& op) {
  return step.operators.size() == 1 && step.operators.front().count == 1 &&
         !step.operators.front().reduction && unit.operators[step.operators.front().op].name == op;
}

// The one Einsum that reads what `product` makes, if nobody else does.
BoundEinsum* only_reader(BoundMapping& bound, const BoundEinsum& product) {
  BoundEinsum* found = nullptr;
  for (BoundEinsum& step : bound.einsums)
    for (const BoundAccess& read : step.reads) {
      if (read.tensor != product.write.tensor) continue;
      if (found != nullptr) return nullptr;
      found = &step;
    }
  return found;
}

}  // namespace

void fuse_multiply_adds(Binder& binder) {
  for (BoundEinsum& product : binder.bound.einsums) {
    const arch::ComputeUnit& unit = binder.machine.units[product.unit.index()];
    const arch::Operator* mac = unit.find("mac");
    if (!unit.fused_multiply_add || mac == nullptr || !does_only(unit, product, "mul") ||
        !product.write.consumed_in_leaf)
      continue;
    BoundEinsum* sum = only_reader(binder.bound, product);
    if (sum == nullptr || sum->unit != product.unit || sum->node != product.node ||
        sum->time != product.time || sum->columns != product.columns ||
        !does_only(unit, *sum, "add"))
      continue;
    product.operators.clear();
    product.issue_cycles = 0;
    sum->operators = {{static_cast<std::size_t>(mac - unit.operators.data()), 1, false}};
    sum->issue_cycles = mac->issue_cycles;
  }
}

}  // namespace einfall::mappings
