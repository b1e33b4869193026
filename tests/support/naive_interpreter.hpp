#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "einsum/eval/evaluate.hpp"

namespace einfall::tests {

/// The semantics of language.md 1.6 read literally, point by point and on demand: the value of a
/// tensor at a coordinate is what its Einsum gives there, found by recursion and remembered. No
/// strips, no dependence graph, no address arithmetic; for small sizes only.
class NaiveInterpreter {
 public:
  NaiveInterpreter(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                   const einsum::TensorMap<double>& inputs);

  using Point = std::vector<std::int64_t>;

  /// Empty if the point is absent or out of range.
  [[nodiscard]] std::optional<double> value(einsum::TensorId tensor, const Point& at);

 private:
  using Binding = std::map<einsum::VarId, std::int64_t>;

  std::optional<double> compute(einsum::TensorId tensor, const Point& at);
  std::optional<double> compute(const einsum::Einsum& einsum, Binding binding);
  std::optional<double> body(const einsum::Einsum& einsum, const Binding& binding);
  std::optional<double> evaluate(einsum::ExprId expr, const Binding& binding);
  std::optional<double> call(const einsum::CallExpr& call, const Binding& binding);
  std::optional<bool> holds(einsum::CondId cond, const Binding& binding);
  std::optional<std::int64_t> index(einsum::IndexId index, const Binding& binding);
  std::optional<Point> point(einsum::AccessId access, const Binding& binding);
  std::optional<double> read(einsum::AccessId access, const Binding& binding);
  bool in_range(einsum::TensorId tensor, const Point& at) const;
  /// Calls `visit` for every value of `vars` added to `binding`.
  template <class Visit>
  void for_all(const std::vector<einsum::VarId>& vars, Binding binding, Visit visit,
               std::size_t from = 0);

  const einsum::Cascade& cascade_;
  const einsum::Sizes& sizes_;
  const einsum::TensorMap<double>& inputs_;
  std::vector<double> params_;
  std::map<std::pair<einsum::TensorId, Point>, std::optional<double>> known_;
};

/// Every tensor of a cascade, point by point; absent ones hold their fill value.
[[nodiscard]] einsum::TensorMap<double> naively(const einsum::Cascade& cascade,
                                                const einsum::Sizes& sizes,
                                                const einsum::TensorMap<double>& inputs);

}  // namespace einfall::tests
