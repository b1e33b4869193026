#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "einsum/analysis/bounds.hpp"
#include "einsum/analysis/points.hpp"
#include "tests/support/evaluation.hpp"

// A reduction over a masked rank leaves a result where some point of the rank is present. That set
// can be harder than the mask; the evaluator says what it is.
namespace einfall::einsum {
namespace {

using Values = TensorMap<double>;

constexpr base::Bytes kEverything{std::int64_t{1} << 50};

Cascade masked(const std::string& mask, std::int64_t p, std::int64_t k, std::int64_t j) {
  return tests::cascade_from(
      fmt::format("einfall: 1\nranks: {{P: {}, K: {}, J: {}}}\n"
                  "declaration: {{A: [K, J], B: [P], C: [P]}}\n"
                  "expressions: |\n"
                  "  X[p, k, j] = A[k, j] * B[p] where {}\n"
                  "  R[p]       = sum[k, j](X[p, k, j])\n"
                  "  D[p]       = R[p] * C[p]\n"
                  "  U[p]       = C[p] where not present(R[p])\n"
                  "outputs: [D, U]\n",
                  p, k, j, mask));
}

std::int64_t present(const Values& values, const std::string& tensor) {
  const auto& found = values.at(tensor);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < found.values.size(); ++i) sum += found.is_present(i) ? 1 : 0;
  return sum;
}

// Elements of A and B, and of C and the outputs, that the present points have to do with.
std::int64_t needed_elements(const Values& values) {
  const auto& product = values.at("X");
  const auto rows = static_cast<std::size_t>(product.shape[0]);
  const std::size_t row = product.values.size() / rows;
  std::vector<bool> of_a(row, false), of_b(rows, false);
  for (std::size_t i = 0; i < product.values.size(); ++i)
    if (product.is_present(i)) of_a[i % row] = of_b[i / row] = true;
  const auto outputs =
      present(values, "D") + present(values, "U");  // C is read where one of them is
  return std::count(of_a.begin(), of_a.end(), true) + std::count(of_b.begin(), of_b.end(), true) +
         2 * outputs;
}

// How many of the four counts were exact.
int check(const std::string& mask, std::int64_t p, std::int64_t k, std::int64_t j) {
  INFO(mask << " with P " << p << ", K " << k << ", J " << j);
  const Cascade cascade = masked(mask, p, k, j);
  const Sizes sizes = tests::sizes_of(cascade);
  const Values values = tests::run(cascade, sizes, tests::inputs_of(cascade, sizes));
  const auto counts = points(cascade, sizes);
  REQUIRE(counts);
  int exact = 0;
  const char* const tensors[] = {"X", "X", "D", "U"};  // R has the points of X
  for (std::size_t i = 0; i < counts->size(); ++i) {
    INFO(cascade.einsums[i].name);
    const std::int64_t truth = present(values, tensors[i]);
    CHECK((*counts)[i].count >= truth);
    if ((*counts)[i].exact) CHECK((*counts)[i].count == truth);
    exact += (*counts)[i].exact ? 1 : 0;
  }
  const auto bound = traffic_bound(cascade, sizes, kEverything);
  REQUIRE(bound);
  CHECK(bound->total.value() <= 8 * needed_elements(values));
  return exact;
}

class Masks {
 public:
  std::int64_t in(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_() % static_cast<std::uint32_t>(high - low + 1));
  }
  std::string mask() {
    std::string text = comparison();
    for (std::int64_t more = in(0, 2); more > 0; --more)
      text = fmt::format("({} {} {})", text, in(0, 2) == 0 ? "or" : "and", comparison());
    return in(0, 4) == 0 ? "not (" + text + ")" : text;
  }

 private:
  std::string comparison() {
    static const char* const kSigns[] = {"==", "<=", "<", ">", "!="};
    return fmt::format("{} {} {}", side("k", "j"), kSigns[in(0, 4)], side("p", "p"));
  }
  std::string side(const char* first, const char* second) {
    const std::string sum =
        fmt::format("{}*{} + {}*{} + {}", in(1, 4), first, in(0, 2), second, in(0, 3));
    if (in(0, 3) == 0) return fmt::format("({}) % {}", sum, in(2, 5));
    if (in(0, 5) == 0) return fmt::format("({}) // {}", sum, in(2, 5));
    return sum;
  }

  std::mt19937 rng_{5};
};

TEST_CASE("a reduction whose places are too hard is bounded and says so", "[points]") {
  for (const char* mask :
       {"4*k == p", "(2*k) % 3 < p", "3*k <= 2*p, 2*p <= 3*k", "4*k == p or 3*k == p + 1"}) {
    INFO(mask);
    check(mask, 20, 12, 1);
    const Cascade cascade = masked(mask, 20, 12, 1);
    const auto counts = points(cascade, tests::sizes_of(cascade));
    REQUIRE(counts);
    CHECK((*counts)[1].exact);        // R has the points of the mask
    CHECK_FALSE((*counts)[2].exact);  // D those of an image
    CHECK_FALSE((*counts)[3].exact);
  }
}

TEST_CASE("a reduction whose places are intervals is counted exactly", "[points]") {
  CHECK(check("k <= p", 20, 12, 1) == 4);
  CHECK(check("2*k <= p", 20, 12, 1) == 4);
  CHECK(check("k == 2*p", 20, 12, 1) == 4);
  CHECK(check("k + j == p", 20, 12, 3) == 4);
  CHECK(check("(p - k) % 2 == 0", 20, 12, 1) == 4);
  CHECK(check("2*k == p, 2*k == p + 1", 20, 12, 1) == 4);  // nowhere
}

TEST_CASE("random masks: counts of what reductions leave, and the bytes they need", "[points]") {
  Masks random;
  int exact = 0;
  constexpr int kMasks = 150;
  for (int i = 0; i < kMasks; ++i)
    exact += check(random.mask(), random.in(1, 14), random.in(1, 9), random.in(1, 4));
  CHECK(exact > 2 * kMasks);      // X and R nearly always
  CHECK(exact < 4 * kMasks - 5);  // and some were hard
}

}  // namespace
}  // namespace einfall::einsum
