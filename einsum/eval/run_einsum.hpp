#pragma once

#include <memory>
#include <vector>

#include "einsum/eval/loop_nest.hpp"
#include "einsum/eval/program.hpp"
#include "einsum/eval/strip_numerics.hpp"
#include "einsum/eval/strip_reader.hpp"

namespace einfall::einsum::eval {

/// The tensor an Einsum writes. `present` is null where the program is total.
template <class T>
struct Target {
  T* values = nullptr;
  std::uint8_t* present = nullptr;
};

/// Reductions under way, in the layout of the left side: their values in the accumulator's format.
template <class T>
struct Sums {
  T* values = nullptr;
  std::uint8_t* seen = nullptr;
};

/// Evaluates one Einsum by strips: once, or once a step. Points it leaves out keep their value and
/// presence.
template <class T>
class EinsumRun {
 public:
  /// `shuffle`: null for the declared loop order, else points and strips come in a random order.
  /// `numerics`: null for plain arithmetic in T; reductions then keep their declared order always.
  /// Everything passed must outlive the run.
  EinsumRun(const Cascade& cascade, const std::vector<Layout>& layouts, const Einsum& einsum,
            const Program& program, const std::vector<TensorView<T>>& tensors, Target<T> target,
            Random* shuffle, const StripNumerics<T>* numerics = nullptr);
  ~EinsumRun();

  /// `step`: the coordinate of Program::step, if there is one. The error is E604.
  [[nodiscard]] base::Result<void> run(std::int64_t step);
  /// Only the points of a box, by slot; with `sums` reductions go on from what they hold and leave
  /// there what they have come to. Precondition: numerics; with sums a reduction that resumes.
  [[nodiscard]] base::Result<void> run_box(std::int64_t step, const std::vector<Interval>& box,
                                           const Sums<T>* sums);
  /// Reductions can be done in several boxes.
  [[nodiscard]] bool resumes() const;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace einfall::einsum::eval
