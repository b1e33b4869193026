#pragma once

#include <vector>

#include "einsum/eval/evaluate.hpp"
#include "einsum/eval/layout.hpp"

namespace einfall::einsum::eval {

/// Which assumptions: those that sizes alone decide, those that inputs decide too (both can be
/// checked before anything runs), all.
enum class AssumptionScope { kSizes, kInputs, kAll };

/// E603 for every assumption that does not hold, with the first offending coordinate. Absent points
/// are not judged. `tensors` by TensorId.
template <class T>
[[nodiscard]] base::Diagnostics check_assumptions(const Cascade& cascade, const Sizes& sizes,
                                                  const std::vector<Layout>& layouts,
                                                  const std::vector<DenseTensor<T>>& tensors,
                                                  AssumptionScope scope);

}  // namespace einfall::einsum::eval
