// Places and codes of the errors and warnings; each code has a file of its own in tests/error.
#include "tests/einsum/language/support.hpp"

namespace einfall::einsum {

TEST_CASE("a variable without a rank is shown under the caret", "[language]") {
  base::Diagnostics remarks;
  const auto cascade = test::try_load(
      "einfall: 1\nranks: {M: 4, P: 4, E: 2}\ndeclaration: {Q: [E, P], K: [E, M]}\n"
      "expressions: |\n  QK[m, p] = Q[e, p] * K[e, z]\n",
      remarks);
  REQUIRE_FALSE(cascade);
  CHECK(base::render(cascade.error()) ==
        "test.yaml:5:29: error[E204]: rank variable 'z' has no rank (no 'Z' in ranks)\n"
        "     5 |   QK[m, p] = Q[e, p] * K[e, z]\n"
        "       |                             ^\n"
        "  help: known here: e m p; a second variable on a rank goes into 'vars'\n");
}

TEST_CASE("columns are exact in blocks, plain items, quoted items and dicts", "[language]") {
  const std::string head = "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\n";
  CHECK(test::errors_of(head + "expressions: |\n  # a comment\n\n  Z = A[z]\n") == "E204 7:9");
  CHECK(test::errors_of(head + "expressions:\n  - Z = A[z]\n") == "E204 5:11");
  CHECK(test::errors_of(head + "expressions:\n  - 'Z = A[z]'\n") == "E204 5:12");
  CHECK(test::errors_of(head + "expressions:\n  - {einsum: \"Z = A[z]\"}\n") == "E204 5:21");
  CHECK(test::errors_of(head + "expressions: Z = A[z]\n") == "E204 4:20");
  // Escapes hide the columns: the whole text is shown.
  CHECK(test::errors_of(head + "expressions:\n  - \"Z = A[\\x7a]\"\n") == "E204 5:5");
}

TEST_CASE("one run reports the errors of every line", "[language]") {
  CHECK(test::errors_of("einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\nexpressions: |\n"
                        "  X = A[k\n  Y = 3 +\n  Z[k] = A[k] $\n") ==
        "E102 5:10; E102 6:10; E101 7:15");
  CHECK(test::errors_of("einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\nexpressions: |\n"
                        "  X = A[z]\n  Y = B[k]\n  Z = f(A[k])\n") ==
        "E204 5:9; E202 6:7; E201 7:7");
}

TEST_CASE("a second write shows the first", "[language]") {
  base::Diagnostics remarks;
  const auto cascade = test::try_load(
      "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\n"
      "expressions: |\n  Z[k] = A[k]\n  Z[k] = 2 * A[k]\n",
      remarks);
  REQUIRE_FALSE(cascade);
  REQUIRE(cascade.error().size() == 1);
  CHECK(cascade.error()[0].span.line == 6);
  REQUIRE(cascade.error()[0].notes.size() == 1);
  CHECK(cascade.error()[0].notes[0].span.line == 5);
}

TEST_CASE("slices that cannot meet may be written apart", "[language]") {
  const std::string head =
      "einfall: 1\nranks: {K: 4, I: 3}\ndeclaration: {A: [K], X: [I, K]}\n"
      "expressions: |\n";
  CHECK(test::load(head + "  X[0, k] = A[k]\n  X[1, k] = 2*A[k]\n  X[2, k] = 3*A[k]\n")
            .einsums.size() == 3);
  CHECK(test::errors_of(head + "  X[0, k] = A[k]\n  X[i, k] = 2*A[k]\n") == "E301 6:3");
  CHECK(test::errors_of(head + "  X[0, k] = A[k]\n  X[0, k] = 2*A[k]\n") == "E301 6:3");
}

TEST_CASE("left sides are variables, steps, splits and injective strides", "[language]") {
  const std::string head =
      "einfall: 1\nranks: {K: 4, I: 3, J: 2, N: I*K, W: 2*K, L: K}\n"
      "declaration: {A: [I, K], B: [K], Z: [N], Y: [W], V: [I, J, K], X: [K, K]}\n"
      "expressions: |\n";
  CHECK(test::load(head + "  Z[i*K + k] = A[i, k]\n").einsums.size() == 1);
  CHECK(test::load(head + "  Z[i*K + l] = A[i, l]\n").einsums.size() == 1);  // |L| = |K|
  CHECK(test::load(head + "  Y[2*k] = B[k]\n").einsums.size() == 1);
  CHECK(test::load(head + "  X[k, k] = B[k]\n").einsums.size() == 1);
  CHECK(test::errors_of(head + "  Z[i*J + k] = A[i, k]\n") == "E306 5:5");
  CHECK(test::errors_of(head + "  Z[i + k] = A[i, k]\n") == "E306 5:5");
  CHECK(test::errors_of(head + "  Y[k // 2] = B[k]\n") == "E306 5:5");
}

TEST_CASE("an iterative tensor needs a beginning exactly where it needs its own past",
          "[language]") {
  const std::string head = "einfall: 1\nranks: {K: 4}\ndeclaration: {A: [K]}\nexpressions: |\n";
  CHECK(test::errors_of(head + "  X[k+1] = X[k] + A[k]\n") == "E305 5:3");
  CHECK(test::errors_of(head + "  X[k+1] = (A[k] ?? X[k]) + A[k]\n") == "E305 5:3");
  CHECK(test::load(head + "  X[k+1] = (X[k] ?? 0) + A[k]\n").einsums.size() == 1);
  CHECK(test::load(head + "  X[k+1] = A[k]\n").einsums.size() == 1);  // a shift
  CHECK(test::errors_of(head + "  X[k+1] = X[k+1] * A[k]\n").substr(0, 4) != "no e");
}

TEST_CASE("the range of an index is proven by sizes, numbers, splits or conditions", "[language]") {
  const auto warns = [](const std::string& ranks, const std::string& line) {
    const std::string codes =
        test::remarks_of("einfall: 1\nranks: {" + ranks +
                         "}\ndeclaration: {A: [K]}\nexpressions: |\n  " + line + "\n");
    return codes.find("W2") != std::string::npos;
  };
  CHECK_FALSE(warns("K: 8", "Z[k] = A[k]"));
  CHECK(warns("K: 8", "Z[k] = A[k + 1]"));
  CHECK(warns("K: 8", "Z[k] = A[k - 1]"));
  CHECK_FALSE(warns("K: 8", "Z[k] = A[k - 1] where k > 0"));
  CHECK_FALSE(warns("K, W: K - 2", "Z[w] = A[w + 2]"));
  CHECK_FALSE(warns("K: 8, W: 6", "Z[w] = A[w + 2]"));
  CHECK(warns("K: 8, W: 7", "Z[w] = A[w + 2]"));
  CHECK_FALSE(warns("I, J, K: I*J", "Z[i, j] = A[i*J + j]"));
  CHECK_FALSE(warns("K, J, I: ceil(K / J)", "Z[i, j] = A[i*J + j]"));
  CHECK_FALSE(warns("K, J, I: K / J", "Z[i, j] = A[i*J + j]"));
  CHECK(warns("K, J, I: K", "Z[i, j] = A[i*J + j]"));
  CHECK_FALSE(warns("K, H, G: H / K", "Z[h] = A[h // G]"));
  CHECK_FALSE(warns("K, H", "Z[h] = A[h % K]"));
  CHECK(warns("K: 8, H: 64, G: 4", "Z[h] = A[h // G]"));
  CHECK_FALSE(warns("K: 8, H: 64, G: 8", "Z[h] = A[h // G]"));
}

}  // namespace einfall::einsum
