#include "einsum/eval/tile_evaluator.hpp"

#include <algorithm>
#include <optional>

#include "base/ensure.hpp"
#include "einsum/eval/bit_true.hpp"
#include "einsum/eval/run_einsum.hpp"
#include "einsum/eval/steps.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/graph.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {

using eval::Interval;

struct TileEvaluator::State {
  // Of one Einsum. Not moved: the run points into it.
  struct Placed {
    EinsumId einsum;
    eval::Program program;
    std::vector<eval::TensorView<double>> views;
    std::unique_ptr<eval::StripNumerics<double>> numerics;
    std::unique_ptr<eval::EinsumRun<double>> run;
    std::vector<double> sums;
    std::vector<std::uint8_t> seen;
    std::vector<Interval> box;
  };

  const Cascade& cascade;
  const Sizes& sizes;
  const base::numerics::Policy& numerics;
  std::vector<eval::Layout> layouts;
  std::vector<double> params;
  std::vector<bool> has_presence;
  std::vector<std::optional<RankId>> step_rank;  // by EinsumId: of the cycle it is part of
  std::vector<std::unique_ptr<Placed>> placed;
};

namespace {

bool leaves_out_terms(const Cascade& cascade, const Einsum& einsum,
                      const std::vector<bool>& has_presence) {
  if (!std::holds_alternative<ReduceRoot>(einsum.root)) return false;
  const std::vector<AccessId> accesses = reads(cascade, einsum);
  return !einsum.where.empty() ||
         std::any_of(accesses.begin(), accesses.end(), [&](const AccessId access) {
           return has_presence[cascade[access].tensor.index()];
         });
}

}  // namespace

TileEvaluator::TileEvaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}
TileEvaluator::~TileEvaluator() = default;
TileEvaluator::TileEvaluator(TileEvaluator&&) noexcept = default;
TileEvaluator& TileEvaluator::operator=(TileEvaluator&&) noexcept = default;

base::Result<TileEvaluator> TileEvaluator::make(const Cascade& cascade, const Sizes& sizes,
                                                const TensorMap<double>& whole,
                                                const base::numerics::Policy& numerics,
                                                std::int64_t max_bytes) {
  auto state = std::make_unique<State>(State{cascade, sizes, numerics, {}, {}, {}, {}, {}});
  EINFALL_TRY(state->layouts, eval::layouts(cascade, sizes, sizeof(double) + 1, max_bytes));
  EINFALL_TRY(state->params, bind_params(cascade, sizes));
  EINFALL_TRY(const Graph graph, dependence_graph(cascade));
  for (const Tensor& tensor : cascade.tensors)
    state->has_presence.push_back(!whole.at(tensor.name).present.empty());
  // A sum of which every point comes to something may have none before its first term is added.
  for (const Component& component : graph.components)
    for (const EinsumId id : component.einsums)
      if (leaves_out_terms(cascade, cascade[id], state->has_presence))
        state->has_presence[cascade[cascade[id].lhs].tensor.index()] = true;
  state->step_rank.resize(cascade.einsums.size());
  for (const Component& component : graph.components)
    for (const EinsumId id : component.einsums) {
      state->step_rank[id.index()] = component.iterative_rank;
      // What a step leaves out is carried by whoever asks for the steps.
      if (component.iterative_rank)
        state->has_presence[cascade[cascade[id].lhs].tensor.index()] = true;
    }
  return TileEvaluator(std::move(state));
}

const eval::Layout& TileEvaluator::layout(TensorId tensor) const {
  return state_->layouts[tensor.index()];
}
bool TileEvaluator::has_presence(TensorId tensor) const {
  return state_->has_presence[tensor.index()];
}

base::Result<std::size_t> TileEvaluator::place(EinsumId id, const std::vector<TensorPlace>& reads,
                                               TensorPlace result) {
  State& s = *state_;
  const Einsum& einsum = s.cascade[id];
  auto placed = std::make_unique<State::Placed>();
  placed->einsum = id;
  const eval::LoweringContext context{
      s.cascade, s.sizes, s.layouts, s.params, s.has_presence, std::int64_t{1} << 62, true};
  std::optional<VarId> step;
  if (s.step_rank[id.index()])
    step = eval::step_variable(s.cascade, einsum, *s.step_rank[id.index()]);
  EINFALL_TRY(placed->program, eval::lower(context, einsum, step));
  for (const TensorPlace& read : reads) placed->views.push_back({read.values, read.present});
  placed->numerics = eval::bit_true_numerics(s.cascade, einsum, placed->program, s.numerics);
  placed->run = std::make_unique<eval::EinsumRun<double>>(
      s.cascade, s.layouts, einsum, placed->program, placed->views,
      eval::Target<double>{result.values, result.present}, nullptr, placed->numerics.get());
  s.placed.push_back(std::move(placed));
  return s.placed.size() - 1;
}

bool TileEvaluator::resumes(std::size_t placed) const {
  return state_->placed[placed]->run->resumes();
}

base::Result<void> TileEvaluator::run(std::size_t number, const Box& box, bool resume) {
  State& s = *state_;
  State::Placed& placed = *s.placed[number];
  const Einsum& einsum = s.cascade[placed.einsum];
  const auto& extents = placed.program.slots.extents;
  placed.box.clear();
  for (std::size_t slot = 0; slot < einsum.vars.size(); ++slot) {
    const auto& [first, end] = box[s.cascade[einsum.vars[slot]].rank.index()];
    placed.box.push_back({first, std::min(end, extents[slot])});
  }
  if (resume && placed.sums.empty()) {
    const auto points = static_cast<std::size_t>(layout(s.cascade[einsum.lhs].tensor).points);
    placed.sums.assign(points, 0);
    placed.seen.assign(points, 0);
  }
  const eval::Sums<double> sums{placed.sums.data(), placed.seen.data()};
  const Interval steps = placed.program.step ? placed.box[*placed.program.step] : Interval{0, 1};
  for (std::int64_t step = steps.begin; step < steps.end; ++step)
    if (auto done = placed.run->run_box(step, placed.box, resume ? &sums : nullptr); !done)
      return done;
  return {};
}

}  // namespace einfall::einsum
