#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/overloaded.hpp"
#include "einsum/eval/assumptions.hpp"
#include "einsum/eval/evaluate.hpp"
#include "einsum/eval/layout.hpp"
#include "einsum/eval/loop_nest.hpp"
#include "einsum/eval/points_limit.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {
namespace eval {
namespace {

constexpr int kAttempts = 64;

/// Whole numbers low .. high that an input used as coordinates may hold.
struct WholeRange {
  std::int64_t low = 0, high = 0;
};

/// Finds what the values of index tensors are used for. Sizes so large that a bound does not fit
/// 64 bits leave the range as it was: evaluation refuses such indices.
class IndexUses {
 public:
  IndexUses(const Cascade& cascade, const Sizes& sizes)
      : cascade_(cascade), sizes_(sizes), ranges_(cascade.tensors.size()) {
    for (const Access& access : cascade.accesses) look(access);
    for (const Cond& cond : cascade.conds)
      if (const auto* compare = std::get_if<CompareCond>(&cond.node)) {
        look(compare->lhs, compare->rhs);
        look(compare->rhs, compare->lhs);
      }
  }

  /// The common part of all uses: 0 alone if nothing else fits, any coordinate of the smallest
  /// rank if the tensor is never read as an index.
  [[nodiscard]] WholeRange range(TensorId id) const {
    if (const auto& found = ranges_[id.index()])
      return {found->low, std::max(found->low, found->high)};
    const auto smallest = std::min_element(sizes_.values.begin(), sizes_.values.end());
    return {0, smallest == sizes_.values.end() ? 0 : *smallest - 1};
  }

 private:
  void narrow(TensorId id, WholeRange use) {
    auto& range = ranges_[id.index()];
    range =
        range ? WholeRange{std::max(range->low, use.low), std::min(range->high, use.high)} : use;
  }

  // A coordinate: coefficient * value must stay inside the extent.
  void look(const Access& access) {
    const Tensor& tensor = cascade_[access.tensor];
    for (std::size_t i = 0; i < access.indices.size(); ++i)
      for (const IndexTerm& term : cascade_[access.indices[i]].terms)
        if (const auto* gathered = std::get_if<AccessId>(&term.atom)) {
          const std::int64_t coefficient = term.coefficient.evaluate(sizes_).value_or(0);
          const std::int64_t last = extent(cascade_, tensor, i, sizes_) - 1;
          if (coefficient > 0) narrow(cascade_[*gathered].tensor, {0, last / coefficient});
        }
  }

  // A length or a limit (`m < LEN[b]`): between the least that lets something through and the
  // least that lets everything through.
  void look(IndexId side, IndexId other) {
    const std::vector<IndexTerm>& terms = cascade_[side].terms;
    if (terms.size() != 1) return;
    const auto* gathered = std::get_if<AccessId>(&terms[0].atom);
    if (gathered == nullptr) return;
    __extension__ using Wide = __int128;
    Wide high = cascade_[other].constant.evaluate(sizes_).value_or(0);
    for (const IndexTerm& term : cascade_[other].terms)
      if (const auto* variable = std::get_if<VarId>(&term.atom))
        high += Wide{term.coefficient.evaluate(sizes_).value_or(0)} *
                (sizes_[cascade_[*variable].rank] - 1);
    if (high >= 0 && high < (Wide{1} << 40))
      narrow(cascade_[*gathered].tensor, {1, static_cast<std::int64_t>(high) + 1});
  }

  const Cascade& cascade_;
  const Sizes& sizes_;
  std::vector<std::optional<WholeRange>> ranges_;
};

/// Tensors whose values are read as indices, whatever their declared type.
std::vector<bool> gathered_tensors(const Cascade& cascade) {
  std::vector<bool> gathered(cascade.tensors.size(), false);
  for (const Index& index : cascade.indices)
    for (const IndexTerm& term : index.terms)
      if (const auto* access = std::get_if<AccessId>(&term.atom))
        gathered[cascade[*access].tensor.index()] = true;
  return gathered;
}

bool assumed_positive(const Cascade& cascade, TensorId id) {
  return std::any_of(cascade.assumptions.begin(), cascade.assumptions.end(),
                     [&](const Assumption& assumption) {
                       const auto* positive = std::get_if<PositiveAssumption>(&assumption.what);
                       return positive != nullptr && positive->tensor == id;
                     });
}

double draw(DataType type, bool positive, WholeRange coordinates, Random& random) {
  switch (type) {
    case DataType::kIndex:
      return static_cast<double>(coordinates.low +
                                 random.below(coordinates.high - coordinates.low + 1));
    case DataType::kBool:
      return positive ? 1 : static_cast<double>(random.below(2));
    case DataType::kInt32:
    case DataType::kInt8:
    case DataType::kInt4:
      return static_cast<double>(positive ? 1 + random.below(7) : random.below(16) - 8);
    default:
      // Away from 0 where positive, so that logarithms and quotients stay moderate.
      return positive ? 1 - 0.9375 * random.unit() : 2 * random.unit() - 1;
  }
}

}  // namespace
}  // namespace eval

template <class T>
base::Result<TensorMap<T>> random_inputs(const Cascade& cascade, const Sizes& sizes,
                                         std::uint64_t seed, const EvalOptions& options) {
  EINFALL_TRY(const std::vector<eval::Layout> layouts,
              eval::layouts(cascade, sizes, sizeof(T) + 1, options.max_bytes));
  if (auto few = eval::check_points(cascade, sizes, options.max_points); !few)
    return base::failure(std::move(few).error());
  // What no input decides need not be tried on any.
  const std::vector<DenseTensor<T>> no_values(cascade.tensors.size());
  if (auto unmet = eval::check_assumptions(cascade, sizes, layouts, no_values,
                                           eval::AssumptionScope::kSizes);
      !unmet.empty()) {
    unmet.front().help = "it is about sizes alone: choose others";
    return base::failure(std::move(unmet));
  }
  const eval::IndexUses uses(cascade, sizes);
  const std::vector<bool> gathered = eval::gathered_tensors(cascade);
  eval::Random random(seed);
  base::Diagnostics violated;
  for (int attempt = 0; attempt < eval::kAttempts; ++attempt) {
    std::vector<DenseTensor<T>> tensors(cascade.tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const TensorId id(i);
      if (cascade[id].role != TensorRole::kInput) continue;
      const DataType type =
          gathered[i] ? DataType::kIndex : cascade[id].type.dtype.value_or(DataType::kFp64);
      const bool positive = eval::assumed_positive(cascade, id);
      const eval::WholeRange coordinates = uses.range(id);
      tensors[i].shape = layouts[i].shape;
      tensors[i].values.resize(static_cast<std::size_t>(layouts[i].points));
      for (T& value : tensors[i].values)
        value = static_cast<T>(eval::draw(type, positive, coordinates, random));
    }
    violated =
        eval::check_assumptions(cascade, sizes, layouts, tensors, eval::AssumptionScope::kInputs);
    if (!violated.empty()) continue;
    TensorMap<T> inputs;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (cascade.tensors[i].role == TensorRole::kInput)
        inputs.emplace(cascade.tensors[i].name, std::move(tensors[i]));
    return inputs;
  }
  violated.front().help = fmt::format("{} random inputs did not meet it", eval::kAttempts);
  return base::failure(std::move(violated));
}

template base::Result<TensorMap<double>> random_inputs<double>(const Cascade&, const Sizes&,
                                                               std::uint64_t, const EvalOptions&);
template base::Result<TensorMap<long double>> random_inputs<long double>(const Cascade&,
                                                                         const Sizes&,
                                                                         std::uint64_t,
                                                                         const EvalOptions&);

}  // namespace einfall::einsum
