#include "tests/support/evaluation.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "einsum/ir/sizes.hpp"

namespace einfall::tests {

using namespace einsum;

Sizes sizes_of(const Cascade& cascade, const SizeMap& overrides) {
  auto sizes = bind_sizes(cascade, overrides);
  INFO((sizes ? std::string() : base::render(sizes.error())));
  REQUIRE(sizes);
  return *std::move(sizes);
}

template <class T>
TensorMap<T> run(const Cascade& cascade, const Sizes& sizes, const TensorMap<T>& inputs,
                 const EvalOptions& options) {
  auto result = evaluate<T>(cascade, sizes, inputs, options);
  INFO((result ? std::string() : base::render(result.error())));
  REQUIRE(result);
  return *std::move(result);
}

template <class T>
TensorMap<T> inputs_of(const Cascade& cascade, const Sizes& sizes, std::uint64_t seed) {
  auto inputs = random_inputs<T>(cascade, sizes, seed);
  INFO((inputs ? std::string() : base::render(inputs.error())));
  REQUIRE(inputs);
  return *std::move(inputs);
}

std::string failure_of(const Cascade& cascade, const SizeMap& overrides,
                       const TensorMap<double>& inputs, const EvalOptions& options) {
  const auto result = evaluate<double>(cascade, sizes_of(cascade, overrides), inputs, options);
  REQUIRE_FALSE(result);
  return result.error().front().code + " " + result.error().front().message;
}

template <class T, class U>
double relative_error(const DenseTensor<T>& x, const DenseTensor<U>& y) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (x.shape != y.shape || x.values.size() != y.values.size()) return kInfinite;
  long double difference = 0, scale = 0;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    if (x.is_present(i) != y.is_present(i)) return kInfinite;
    const long double a = x.values[i], b = y.values[i];
    if (std::isnan(a) != std::isnan(b)) return kInfinite;
    if (std::isnan(a) || a == b) continue;
    if (std::isinf(a) || std::isinf(b)) return kInfinite;
    difference = std::max(difference, std::abs(a - b));
    scale = std::max(scale, std::abs(b));
  }
  return difference == 0 ? 0 : static_cast<double>(difference / scale);
}

template TensorMap<double> run(const Cascade&, const Sizes&, const TensorMap<double>&,
                               const EvalOptions&);
template TensorMap<long double> run(const Cascade&, const Sizes&, const TensorMap<long double>&,
                                    const EvalOptions&);
template TensorMap<double> inputs_of(const Cascade&, const Sizes&, std::uint64_t);
template TensorMap<long double> inputs_of(const Cascade&, const Sizes&, std::uint64_t);
template double relative_error(const DenseTensor<double>&, const DenseTensor<double>&);
template double relative_error(const DenseTensor<double>&, const DenseTensor<long double>&);
template double relative_error(const DenseTensor<long double>&, const DenseTensor<long double>&);

}  // namespace einfall::tests
