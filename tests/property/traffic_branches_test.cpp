#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <random>

#include "einsum/analysis/bounds.hpp"
#include "tests/support/evaluation.hpp"

using namespace einfall;

namespace {

constexpr std::int64_t kBytes = 8;  // of an element in fp64
constexpr base::Bytes kRoom{1 << 20};

std::int64_t bound_of(const einsum::Cascade& cascade) {
  const auto bound = einsum::traffic_bound(cascade, tests::sizes_of(cascade), kRoom);
  if (!bound) FAIL(base::render(bound.error()));
  return bound->total.value();
}

// The bytes that must be moved at the least, found without the analysis: every output element that
// is present once, and every input element that changes some output when it changes.
struct Moved {
  std::int64_t outputs = 0, inputs = 0;
};
Moved least_moved(const einsum::Cascade& cascade) {
  const einsum::Sizes sizes = tests::sizes_of(cascade);
  const auto inputs = tests::inputs_of(cascade, sizes);
  const auto before = tests::run(cascade, sizes, inputs);
  Moved moved;
  for (const einsum::Tensor& tensor : cascade.tensors)
    if (tensor.role == einsum::TensorRole::kOutput)
      for (std::size_t i = 0; i < before.at(tensor.name).values.size(); ++i)
        moved.outputs += kBytes * before.at(tensor.name).is_present(i);
  for (const auto& [name, tensor] : inputs)
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      auto changed = inputs;
      changed.at(name).values[i] += 1;
      const auto after = tests::run(cascade, sizes, changed);
      bool matters = false;
      for (const auto& [output, values] : before)
        matters = matters || after.at(output).values != values.values;
      moved.inputs += kBytes * matters;
    }
  return moved;
}

einsum::Cascade of(const std::string& expressions) {
  return tests::cascade_of(
      "ranks: {M: 6}\ndeclaration: {A: [M], B: [M], C: [M]}\noutputs: [Z]\nexpressions: |\n" +
      expressions);
}

class Expressions {
 public:
  explicit Expressions(std::uint32_t seed) : rng_(seed) {}

  std::string document() {
    std::string text = "  X[m] = " + tree(1, {"A", "B", "C"}) + mask() + "\n";
    text += "  Y[m] = " + tree(1, {"A", "B", "X"}) + mask() + "\n";
    return text + "  Z[m] = " + tree(2, {"A", "B", "C", "X", "Y"}) + mask() + "\n";
  }

 private:
  std::size_t below(std::size_t n) { return rng_() % n; }
  std::string mask() {
    static const char* const kMasks[] = {"", "", " where m < 2", " where m > 3",
                                         " where 1 <= m < 5"};
    return kMasks[below(std::size(kMasks))];
  }
  std::string leaf(const std::vector<std::string>& tensors) {
    static const char* const kIndices[] = {"m", "m", "m", "m + 1", "m - 2", "m // 2", "m % 4"};
    return tensors[below(tensors.size())] + "[" + kIndices[below(std::size(kIndices))] + "]";
  }
  std::string tree(int depth, const std::vector<std::string>& tensors) {
    if (depth == 0) return leaf(tensors);
    const std::string left = tree(depth - 1, tensors), right = tree(depth - 1, tensors);
    static const char* const kOperators[] = {" + ", " * ", " ?? ", " ?? "};
    return "(" + left + kOperators[below(std::size(kOperators))] + right + ")";
  }

  std::mt19937 rng_;
};

}  // namespace

TEST_CASE("of a branch that is not taken nothing must be moved", "[property]") {
  const auto total = [](const char* text) { return bound_of(of(text)) / kBytes; };
  // 6 outputs each; A for two of them, B for the others.
  CHECK(total("  X[m] = A[m] where m < 2\n  Z[m] = X[m] ?? B[m]\n") == 6 + 2 + 4);
  // An input is present everywhere.
  CHECK(total("  Z[m] = A[m] ?? B[m]\n") == 6 + 6);
  // The last element that A[m + 1] would take does not exist, nor is the first one taken.
  CHECK(total("  Z[m] = A[m + 1] ?? B[m]\n") == 6 + 5 + 1);
  // C is asked for where A and B both are absent.
  CHECK(total("  X[m] = A[m] where m < 2\n  Y[m] = B[m] where m > 3\n"
              "  Z[m] = X[m] ?? Y[m] ?? C[m]\n") == 6 + 2 + 2 + 2);
  // What nobody takes is not made.
  CHECK(total("  X[m] = B[m] * C[m]\n  Z[m] = A[m] ?? X[m]\n") == 6 + 6);
  // A question whether something is there reads nothing.
  CHECK(total("  X[m] = A[m] where m < 2\n  Z[m] = B[m] where present(C[m])\n") == 6 + 6);
}

TEST_CASE("a mask on a later Einsum asks for no less than on the product itself", "[property]") {
  const auto total = [](const std::string& later) {
    return bound_of(tests::cascade_of(
               "ranks: {E: 2, M: 5, P: 3}\ndeclaration: {A: [E, M], B: [E, P]}\noutputs: [Z]\n"
               "expressions: |\n  S[m, p] = A[e, m] * B[e, p]" +
               later)) /
           kBytes;
  };
  // Outputs, two elements of A for every m, two of B for every p.
  CHECK(total("\n  Z[m, p] = sq(S[m, p]) where m >= 2\n") == 9 + 6 + 6);
  CHECK(total(" where m < 4\n  Z[m, p] = sq(S[m, p]) where m + p >= 4\n") == 3 + 4 + 4);
  CHECK(total("\n  Z[p, m] = S[m, p] * 2 where 1 <= m < 4, p != 1\n") == 6 + 6 + 4);
  // Over two Einsums, by two readers, and where the mask stands on what is summed.
  CHECK(total("\n  T[m, p] = sq(S[m, p])\n  Z[m, p] = T[m, p] * 2 where m > p\n") == 9 + 8 + 6);
  CHECK(total("\n  U[m, p] = S[m, p] where m < 1\n  V[m, p] = sq(S[m, p]) where m > 3\n"
              "  Z[m, p] = U[m, p] ?\? V[m, p]\n") == 6 + 4 + 6);
  CHECK(total("\n  Z[p] = sum[m](sq(S[m, p])) where m > 2, p > 0\n") == 2 + 4 + 4);
  // Another index than a variable: nothing is known of the inputs.
  CHECK(bound_of(of("  X[m] = sq(A[m])\n  Z[m] = X[m + 2] where m < 3\n")) == 3 * kBytes);
}

TEST_CASE("masks and branches never push the bound above what changes an output", "[property]") {
  int asked = 0;  // for inputs
  rc::prop("bound", [&] {
    const std::string text = Expressions(*rc::gen::arbitrary<std::uint32_t>()).document();
    const einsum::Cascade cascade = of(text);
    const std::int64_t bound = bound_of(cascade);
    const Moved least = least_moved(cascade);
    RC_LOG() << text << "bound " << bound << ", outputs " << least.outputs << ", inputs "
             << least.inputs << "\n";
    RC_ASSERT(bound <= least.outputs + least.inputs);
    asked += bound > least.outputs;
  });
  CHECK(asked > 30);
}
