#include "einsum/analysis/forms.hpp"

#include <algorithm>

#include "einsum/analysis/element_bytes.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {

bool OperandForms::has(TensorId tensor) const {
  return std::count(tensors.begin(), tensors.end(), tensor) > 0;
}

InputForms::InputForms(const Flow& flow, const Needed& needed)
    : cascade_(flow.cascade),
      needed_(needed),
      from_(cascade_.tensors.size()),
      bits_(cascade_.tensors.size(), 0) {
  std::vector<int> writers(cascade_.tensors.size(), 0);
  for (const Einsum& einsum : cascade_.einsums) ++writers[cascade_[einsum.lhs].tensor.index()];
  for (std::size_t t = 0; t < writers.size(); ++t)
    if (writers[t] == 0) bits_[t] = stored_bits(cascade_, TensorId(t));
  for (const Component& component : flow.graph.components)
    for (const EinsumId id : component.einsums)
      if (!component.iterative_rank && writers[flow.written_by(id).index()] == 1) make(id);
}

// Of several inputs that it is made from, the one whose narrowest form is widest.
void InputForms::make(EinsumId writer) {
  if (!std::holds_alternative<MapRoot>(cascade_[writer].root)) return;
  const TensorId tensor = cascade_[cascade_[writer].lhs].tensor;
  int& bits = bits_[tensor.index()];
  for (const AccessId read : reads(cascade_, cascade_[writer])) {
    const TensorId operand = cascade_[read].tensor;
    if (bits_[operand.index()] <= bits || !one_to_one(writer, read)) continue;
    bits = bits_[operand.index()];
    from_[tensor.index()] = operand;
  }
  bits = std::min(bits, stored_bits(cascade_, tensor));
}

// Every element that is written takes one that is read, and no two the same.
bool InputForms::one_to_one(EinsumId writer, AccessId read) const {
  const auto written = plain_variables(cascade_, cascade_[writer].lhs);
  return needed_.taken.count(read) == 0 && written && plain_variables(cascade_, read) == written;
}

std::optional<OperandForms> InputForms::of(TensorId operand) const {
  OperandForms forms{{operand}, bits_[operand.index()]};
  if (forms.bits == 0) return std::nullopt;
  while (const auto next = from_[forms.tensors.back().index()]) forms.tensors.push_back(*next);
  return forms;
}

std::optional<std::set<VarId>> plain_variables(const Cascade& cascade, AccessId access) {
  std::set<VarId> found;
  for (const IndexId index : cascade[access].indices) {
    if (!as_shifted_variable(cascade, index) && !as_split(cascade, index)) return std::nullopt;
    for (const VarId variable : variables_of(cascade, index))
      if (!found.insert(variable).second) return std::nullopt;
  }
  return found;
}

}  // namespace einfall::einsum
