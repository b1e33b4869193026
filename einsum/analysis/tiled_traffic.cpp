#include "einsum/analysis/tiled_traffic.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "einsum/analysis/boundaries.hpp"
#include "einsum/analysis/element_bytes.hpp"
#include "einsum/analysis/footprint.hpp"

namespace einfall::einsum {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 53;

class Tiling {
 public:
  Tiling(const Flow& flow, const Sizes& sizes, const TilePlan& plan, const ViewPasses& passes)
      : flow_(flow), cascade_(flow.cascade), sizes_(sizes), plan_(plan), passes_(passes) {}

  base::Result<TiledTraffic> run(base::Bytes capacity) {
    measure();
    TiledTraffic traffic;
    const std::int64_t free = capacity.value() - fixed_;
    const std::int64_t row = row_ + chunk_row();
    const std::int64_t size = sizes_[plan_.tiled];
    traffic.rows = free <= 0 ? 0 : row == 0 ? size : std::min(size, free / row);
    if (traffic.rows < 1)
      return base::failure(base::error(
          "E505", cascade_[plan_.tiled].span,
          fmt::format("a buffer of {} bytes holds no row of {}: a row takes {}, a chunk of {} {}",
                      capacity.value(), cascade_[plan_.tiled].name, row, cascade_[plan_.swept].name,
                      fixed_)));
    traffic.tiles = base::ceil_div(size, traffic.rows);
    traffic.once = base::Bytes(once_);
    traffic.per_tile = base::Bytes(per_tile_);
    std::int64_t total = 0;
    fits_ = fits_ && !__builtin_mul_overflow(per_tile_, traffic.tiles, &total) &&
            !__builtin_add_overflow(total, once_, &total);
    for (std::int64_t pass = 1; pass < passes_.summary.traversals.constant; ++pass) {
      const std::int64_t extra = boundary(pass, traffic.tiles);
      traffic.boundaries.emplace_back(extra);
      fits_ = fits_ && !__builtin_add_overflow(total, extra, &total);
    }
    if (!fits_ || total > kMostBytes)
      return base::failure(base::error("E503", cascade_[plan_.swept].span,
                                       "the traffic is beyond 2^53 bytes for these sizes"));
    traffic.total = base::Bytes(total);
    return traffic;
  }

 private:
  bool has(TensorId tensor, RankId rank) const {
    return index_ranks(cascade_, tensor).count(rank) > 0;
  }

  std::int64_t bytes(TensorId tensor, const std::set<RankId>& without, int width) {
    const auto count = elements(cascade_, tensor, sizes_, without);
    fits_ = fits_ && count.has_value();
    return count ? (*count * width + 7) / 8 : 0;
  }
  std::int64_t stored(TensorId tensor, const std::set<RankId>& without = {}) {
    return bytes(tensor, without, stored_bits(cascade_, tensor));
  }

  // A value that is complete, or moves on, only along the swept rank: summed over it or carried.
  bool is_state(TensorId tensor) const {
    const bool iterative =
        std::any_of(cascade_.einsums.begin(), cascade_.einsums.end(), [&](const Einsum& einsum) {
          return cascade_[einsum.lhs].tensor == tensor && einsum.iterative_var &&
                 cascade_[*einsum.iterative_var].rank == plan_.swept;
        });
    if (iterative) return true;
    if (has(tensor, plan_.swept)) return false;
    return std::any_of(cascade_.einsums.begin(), cascade_.einsums.end(), [&](const Einsum& einsum) {
      const auto* reduce = std::get_if<ReduceRoot>(&einsum.root);
      return cascade_[einsum.lhs].tensor == tensor && reduce != nullptr &&
             std::any_of(reduce->vars.begin(), reduce->vars.end(),
                         [&](VarId variable) { return cascade_[variable].rank == plan_.swept; });
    });
  }

  void measure() {
    for (std::size_t t = 0; t < cascade_.tensors.size(); ++t) {
      const TensorId tensor(t);
      if (flow_.is_input(tensor))
        add_input(tensor);
      else
        add_written(tensor);
      if (cascade_[tensor].role == TensorRole::kOutput) once_ += stored(tensor);
    }
  }

  void add_input(TensorId tensor) {
    const bool swept = has(tensor, plan_.swept), tiled = has(tensor, plan_.tiled);
    (tiled || !swept ? once_ : per_tile_) += stored(tensor);
    if (swept && tiled) widen(stored(tensor, {plan_.swept, plan_.tiled}), tensor);
    if (swept && !tiled) fixed_ += plan_.chunk * stored(tensor, {plan_.swept});
    if (!swept && tiled) row_ += stored(tensor, {plan_.tiled});
    if (!swept && !tiled) fixed_ += stored(tensor);
  }

  void add_written(TensorId tensor) {
    const bool swept = has(tensor, plan_.swept), tiled = has(tensor, plan_.tiled);
    if (is_state(tensor)) {
      const int width = accumulated_bits(cascade_, tensor);
      (tiled ? row_ : fixed_) += bytes(tensor, {plan_.swept, plan_.tiled}, width);
    } else if (swept && tiled) {
      widen(stored(tensor, {plan_.swept, plan_.tiled}), tensor);
    } else if (swept) {
      fixed_ += plan_.chunk * stored(tensor, {plan_.swept});
    }
  }

  void widen(std::int64_t each, TensorId tensor) {
    widest_ = std::max(widest_, each);
    const bool crosses = std::any_of(crossing_.begin(), crossing_.end(),
                                     [&](const Crossing& c) { return c.tensor == tensor; });
    if (crosses && plan_.handover == Handover::kBuffered) buffered_ = std::max(buffered_, each);
  }

  // Streamed values of one row: of a chunk, or of the whole fibre where it is buffered.
  std::int64_t chunk_row() {
    const std::int64_t size = sizes_[plan_.swept];
    return std::max(widest_ * std::min(plan_.chunk, size), buffered_ * size);
  }

  std::int64_t boundary(std::int64_t pass, std::int64_t tiles) {
    if (plan_.handover == Handover::kBuffered) return 0;
    const Boundary between = boundary_after(flow_, passes_, pass);
    return cross(between, [&](TensorId tensor) { return price(tensor, tiles); }).weight;
  }

  std::int64_t price(TensorId tensor, std::int64_t tiles) {
    const std::int64_t whole = stored(tensor);
    const bool input = flow_.is_input(tensor);
    if (plan_.handover == Handover::kSpilled && input && has_writer_below(tensor))
      return kUncuttable;
    if (plan_.handover == Handover::kRecomputed && !input) return kUncuttable;
    if (!input) return 2 * whole;
    return has(tensor, plan_.tiled) ? whole : whole * tiles;
  }

  // Spilling leaves an input alone unless it is itself what later passes read.
  bool has_writer_below(TensorId tensor) const {
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      for (const std::size_t e : flow_.edges_from[i])
        if (passes_.relations[e].relation == Relation::kStream &&
            reads_leaf(flow_.edge(e).writer, tensor))
          return true;
    return false;
  }
  bool reads_leaf(EinsumId id, TensorId tensor) const {
    for (std::size_t leaf = 0; leaf < passes_.lineage.leaves.size(); ++leaf)
      if (passes_.lineage.leaves[leaf] == tensor)
        return passes_.lineage.of_einsum[id.index()][leaf];
    return false;
  }

  const Flow& flow_;
  const Cascade& cascade_;
  const Sizes& sizes_;
  const TilePlan& plan_;
  const ViewPasses& passes_;
  const std::vector<Crossing>& crossing_ = passes_.summary.crossing;
  bool fits_ = true;
  std::int64_t once_ = 0, per_tile_ = 0;    // bytes moved
  std::int64_t fixed_ = 0, row_ = 0;        // bytes held: for all rows, for each
  std::int64_t widest_ = 0, buffered_ = 0;  // bytes of one streamed element of a row
};

}  // namespace

base::Result<TiledTraffic> tiled_traffic(const Cascade& cascade, const Sizes& sizes,
                                         base::Bytes capacity, const TilePlan& plan) {
  EINFALL_TRY(const Flow flow, flow_of(cascade));
  ViewPasses passes = view_passes(flow, {plan.swept});
  if (!passes.summary.traversals.number())
    return base::failure(base::error(
        "E504", cascade[plan.swept].span,
        fmt::format("the traversals of rank {} are {}, expected a number", cascade[plan.swept].name,
                    text(cascade, passes.summary.traversals))));
  passes.summary.crossing = crossings(flow, passes);
  return Tiling(flow, sizes, plan, passes).run(capacity);
}

}  // namespace einfall::einsum
