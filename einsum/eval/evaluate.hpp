#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/numerics/policy.hpp"
#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// A dense row-major tensor with a presence bitmap (empty = everything present).
template <class T>
struct DenseTensor {
  std::vector<std::int64_t> shape;
  std::vector<T> values;
  std::vector<std::uint8_t> present;  // one byte a point, or empty

  [[nodiscard]] std::int64_t points() const;
  [[nodiscard]] bool is_present(std::size_t flat) const {
    return present.empty() || present[flat] != 0;
  }
};

enum class NumericMode {
  kReference,  // every operation in T, storage types ignored
  /// Declared types, accumulation, order and approximations; see einsum/eval/bit_true.hpp. T must
  /// be double. A tensor without a declared type is fp64.
  kBitTrue
};

struct EvalOptions {
  NumericMode mode = NumericMode::kReference;
  base::numerics::Policy numerics;  // kBitTrue: what the declared types leave open
  bool fast_path = true;            // Eigen for plain contractions (kReference)
  bool shuffle = false;  // evaluate points in a random order (test of order independence)
  std::uint64_t seed = 1;
  std::int64_t max_bytes = std::int64_t{8} << 30;   // refuse larger runs (E601)
  std::int64_t max_points = std::int64_t{1} << 36;  // of one Einsum, likewise: minutes
};

template <class T>
using TensorMap = std::map<std::string, DenseTensor<T>>;

/// Runs a cascade on values. `inputs` must hold every input tensor with the right shape (E602);
/// the result holds every tensor (intermediates too). Absent outputs keep their fill value.
/// T is double or long double. Errors: E601 too large, E602 input missing or misshapen, E603 an
/// assumption does not hold (first offending coordinate), E604 a gather index is not a whole
/// number, E605 opaque function without a definition; and those of bind_params and
/// dependence_graph.
template <class T>
[[nodiscard]] base::Result<TensorMap<T>> evaluate(const Cascade& cascade, const Sizes& sizes,
                                                  const TensorMap<T>& inputs,
                                                  const EvalOptions& options);

/// Seeded inputs that respect the assumptions and types (index tensors get valid coordinates).
/// Refuses what `evaluate` would by the limits of `options`, before anything is allocated (E601).
template <class T>
[[nodiscard]] base::Result<TensorMap<T>> random_inputs(const Cascade& cascade, const Sizes& sizes,
                                                       std::uint64_t seed,
                                                       const EvalOptions& options = {});

}  // namespace einfall::einsum
