// From names to ids: batch, share, inference, nested and implied reductions, roles, types.
#include "tests/einsum/language/support.hpp"

namespace einfall::einsum {
namespace {

std::string einsums(const std::string& text) { return test::einsums_of(test::load(text)); }

const Tensor& tensor(const Cascade& cascade, const char* name) {
  const auto id = cascade.find_tensor(name);
  REQUIRE(id);
  return cascade[*id];
}

std::string ranks_of(const Cascade& cascade, const char* name) {
  std::string out;
  for (const RankId rank : tensor(cascade, name).ranks)
    out += (out.empty() ? "" : " ") + cascade[rank].name;
  return out;
}

}  // namespace

TEST_CASE("nested reductions become Einsums with the conditions that concern them", "[language]") {
  const std::string head =
      "einfall: 1\nranks: {M: 4, P: 4, E: 2}\nvars: {q: P}\n"
      "declaration: {A: [M, P], X: [E], W: [P]}\nexpressions: |\n";
  CHECK(einsums(head + "  Z[p] = W[p] / sum[m](A[m, p]) where m < p, p > 0\n") ==
        "Z_sum[p] = sum[m](A[m, p]) where m < p, p > 0\n"
        "Z[p] = W[p] / Z_sum[p] where p > 0\n");
  // A condition that ties a reduced variable to a kept one brings the kept one in.
  CHECK(einsums(head + "  Z[p] = 1 + sum[e](X[e]) where e <= p\n") ==
        "Z_sum[p] = sum[e](X[e]) where e <= p\nZ[p] = 1 + Z_sum[p]\n");
  // A condition on two separate reductions limits both.
  CHECK(einsums(head + "  Z[p] = sum[e](X[e]) * max[e](X[e]) + W[p] where e > 0\n") ==
        "Z_sum = sum[e](X[e]) where e > 0\nZ_max = max[e](X[e]) where e > 0\n"
        "Z[p] = Z_sum * Z_max + W[p]\n");
  CHECK(einsums(head + "  Z = 2 * sum[m](max[p](A[m, p]))\n") ==
        "Z_max[m] = max[p](A[m, p])\nZ_sum = sum[m](Z_max[m])\nZ = 2 * Z_sum\n");
  CHECK(test::remarks_of(head + "  Z[p] = W[p] * X[e] / sum[m](A[m, p])\n") == "N1");
}

TEST_CASE("a variable that cancels is refused in an index and summed in a value", "[language]") {
  const std::string head =
      "einfall: 1\nranks: {K: 4, M: 6}\ndeclaration: {X: [K], Y: [M]}\nexpressions: |\n";
  CHECK(test::errors_of(head + "  A = X[k] * Y[m - m]\n") == "E315 5:16");
  CHECK(test::errors_of(head + "  A = X[k] * Y[0 * m]\n") == "E315 5:16");
  CHECK(test::errors_of(head + "  A = X[k] where m - m == 0\n") == "E315 5:18");
  CHECK(test::errors_of(head + "  A = sum[k](X[k] * Y[m - m])\n") == "E315 5:23");
  CHECK(test::errors_of(head + "  A = sum[m](Y[m]) * X[m - m]\n") == "E315 5:24");
  // Where it occurs anyway nothing is lost.
  CHECK(einsums(head + "  A = X[k] * Y[m - k + k]\n") == "A = sum[k, m](X[k] * Y[m])\n");
  CHECK(einsums(head + "  A = sum[m](Y[m - m])\n") == "A = sum[m](Y[0])\n");
  CHECK(einsums(head + "  A[m] = Y[m - m] where 0 * m < 1\n") == "A[m] = Y[0] where 0 < 1\n");
  CHECK(einsums(head + "  A = 1 + sum[m](Y[m]) where m - m < 1\n").find("Y[m]") !=
        std::string::npos);
  CHECK(einsums(head + "  A = X[k] * Y[m - m + m]\n") == "A = sum[k, m](X[k] * Y[m])\n");
  CHECK(einsums(head + "  A = X[k] * (m - m)\n") == "A = sum[k, m](X[k] * (m - m))\n");
  CHECK(test::errors_of(head + "  A = X[k] + k * m\n") == "E310 5:7");
  CHECK(einsums(head + "  A = X[k] * 0 * m\n") == "A = sum[k, m](X[k] * 0 * m)\n");
  CHECK(einsums(head + "  A = X[k] * (m + k - m)\n") == "A = sum[k, m](X[k] * (m + k - m))\n");
}

TEST_CASE("generated names avoid tensors and ranks", "[language]") {
  CHECK(einsums("einfall: 1\nranks: {M: 4, Z_sum2: 3}\ndeclaration: {A: [M], Z_sum: []}\n"
                "expressions: |\n  Z = Z_sum * sum[m](A[m])\n") ==
        "Z_sum3 = sum[m](A[m])\nZ = Z_sum * Z_sum3\n");
}

TEST_CASE("implied sums follow explicit ones, whole or nested", "[language]") {
  const std::string head =
      "einfall: 1\nranks: {M: 4, P: 4, E: 2}\n"
      "declaration: {Q: [E, P], K: [E, M]}\nexpressions: |\n";
  CHECK(einsums(head + "  Z[p] = sum[m](Q[e, p] * K[e, m])\n") ==
        "Z[p] = sum[m, e](Q[e, p] * K[e, m])\n");
  CHECK(einsums(head + "  Z[p] = max[m](Q[e, p] * K[e, m])\n") ==
        "Z_max[p, e] = max[m](Q[e, p] * K[e, m])\nZ[p] = sum[e](Z_max[p, e])\n");
  CHECK(einsums(head + "  Z[p] = Q[e, p] * K[e, m] - Q[e, p] * K[e, m] / 2\n") ==
        "Z[p] = sum[e, m](Q[e, p] * K[e, m] - Q[e, p] * K[e, m] / 2)\n");
  CHECK(test::errors_of(head + "  Z[p] = Q[e, p] * K[e, m] - Q[e, p]\n") == "E310 5:30");
  // Not a top-level sum: the whole right side is summed.
  CHECK(einsums(head + "  Z[p] = exp(Q[e, p] + 1)\n") == "Z[p] = sum[e](exp(Q[e, p] + 1))\n");
}

TEST_CASE("batch ranks lead every tensor, and heads are summed where the left side drops them",
          "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {B: 2, H: 4, P: 3, F: 5, D: 6}\nbatch: [B, H]\n"
      "share: {Z: {H: ~}, X: {H: ~, B: ~}}\n"
      "declaration: {AV: [F, P], WO: [F, D], X: [D]}\n"
      "expressions: |\n  Z[d, p] = AV[f, p] * WO[f, d]\n  Y[d, p] = Z[d, p] + X[d]\n");
  CHECK(test::einsums_of(cascade) ==
        "Z[b, d, p] = sum[h, f](AV[b, h, f, p] * WO[b, h, f, d])\n"
        "Y[b, h, d, p] = Z[b, d, p] + X[d]\n");
  CHECK(ranks_of(cascade, "Z") == "B D P");
  CHECK(ranks_of(cascade, "AV") == "B H F P");
  test::check_round_trip(cascade);
}

TEST_CASE("a batch rank may have a variable of another name", "[language]") {
  CHECK(einsums("einfall: 1\nranks: {HQ: 4, Mx: 3}\nvars: {h: HQ, x: Mx}\nbatch: [HQ, Mx]\n"
                "declaration: {A: []}\nexpressions: |\n  Z = A * 2\n") ==
        "Z[hq, x] = A[hq, x] * 2\n");
  CHECK(test::errors_of("einfall: 1\nranks: {Mx: 3}\nbatch: [Mx]\ndeclaration: {A: []}\n"
                        "expressions: |\n  Z = A * 2\n") == "E215 3:9");
}

TEST_CASE("labels place indices by rank", "[language]") {
  CHECK(einsums("einfall: 1\nranks: {M: 4, P: 4}\ndeclaration: {A: [M, P], B: [M]}\n"
                "expressions: |\n  Z[P: p, M: m] = A[P: m, M: p] * A[P: p, m] * B[M: p + 0]\n") ==
        "Z[p, m] = A[p, m] * A[m, p] * B[p]\n");
}

TEST_CASE("renames hold in their own line", "[language]") {
  CHECK(einsums("einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K], B: [K]}\nexpressions:\n"
                "  - {einsum: 'Z = I[k] * W[k]', renames: {I: A, W: B}, where: ['k < 2']}\n"
                "  - 'Y = A[k] * Z'\n") ==
        "Z = sum[k](A[k] * B[k]) where k < 2\nY = sum[k](A[k] * Z)\n");
}

TEST_CASE("equal subexpressions are one node, argument or not", "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\nfunctions: {'f(x)': 'x*x + x'}\n"
      "expressions: |\n  Z[k] = f(exp(A[k])) * exp(A[k])\n");
  CHECK(print(cascade, cascade.einsums[0]) ==
        "Z[k] = (exp(A[k]) * exp(A[k]) + exp(A[k])) * exp(A[k])");
  CHECK(cascade.exprs.size() == 5);  // A[k], exp, x*x, + x, * exp
  test::check_round_trip(cascade);
}

TEST_CASE("roles follow from outputs, or from who reads whom", "[language]") {
  const std::string head = "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\n";
  const std::string body =
      "expressions: |\n  X[k] = A[k] * 2\n  Z = X[k]\n"
      "  S[k+1] = (S[k] ?? 0) + A[k]\n";
  const Cascade inferred = test::load(head + body);
  CHECK(tensor(inferred, "A").role == TensorRole::kInput);
  CHECK(tensor(inferred, "X").role == TensorRole::kIntermediate);
  CHECK(tensor(inferred, "Z").role == TensorRole::kOutput);
  CHECK(tensor(inferred, "S").role == TensorRole::kOutput);  // read by itself only
  const Cascade given = test::load(head + body + "outputs: [X]\n");
  CHECK(tensor(given, "X").role == TensorRole::kOutput);
  CHECK(tensor(given, "Z").role == TensorRole::kIntermediate);
}

TEST_CASE("the most specific type wins, member by member", "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\n"
      "types:\n  default: {dtype: fp32, accumulate: fp64, fill: 1}\n  Inputs: bf16\n"
      "  Z: {dtype: fp16, order: tree(4)}\n"
      "expressions: |\n  X[k] = A[k] * 2\n  Z = X[k]\n  I = argmax[k](X[k])\n");
  CHECK(tensor(cascade, "A").type.dtype == DataType::kBf16);
  CHECK(tensor(cascade, "A").type.accumulate == AccumulatorType(DataType::kFp64));
  CHECK(tensor(cascade, "X").type.dtype == DataType::kFp32);
  const TypeSpec& z = tensor(cascade, "Z").type;
  CHECK(z.dtype == DataType::kFp16);
  CHECK(z.fill == 1);
  REQUIRE(z.order);
  CHECK(z.order->kind == base::numerics::Order::Kind::kTree);
  CHECK(z.order->width == 4);
  CHECK(tensor(cascade, "I").type.dtype == DataType::kIndex);
  test::check_round_trip(cascade);
}

TEST_CASE("accumulators and orders of matrix engines survive printing", "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\n"
      "types:\n  X: {accumulate: fixed(32/16), order: matrix(16/24)}\n"
      "  Y: {accumulate: fixed(24), order: matrix(8)}\n"
      "expressions: |\n  X = A[k]\n  Y = A[k] * A[k]\n");
  using base::numerics::FixedFormat;
  using base::numerics::Order;
  const TypeSpec& x = tensor(cascade, "X").type;
  CHECK(x.accumulate == AccumulatorType(FixedFormat{"fixed", 32, 16}));
  CHECK(x.order == Order{Order::Kind::kMatrix, 16, 24});
  const TypeSpec& y = tensor(cascade, "Y").type;
  CHECK(y.accumulate == AccumulatorType(FixedFormat{"fixed", 24, 0}));
  CHECK(y.order == Order{Order::Kind::kMatrix, 8, 0});
  test::check_round_trip(cascade);
}

TEST_CASE("an initial slice among the expressions is an init line", "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\n"
      "expressions: |\n  X[k+1] = X[k] * A[k]\n  X[0] = 1\n  Z = X[K]\n");
  REQUIRE(cascade.einsums.size() == 3);
  CHECK(cascade.einsums[0].is_init);
  CHECK(print(cascade, cascade.einsums[0]) == "X[0] = 1");
  test::check_round_trip(cascade);
}

TEST_CASE("opaque functions, assumptions, aliases and names survive", "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nname: a b\ndoc: \"two\\nlines\"\nranks: {M: 4, P: M, \"NULL\": 2}\n"
      "functions:\n  opaque:\n    g: {arity: 2, monotone: increasing, range: [-inf, 1], cost: 4}\n"
      "declaration: {A: [M, 'NULL'], B: [P]}\n"
      "expressions:\n"
      "  - {einsum: 'Z[m, p] = g(A[m, null], B[p])', name: score, doc: \"a 'doc'\"}\n"
      "assume: [finite(A), positive(B), 'M == P and P > 1']\n"
      "expect: {passes: {M: 1, P: 2 + M}, fine: {M + P: 1}}\nalias: {P: N, M: N}\n");
  CHECK(cascade.einsums[0].name == "score");
  CHECK(cascade.assumptions.size() == 4);
  REQUIRE(cascade.expectations.size() == 3);
  CHECK(cascade.expectations[1].count == "2+M");
  CHECK(cascade.expectations[2].ranks == std::vector<std::string>{"M", "P"});
  test::check_round_trip(cascade);
}

}  // namespace einfall::einsum
