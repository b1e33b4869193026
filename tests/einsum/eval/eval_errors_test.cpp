#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <limits>

#include "einsum/eval/error_codes.hpp"
#include "einsum/ir/sizes.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

const char* const kProduct =
    "ranks: {I: 4, J: 4, K: 4}\ndeclaration: {A: [I, K], B: [K, J]}\nexpressions: |\n"
    "  Z[i, j] = A[i, k] * B[k, j]\n";

TEST_CASE("a run beyond the limits is E601 before anything is allocated", "[eval]") {
  const auto cascade = cascade_of(kProduct);
  const std::int64_t huge = std::int64_t{1} << 40;
  const std::string all = failure_of(cascade, {{"I", huge}, {"J", huge}, {"K", huge}}, {}, {});
  CHECK_THAT(all, StartsWith("E601") && Contains("the limit is 8 GiB"));
  einsum::EvalOptions small;
  small.max_bytes = 3 * 16 * 9 - 1;  // eight bytes and one of presence a point
  CHECK_THAT(failure_of(cascade, {}, {}, small), StartsWith("E601"));
  CHECK_FALSE(
      einsum::random_inputs<double>(cascade, sizes_of(cascade, {{"I", huge}, {"J", huge}}), 1));

  // Small tensors, but more points than anyone waits for.
  const auto loop = cascade_of(
      "ranks: {I: 1099511627776, J: I, K: 3}\ndeclaration: {A: [K]}\nexpressions: |\n"
      "  Z = sum[i, j](A[(i + j) % 3])\n");
  CHECK_THAT(failure_of(loop, {}, {{"A", tensor({3}, {1, 2, 3})}}, {}),
             StartsWith("E601") && Contains("points"));
  // The same as a contraction, and spread over the steps of an iterative rank.
  einsum::EvalOptions few;
  few.max_points = 4 * 4 * 4 - 1;
  const auto good = tensor({4, 4}, std::vector<double>(16, 1));
  CHECK_THAT(failure_of(cascade, {}, {{"A", good}, {"B", good}}, few),
             StartsWith("E601") && Contains("points"));
  const auto steps = cascade_of(
      "ranks: {N: 8, K: 8}\ndeclaration: {A: [K]}\ninit: |\n  S[0] = 0\nexpressions: |\n"
      "  S[n+1] = S[n] + A[n]\n  T[n+1] = (T[n] ?? 0) + sum[k](A[k] * S[n])\n");
  CHECK_THAT(failure_of(steps, {}, {{"A", tensor({8}, std::vector<double>(8, 1))}}, few),
             StartsWith("E601") && Contains("points"));
  // Factors and indices that leave 64 bits.
  for (const char* coordinate : {"k*I*I", "k*I*4194304"}) {
    const auto index = cascade_of(
        "ranks: {I: 1099511627776, K: 3}\ndeclaration: {A: [K]}\nexpressions: |\n"
        "  Z[k] = A[" +
        std::string(coordinate) + "]\n");
    CHECK_THAT(failure_of(index, {}, {{"A", tensor({3}, {1, 2, 3})}}, {}), StartsWith("E601"));
  }
}

TEST_CASE("what has too many points is refused before inputs are made", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {N: 4, K: 4}\ndeclaration: {X: [N], F: [K]}\nexpressions: |\n"
      "  Y[n] = X[n] * F[k]\n");
  const auto inputs = einsum::random_inputs<double>(
      cascade, sizes_of(cascade, {{"N", 1 << 20}, {"K", 1 << 20}}), 1);
  REQUIRE_FALSE(inputs);
  CHECK(inputs.error().front().code == "E601");
}

// What E601 says of a run over I x J points that no memory is needed for.
std::string help_for(std::int64_t i, std::int64_t j, std::int64_t max_points) {
  const auto cascade = cascade_of(
      "ranks: {I: 1, J: 1, K: 3}\ndeclaration: {A: [K]}\nexpressions: |\n"
      "  Z = sum[i, j](A[(i + j) % 3])\n");
  einsum::EvalOptions options;
  options.max_points = max_points;
  const auto result = einsum::evaluate<double>(cascade, sizes_of(cascade, {{"I", i}, {"J", j}}),
                                               {{"A", tensor({3}, {1, 2, 3})}}, options);
  REQUIRE_FALSE(result);
  REQUIRE(result.error().front().code == "E601");
  return result.error().front().help;
}

TEST_CASE("E601 says how long an evaluation beyond the limit would take", "[eval]") {
  const std::int64_t giga = 1000000000, limit = std::int64_t{1} << 36;
  const auto takes = [](const std::string& text) {
    return StartsWith("at 10^8 points a second that takes " + text + ": choose smaller rank sizes");
  };
  CHECK_THAT(help_for(1000, 1000, 10), takes("seconds"));
  CHECK_THAT(help_for(5, giga, giga), takes("seconds"));           // 50 s
  CHECK_THAT(help_for(12, giga, giga), takes("about 2 minutes"));  // 120 s
  CHECK_THAT(help_for(90, giga, limit), takes("about 15 minutes"));
  CHECK_THAT(help_for(719, giga, limit), takes("about 120 minutes"));
  CHECK_THAT(help_for(720, giga, limit), takes("about 2 hours"));
  CHECK_THAT(help_for(17 * 360, giga, limit), takes("about 17 hours"));
  CHECK_THAT(help_for(47 * 360, giga, limit), takes("about 47 hours"));
  CHECK_THAT(help_for(48 * 360, giga, limit), takes("about 2 days"));
  CHECK_THAT(help_for(1000 * 8640, giga, limit), takes("about 1e+03 days"));
}

TEST_CASE("E601 of more points than a double counts names no infinity", "[eval]") {
  std::string ranks = "ranks: {K: 3", variables, sum;
  for (int i = 0; i < 27; ++i) {  // 2^(27 * 40), more than 10^308
    ranks += fmt::format(", R{}: 1099511627776", i);
    variables += fmt::format("{}r{}", i == 0 ? "" : ", ", i);
    sum += fmt::format("{}r{}", i == 0 ? "" : " + ", i);
  }
  const auto cascade = cascade_of(ranks + "}\ndeclaration: {A: [K]}\nexpressions: |\n  Z = sum[" +
                                  variables + "](A[(" + sum + ") % 3])\n");
  const auto result =
      einsum::evaluate<double>(cascade, sizes_of(cascade, {}), {{"A", tensor({3}, {1, 2, 3})}}, {});
  REQUIRE_FALSE(result);
  CHECK_THAT(result.error().front().message, StartsWith("this Einsum has more than 10^308 points"));
  CHECK_THAT(result.error().front().help, Contains("takes more than 10^295 days"));
}

TEST_CASE("an input that is missing or misshapen is E602", "[eval]") {
  const auto cascade = cascade_of(kProduct);
  const auto good = tensor({4, 4}, std::vector<double>(16, 1));
  CHECK_THAT(failure_of(cascade, {}, {{"A", good}}, {}), StartsWith("E602") && Contains("'B'"));
  CHECK_THAT(failure_of(cascade, {}, {{"A", good}, {"B", tensor({4}, {1, 2, 3, 4})}}, {}),
             StartsWith("E602") && Contains("[4]") && Contains("[4, 4]"));
  auto short_presence = good;
  short_presence.present = {1, 0};
  CHECK_THAT(failure_of(cascade, {}, {{"A", good}, {"B", short_presence}}, {}), StartsWith("E602"));
}

TEST_CASE("an assumption that does not hold is E603 with the first offending coordinate",
          "[eval]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto cascade = cascade_of(
      "ranks: {I: 2, K: 3}\ndeclaration: {A: [I, K], L: [I]}\ntypes: {L: index}\n"
      "assume: [finite(A), positive(A), \"L[i] <= K\"]\nexpressions: |\n"
      "  Z[i, k] = A[i, k] where k < L[i]\n");
  const auto with = [&](std::vector<double> a, std::vector<double> l) {
    return failure_of(cascade, {},
                      {{"A", tensor({2, 3}, std::move(a))}, {"L", tensor({2}, std::move(l))}});
  };
  CHECK_THAT(with({1, 2, 3, 4, nan, 6}, {1, 1}),
             StartsWith("E603") && Contains("finite") && Contains("[1, 1]"));
  CHECK_THAT(with({1, 2, 0, 4, 5, 6}, {1, 1}),
             StartsWith("E603") && Contains("positive") && Contains("[0, 2]"));
  CHECK_THAT(with({1, 2, 3, 4, 5, 6}, {3, 4}), StartsWith("E603") && Contains("i = 1"));
}

TEST_CASE("assumptions about sizes are decided without inputs", "[eval]") {
  // Each random attempt would fill 128 MiB; 64 of them take minutes.
  const auto cascade = cascade_of(
      "ranks: {K: 16777216}\ndeclaration: {A: [K]}\nassume: [\"K % 3 == 0\", \"k < K\"]\n"
      "expressions: |\n  Z = A[k]\n");
  const auto wrong = einsum::random_inputs<double>(cascade, sizes_of(cascade, {}), 1);
  REQUIRE_FALSE(wrong);
  REQUIRE(wrong.error().size() == 1);
  CHECK(wrong.error()[0].code == "E603");
  CHECK(wrong.error()[0].help == "it is about sizes alone: choose others");
  CHECK(einsum::random_inputs<double>(cascade, sizes_of(cascade, {{"K", 9}}), 1));
}

TEST_CASE("a gather through a fraction is E604", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 3, N: 4}\ndeclaration: {A: [N], X: [K]}\ntypes: {X: index}\n"
      "expressions: |\n  Z[k] = A[X[k]]\n");
  const auto a = tensor({4}, {1, 2, 3, 4});
  CHECK_THAT(failure_of(cascade, {}, {{"A", a}, {"X", tensor({3}, {0, 1, 1.5})}}),
             StartsWith("E604") && Contains("'X'") && Contains("1.5 at [2]"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THAT(failure_of(cascade, {}, {{"A", a}, {"X", tensor({3}, {nan, 1, 1})}}),
             StartsWith("E604"));
}

TEST_CASE("an opaque function cannot be evaluated and is E605", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 3}\ndeclaration: {A: [K]}\nfunctions: {opaque: {mystery: {arity: 1}}}\n"
      "expressions: |\n  Z[k] = mystery(A[k])\n");
  CHECK_THAT(failure_of(cascade, {}, {{"A", tensor({3}, {1, 2, 3})}}),
             StartsWith("E605") && Contains("'mystery'"));
}

TEST_CASE("a divisor that is zero for the given sizes is E225", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 3, H: 2, G: 2}\ndeclaration: {A: [K]}\nexpressions: |\n"
      "  Z[k] = A[k // (H - G)]\n");
  const auto sizes = einsum::bind_sizes(cascade, {});
  REQUIRE_FALSE(sizes);
  CHECK(sizes.error()[0].code == "E225");
  CHECK(
      run(cascade, sizes_of(cascade, {{"H", 4}}), {{"A", tensor({3}, {1, 2, 3})}}).at("Z").values ==
      std::vector<double>{1, 1, 2});
}

TEST_CASE("every code of the evaluator is documented once", "[eval]") {
  std::string last;
  for (const base::ErrorCode& code : einsum::eval_error_codes()) {
    CHECK(last < code.code);
    CHECK_FALSE(code.title.empty());
    CHECK_FALSE(code.explanation.empty());
    last = code.code;
  }
}

TEST_CASE("random inputs are seeded, and respect types and assumptions", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {B: 50, K: 6, N: 4, M0: 3}\n"
      "declaration: {A: [B, N], X: [B], Y: [B], L: [B], T: [B], I: [B], P: [B]}\n"
      "types: {X: index, Y: index, L: index, T: bool, I: int8}\n"
      "assume: [positive(P), \"X[b] != 1\"]\nexpressions: |\n"
      "  Z[b] = A[b, X[b]] + I[b] * P[b] where T[b]\n"
      "  W[b, k] = A[b, Y[b] * 2] where k < L[b]\n");
  const auto sizes = sizes_of(cascade, {{"B", 5}});
  const auto one = inputs_of(cascade, sizes, 1), again = inputs_of(cascade, sizes, 1),
             two = inputs_of(cascade, sizes, 2);
  for (const auto& [name, values] : one) CHECK(values.values == again.at(name).values);
  CHECK(one.at("A").values != two.at("A").values);
  const auto within = [&](const char* name, double low, double high) {
    for (const double x : one.at(name).values) {
      CHECK(x >= low);
      CHECK(x <= high);
    }
  };
  within("A", -1, 1);
  within("X", 0, 3);
  within("Y", 0, 1);  // 2 * Y must stay below N
  within("L", 1, 6);
  within("T", 0, 1);
  within("I", -8, 7);
  within("P", 0.0625, 1);
  for (const double x : one.at("X").values) CHECK(x != 1);
}

TEST_CASE("assumptions that no random input meets are E603", "[eval]") {
  const auto cascade = cascade_of(
      "ranks: {K: 3, N: 2}\ndeclaration: {A: [N], X: [K]}\ntypes: {X: index}\n"
      "assume: [\"X[k] > 5\"]\nexpressions: |\n  Z[k] = A[X[k]]\n");
  const auto inputs = einsum::random_inputs<double>(cascade, sizes_of(cascade), 1);
  REQUIRE_FALSE(inputs);
  CHECK(inputs.error().front().code == "E603");
}

}  // namespace
}  // namespace einfall::tests
