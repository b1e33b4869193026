#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "tests/support/evaluation.hpp"
#include "tests/support/naive_interpreter.hpp"
#include "tests/support/random_cascade.hpp"

namespace einfall::tests {
namespace {

using einsum::TensorMap;

/// Takes away about a third of the points of the inputs that are no coordinates.
void thin_out(TensorMap<double>& inputs, std::uint64_t seed) {
  for (auto& [name, tensor] : inputs) {
    tensor.present.assign(tensor.values.size(), 1);
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      if ((seed >> 60U) % 3 != 0) continue;
      tensor.present[i] = 0;
      tensor.values[i] = 0;
    }
  }
}

TEST_CASE("random cascades evaluate as read point by point, ordered and shuffled", "[property]") {
  const bool held = rc::check([] {
    const auto choices =
        *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 120));
    const auto seed = *rc::gen::inRange<std::uint64_t>(1, 1000);
    const std::string text = random_cascade(choices);
    RC_LOG() << text;
    base::Diagnostics remarks;
    const auto cascade = einsum::load_cascade(
        std::make_shared<base::SourceFile>(base::SourceFile{"random.yaml", text}), remarks);
    if (!cascade) RC_FAIL(base::render(cascade.error()));
    const einsum::Sizes sizes = einsum::bind_sizes(*cascade, {}).value();
    TensorMap<double> inputs = einsum::random_inputs<double>(*cascade, sizes, seed).value();
    if (seed % 2 == 0) thin_out(inputs, seed);
    const TensorMap<double> expected = naively(*cascade, sizes, inputs);
    for (const bool shuffle : {false, true}) {
      einsum::EvalOptions options;
      options.shuffle = shuffle;
      options.seed = seed;
      const auto got = einsum::evaluate<double>(*cascade, sizes, inputs, options);
      if (!got) RC_FAIL(base::render(got.error()));
      for (const auto& [name, tensor] : expected) {
        RC_LOG() << name << "\n";
        RC_ASSERT(relative_error(got->at(name), tensor) <= 1e-12);
      }
    }
  });
  CHECK(held);
}

}  // namespace
}  // namespace einfall::tests
