#include "einsum/eval/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "base/ensure.hpp"
#include "einsum/eval/assumptions.hpp"
#include "einsum/eval/bit_true.hpp"
#include "einsum/eval/contraction.hpp"
#include "einsum/eval/run_einsum.hpp"
#include "einsum/eval/steps.hpp"
#include "einsum/ir/graph.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {
namespace eval {
namespace {

/// One run of a cascade: the tensors by TensorId, and what is known of them so far.
template <class T>
class Evaluation {
 public:
  Evaluation(const Cascade& cascade, const Sizes& sizes, const EvalOptions& options,
             std::vector<double> params, std::vector<Layout> layouts)
      : cascade_(cascade),
        sizes_(sizes),
        options_(options),
        params_(std::move(params)),
        layouts_(std::move(layouts)),
        tensors_(cascade.tensors.size()),
        has_presence_(cascade.tensors.size(), false),
        random_(options.seed) {}

  [[nodiscard]] base::Result<void> take_inputs(const TensorMap<T>& inputs);
  [[nodiscard]] base::Result<void> run(const Graph& graph);
  [[nodiscard]] TensorMap<T> finish() &&;

 private:
  [[nodiscard]] LoweringContext context() const {
    return {cascade_, sizes_, layouts_, params_, has_presence_, options_.max_points, bit_true()};
  }
  [[nodiscard]] bool bit_true() const { return options_.mode == NumericMode::kBitTrue; }
  void to_storage(TensorId id);
  [[nodiscard]] std::unique_ptr<StripNumerics<T>> numerics(const Einsum& einsum,
                                                           const Program& program) const;
  [[nodiscard]] std::vector<TensorView<T>> views() const;
  void allocate(TensorId id, bool with_presence);
  void drop_full_presence(TensorId id);
  [[nodiscard]] bool sole_writer(EinsumId id) const;
  [[nodiscard]] base::Result<void> run_once(EinsumId id);
  [[nodiscard]] base::Result<void> run_steps(const Component& component);
  void carry(const Einsum& einsum, std::int64_t step);

  const Cascade& cascade_;
  const Sizes& sizes_;
  const EvalOptions& options_;
  std::vector<double> params_;
  std::vector<Layout> layouts_;
  std::vector<DenseTensor<T>> tensors_;
  std::vector<bool> has_presence_;
  Random random_;
};

template <class T>
base::Result<void> Evaluation<T>::take_inputs(const TensorMap<T>& inputs) {
  base::Diagnostics errors;
  for (std::size_t i = 0; i < cascade_.tensors.size(); ++i) {
    const Tensor& tensor = cascade_.tensors[i];
    if (tensor.role != TensorRole::kInput) continue;
    const Layout& layout = layouts_[i];
    const auto found = inputs.find(tensor.name);
    if (found == inputs.end()) {
      errors.push_back(
          base::error("E602", tensor.span, fmt::format("no values for input '{}'", tensor.name)));
      continue;
    }
    const DenseTensor<T>& given = found->second;
    const auto points = static_cast<std::size_t>(layout.points);
    if (given.shape != layout.shape || given.values.size() != points ||
        (!given.present.empty() && given.present.size() != points)) {
      errors.push_back(
          base::error("E602", tensor.span,
                      fmt::format("input '{}' has shape [{}] with {} values, expected [{}] with {}",
                                  tensor.name, fmt::join(given.shape, ", "), given.values.size(),
                                  fmt::join(layout.shape, ", "), points)));
      continue;
    }
    tensors_[i] = given;
    to_storage(TensorId(i));
    drop_full_presence(TensorId(i));
  }
  if (!errors.empty()) return base::failure(std::move(errors));
  return {};
}

// Rounds what does not come from an Einsum: inputs and fill values.
template <class T>
void Evaluation<T>::to_storage(TensorId id) {
  if constexpr (std::is_same_v<T, double>)
    if (bit_true()) round_to_storage(cascade_[id], options_.numerics, tensors_[id.index()].values);
}

template <class T>
std::unique_ptr<StripNumerics<T>> Evaluation<T>::numerics(const Einsum& einsum,
                                                          const Program& program) const {
  if constexpr (std::is_same_v<T, double>)
    if (bit_true()) return bit_true_numerics(cascade_, einsum, program, options_.numerics);
  return nullptr;
}

template <class T>
std::vector<TensorView<T>> Evaluation<T>::views() const {
  std::vector<TensorView<T>> all;
  all.reserve(tensors_.size());
  for (const DenseTensor<T>& tensor : tensors_)
    all.push_back({tensor.values.data(), tensor.present.empty() ? nullptr : tensor.present.data()});
  return all;
}

template <class T>
void Evaluation<T>::allocate(TensorId id, bool with_presence) {
  DenseTensor<T>& tensor = tensors_[id.index()];
  if (!tensor.values.empty()) return;
  const Layout& layout = layouts_[id.index()];
  const auto points = static_cast<std::size_t>(layout.points);
  tensor.shape = layout.shape;
  tensor.values.assign(points, static_cast<T>(cascade_[id].type.fill.value_or(0)));
  to_storage(id);
  if (with_presence) tensor.present.assign(points, 0);
  has_presence_[id.index()] = with_presence;
}

template <class T>
void Evaluation<T>::drop_full_presence(TensorId id) {
  std::vector<std::uint8_t>& present = tensors_[id.index()].present;
  if (std::all_of(present.begin(), present.end(), [](std::uint8_t b) { return b != 0; })) {
    present.clear();
    present.shrink_to_fit();
  }
  has_presence_[id.index()] = !present.empty();
}

template <class T>
bool Evaluation<T>::sole_writer(EinsumId id) const {
  const TensorId tensor = cascade_[cascade_[id].lhs].tensor;
  return std::count_if(cascade_.einsums.begin(), cascade_.einsums.end(),
                       [&](const Einsum& e) { return cascade_[e.lhs].tensor == tensor; }) == 1;
}

template <class T>
base::Result<void> Evaluation<T>::run_once(EinsumId id) {
  const Einsum& einsum = cascade_[id];
  const TensorId tensor = cascade_[einsum.lhs].tensor;
  if (options_.fast_path && !bit_true() && !options_.shuffle && sole_writer(id)) {
    if (const auto contraction = as_contraction(context(), einsum)) {
      allocate(tensor, false);
      contract(*contraction, tensors_[contraction->a.index()].values.data(),
               tensors_[contraction->b.index()].values.data(),
               tensors_[tensor.index()].values.data());
      return {};
    }
  }
  EINFALL_TRY(const Program program, lower(context(), einsum, std::nullopt));
  allocate(tensor, !(program.total && sole_writer(id)));
  DenseTensor<T>& out = tensors_[tensor.index()];
  const std::vector<TensorView<T>> read = views();
  const std::unique_ptr<StripNumerics<T>> arithmetic = numerics(einsum, program);
  EinsumRun<T> run(cascade_, layouts_, einsum, program, read,
                   {out.values.data(), out.present.empty() ? nullptr : out.present.data()},
                   options_.shuffle ? &random_ : nullptr, arithmetic.get());
  if (auto done = run.run(0); !done) return base::failure(std::move(done).error());
  drop_full_presence(tensor);
  return {};
}

template <class T>
base::Result<void> Evaluation<T>::run_steps(const Component& component) {
  for (const EinsumId id : component.einsums) allocate(cascade_[cascade_[id].lhs].tensor, true);
  for (const EinsumId id : component.einsums)
    has_presence_[cascade_[cascade_[id].lhs].tensor.index()] = true;
  const std::vector<TensorView<T>> read = views();
  std::vector<Program> programs;
  for (const EinsumId id : component.einsums) {
    EINFALL_TRY(Program program,
                lower(context(), cascade_[id],
                      step_variable(cascade_, cascade_[id], *component.iterative_rank)));
    programs.push_back(std::move(program));
  }
  std::vector<std::unique_ptr<StripNumerics<T>>> arithmetic;
  std::vector<std::unique_ptr<EinsumRun<T>>> runs;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const Einsum& einsum = cascade_[component.einsums[i]];
    DenseTensor<T>& out = tensors_[cascade_[einsum.lhs].tensor.index()];
    arithmetic.push_back(numerics(einsum, programs[i]));
    runs.push_back(std::make_unique<EinsumRun<T>>(
        cascade_, layouts_, einsum, programs[i], read,
        Target<T>{out.values.data(), out.present.empty() ? nullptr : out.present.data()},
        options_.shuffle ? &random_ : nullptr, arithmetic.back().get()));
  }
  const std::int64_t steps = sizes_[*component.iterative_rank];
  for (std::int64_t step = 0; step < steps; ++step)
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (auto done = runs[i]->run(step); !done) return base::failure(std::move(done).error());
      if (cascade_[component.einsums[i]].iterative_var) carry(cascade_[component.einsums[i]], step);
    }
  for (const EinsumId id : component.einsums) drop_full_presence(cascade_[cascade_[id].lhs].tensor);
  return {};
}

// X[step+1] := X[step] where the step left a point absent.
template <class T>
void Evaluation<T>::carry(const Einsum& einsum, std::int64_t step) {
  const TensorId id = cascade_[einsum.lhs].tensor;
  const Tensor& tensor = cascade_[id];
  DenseTensor<T>& values = tensors_[id.index()];
  if (!tensor.iterative_position || values.present.empty()) return;
  const Layout& layout = layouts_[id.index()];
  const std::int64_t inner = layout.strides[*tensor.iterative_position];
  const std::int64_t block = inner * layout.shape[*tensor.iterative_position];
  for (std::int64_t outer = 0; outer < layout.points; outer += block)
    for (std::int64_t i = 0; i < inner; ++i) {
      const auto from = static_cast<std::size_t>(outer + step * inner + i);
      const std::size_t to = from + static_cast<std::size_t>(inner);
      if (values.present[to] != 0 || values.present[from] == 0) continue;
      values.values[to] = values.values[from];
      values.present[to] = 1;
    }
}

template <class T>
base::Result<void> Evaluation<T>::run(const Graph& graph) {
  if (auto errors =
          check_assumptions(cascade_, sizes_, layouts_, tensors_, AssumptionScope::kInputs);
      !errors.empty())
    return base::failure(std::move(errors));
  for (const Component& component : graph.components) {
    if (component.iterative_rank) {
      if (auto done = run_steps(component); !done) return base::failure(std::move(done).error());
    } else {
      for (const EinsumId id : component.einsums)
        if (auto done = run_once(id); !done) return base::failure(std::move(done).error());
    }
  }
  if (auto errors = check_assumptions(cascade_, sizes_, layouts_, tensors_, AssumptionScope::kAll);
      !errors.empty())
    return base::failure(std::move(errors));
  return {};
}

template <class T>
TensorMap<T> Evaluation<T>::finish() && {
  TensorMap<T> out;
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    out.emplace(cascade_.tensors[i].name, std::move(tensors_[i]));
  return out;
}

}  // namespace
}  // namespace eval

template <class T>
std::int64_t DenseTensor<T>::points() const {
  return static_cast<std::int64_t>(values.size());
}
template struct DenseTensor<double>;
template struct DenseTensor<long double>;

template <class T>
base::Result<TensorMap<T>> evaluate(const Cascade& cascade, const Sizes& sizes,
                                    const TensorMap<T>& inputs, const EvalOptions& options) {
  EINFALL_ENSURE((options.mode == NumericMode::kReference || std::is_same_v<T, double>),
                 "bit-true values are doubles");
  // Values and a presence byte a point.
  EINFALL_TRY(std::vector<eval::Layout> layouts,
              eval::layouts(cascade, sizes, sizeof(T) + 1, options.max_bytes));
  EINFALL_TRY(std::vector<double> params, bind_params(cascade, sizes));
  EINFALL_TRY(const Graph graph, dependence_graph(cascade));
  eval::Evaluation<T> run(cascade, sizes, options, std::move(params), std::move(layouts));
  if (auto done = run.take_inputs(inputs); !done) return base::failure(std::move(done).error());
  if (auto done = run.run(graph); !done) return base::failure(std::move(done).error());
  return std::move(run).finish();
}

template base::Result<TensorMap<double>> evaluate<double>(const Cascade&, const Sizes&,
                                                          const TensorMap<double>&,
                                                          const EvalOptions&);
template base::Result<TensorMap<long double>> evaluate<long double>(const Cascade&, const Sizes&,
                                                                    const TensorMap<long double>&,
                                                                    const EvalOptions&);

}  // namespace einfall::einsum
