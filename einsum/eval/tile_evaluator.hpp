#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "einsum/eval/evaluate.hpp"
#include "einsum/eval/layout.hpp"

/// Evaluates Einsums piece by piece, bit-true, for machines that do: each on the places that its
/// operands lie in, in the order in which pieces are asked for.
namespace einfall::einsum {

/// Where a tensor's values lie, in its own row-major layout; `present` null: all points are there.
struct TensorPlace {
  double* values = nullptr;
  std::uint8_t* present = nullptr;
};

class TileEvaluator {
 public:
  /// By RankId: coordinates from `first` up to, not including, `second`.
  using Box = std::vector<std::pair<std::int64_t, std::int64_t>>;

  /// `whole`: what evaluate() found for the same inputs; it says which tensors have points that are
  /// absent. Everything passed must outlive it. Errors: those of evaluate().
  [[nodiscard]] static base::Result<TileEvaluator> make(const Cascade& cascade, const Sizes& sizes,
                                                        const TensorMap<double>& whole,
                                                        const base::numerics::Policy& numerics,
                                                        std::int64_t max_bytes);
  ~TileEvaluator();
  TileEvaluator(TileEvaluator&&) noexcept;
  TileEvaluator& operator=(TileEvaluator&&) noexcept;

  [[nodiscard]] const eval::Layout& layout(TensorId tensor) const;
  /// Some points are absent: places of it have presence.
  [[nodiscard]] bool has_presence(TensorId tensor) const;

  /// An Einsum that finds each tensor it reads (by TensorId) and leaves its own at these places;
  /// its number. An Einsum may be placed several times.
  [[nodiscard]] base::Result<std::size_t> place(EinsumId einsum,
                                                const std::vector<TensorPlace>& reads,
                                                TensorPlace result);
  /// Its reductions may be done in several boxes.
  [[nodiscard]] bool resumes(std::size_t placed) const;
  /// The points of a box. With `resume` reductions go on from where earlier boxes have brought
  /// them.
  [[nodiscard]] base::Result<void> run(std::size_t placed, const Box& box, bool resume);

 private:
  struct State;
  explicit TileEvaluator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace einfall::einsum
