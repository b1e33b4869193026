#pragma once

#include <map>
#include <string>
#include <vector>

#include "einsum/eval/evaluate.hpp"
#include "tests/support/load.hpp"

namespace einfall::tests {

using SizeMap = std::map<std::string, std::int64_t>;

[[nodiscard]] einsum::Sizes sizes_of(const einsum::Cascade& cascade, const SizeMap& overrides = {});

/// A tensor from its shape and values, row-major; `present` empty: everything is.
template <class T = double>
[[nodiscard]] einsum::DenseTensor<T> tensor(std::vector<std::int64_t> shape, std::vector<T> values,
                                            std::vector<std::uint8_t> present = {}) {
  return {std::move(shape), std::move(values), std::move(present)};
}

/// Evaluates; fails the test with the diagnostics on an error.
template <class T = double>
[[nodiscard]] einsum::TensorMap<T> run(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                                       const einsum::TensorMap<T>& inputs,
                                       const einsum::EvalOptions& options = {});
template <class T = double>
[[nodiscard]] einsum::TensorMap<T> inputs_of(const einsum::Cascade& cascade,
                                             const einsum::Sizes& sizes, std::uint64_t seed = 1);
/// The first diagnostic of an evaluation that must fail: "CODE message".
[[nodiscard]] std::string failure_of(const einsum::Cascade& cascade, const SizeMap& overrides,
                                     const einsum::TensorMap<double>& inputs,
                                     const einsum::EvalOptions& options = {});

/// Element access by coordinates, for oracles written with loops.
template <class T>
class Values {
 public:
  explicit Values(const einsum::DenseTensor<T>& tensor) : tensor_(tensor) {}
  template <class... Coordinates>
  [[nodiscard]] T operator()(Coordinates... at) const {
    return tensor_.values[flat({static_cast<std::int64_t>(at)...})];
  }
  template <class... Coordinates>
  [[nodiscard]] bool present(Coordinates... at) const {
    return tensor_.is_present(flat({static_cast<std::int64_t>(at)...}));
  }

 private:
  [[nodiscard]] std::size_t flat(const std::vector<std::int64_t>& at) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < at.size(); ++i) sum = sum * tensor_.shape[i] + at[i];
    return static_cast<std::size_t>(sum);
  }
  const einsum::DenseTensor<T>& tensor_;
};

/// Largest |x - y| relative to the largest |y|; infinite if presence or shapes differ, or a NaN
/// meets a number.
template <class T, class U>
[[nodiscard]] double relative_error(const einsum::DenseTensor<T>& x,
                                    const einsum::DenseTensor<U>& y);

}  // namespace einfall::tests
