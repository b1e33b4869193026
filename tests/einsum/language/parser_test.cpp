#include "einsum/language/parser.hpp"

#include "tests/einsum/language/support.hpp"

namespace einfall::einsum {
namespace {

// The first error of a line: "E102 12: expected ...".
std::string error_of(const std::string& line) {
  base::Diagnostics sink;
  Origin origin;
  origin.start.line = 1;
  origin.start.column = 1;
  const auto statement = parse_statement(line, origin, sink);
  CHECK(statement.has_value() == sink.empty());
  if (sink.empty()) return "fine";
  CHECK(sink.size() == 1);
  return sink[0].code + " " + std::to_string(sink[0].span.column) + ": " + sink[0].message;
}

// How a right side comes out of parsing, lowering and printing.
std::string body(const std::string& text) {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {K: 8, M: 8, L: 4}\nparams: {x: 2, y: 3, z: 4}\n"
      "declaration: {A: [K], B: [K], C: [K], S: []}\n"
      "expressions: |\n  Z[k, m] = " +
      text + "\n");
  const std::string line = print(cascade, cascade.einsums.back());
  return line.substr(line.find(" = ") + 3);
}

}  // namespace

TEST_CASE("operators associate to the left and bind as in C", "[language]") {
  CHECK(body("A[k] - B[k] - C[k]") == "A[k] - B[k] - C[k]");
  CHECK(body("A[k] - (B[k] - C[k])") == "A[k] - (B[k] - C[k])");
  CHECK(body("A[k] + B[k] * C[k]") == "A[k] + B[k] * C[k]");
  CHECK(body("(A[k] + B[k]) * C[k]") == "(A[k] + B[k]) * C[k]");
  CHECK(body("A[k] / B[k] * C[k]") == "A[k] / B[k] * C[k]");
  CHECK(body("A[k] / (B[k] * C[k])") == "A[k] / (B[k] * C[k])");
  CHECK(body("-A[k] * B[k]") == "-A[k] * B[k]");
  CHECK(body("-(A[k] * B[k])") == "-(A[k] * B[k])");
  CHECK(body("((A[k]))") == "A[k]");
}

TEST_CASE("the else operator binds loosest", "[language]") {
  CHECK(body("A[k] * B[k] ?? 0") == "A[k] * B[k] ?? 0");
  CHECK(body("A[k] * (B[k] ?? 0)") == "A[k] * (B[k] ?? 0)");
  CHECK(body("A[k] + (B[k] ?? 0) ?? B[k]") == "A[k] + (B[k] ?? 0) ?? B[k]");
  CHECK(body("A[k] ?? B[k] ?? C[k]") == "A[k] ?? B[k] ?? C[k]");
  CHECK(body("A[k] ?? (B[k] ?? C[k])") == "A[k] ?? (B[k] ?? C[k])");
}

TEST_CASE("index arithmetic in value position is one node", "[language]") {
  CHECK(body("pow(x, L-1-m)") == "pow(x, -m + |L| - 1)");
  CHECK(body("m + 1 - k - 1") == "m - k");
  CHECK(body("A[k] * (m - k)") == "A[k] * (m - k)");
  CHECK(body("0.5 * m") == "0.5 * m");
  CHECK(body("2 * m * L") == "2*m*|L|");
  CHECK(body("m // 2 + k % L") == "(m // 2) + (k % |L|)");
  CHECK(body("m - m") == "m - m");
  CHECK(body("|K| / |M|") == "|K| / |M|");
}

TEST_CASE("functions, constants and bare names parse", "[language]") {
  CHECK(body("max(A[k], B[k], 0)") == "max(A[k], B[k], 0)");
  CHECK(body("convert_bf16(A[k])") == "convert_bf16(A[k])");
  CHECK(body("A[k] * S") == "A[k] * S");
  CHECK(body("A[k] * K") == "A[k] * |K|");
  CHECK(body("-inf") == "-inf");
  CHECK(body("x*1e-6 + 1e300") == "x * 1e-06 + 1e+300");
}

TEST_CASE("take is select with a constant condition", "[language]") {
  CHECK(body("take(A[k], B[k], 0)") == "select(1, A[k], B[k])");
  CHECK(body("take(A[k], B[k], 1)") == "select(0, A[k], B[k])");
  CHECK(error_of("Z[k] = take(A[k], B[k], 2)") ==
        "E205 8: take expects two operands and 0 or 1: take(a, b, 0)");
}

TEST_CASE("a trailing reduction is the outermost one", "[language]") {
  const Cascade cascade = test::load(
      "einfall: 1\nranks: {K: 8, M: 8}\ndeclaration: {A: [K, M]}\nexpressions: |\n"
      "  Z[m] = exp(A[k, m]) :: max[k] where k < m\n");
  CHECK(print(cascade, cascade.einsums[0]) == "Z[m] = max[k](exp(A[k, m])) where k < m");
}

TEST_CASE("conditions: chains, junctions, negations, parentheses of both kinds", "[language]") {
  const auto where = [](const std::string& text) {
    const std::string all = body("A[k] * B[k] where " + text);
    return all.substr(all.find("where ") + 6);
  };
  CHECK(where("k - 2 < m <= k") == "k - 2 < m, m <= k");
  CHECK(where("k < 3 and m > 2") == "k < 3, m > 2");
  CHECK(where("k < 3 or m > 2 and m < 5") == "k < 3 or m > 2 and m < 5");
  CHECK(where("(k < 3 or m > 2) and m < 5") == "k < 3 or m > 2, m < 5");
  CHECK(where("not (k < 3 or (m > 2 and m < 5))") == "not (k < 3 or m > 2 and m < 5)");
  CHECK(where("((k + 1)*2 < m)") == "2*k + 2 < m");
  CHECK(where("(k) < (m)") == "k < m");
  CHECK(where("not present(C[k]), k != m") == "not present(C[k]), k != m");
  CHECK(where("not not k < 3") == "not not k < 3");
}

TEST_CASE("filters become conditions", "[language]") {
  CHECK(body("A[k: k < 3] * B[k: k > 1 and m < k]") == "A[k] * B[k] where k < 3, k > 1, m < k");
}

TEST_CASE("each syntax error is one located message", "[language]") {
  CHECK(error_of("Z = A[k") == "E102 8: expected ']', found end of line");
  CHECK(error_of("Z A[k]") == "E102 3: expected '=' after the left side, found 'A'");
  CHECK(error_of("Z = ") == "E102 5: expected a value, found end of line");
  CHECK(error_of("Z = A[k] where") == "E102 15: expected an index, found end of line");
  CHECK(error_of("Z = A[k] where k") == "E102 17: expected a comparison, found end of line");
  CHECK(error_of("Z = sum[K](A[k])") == "E102 9: expected a rank variable, found 'K'");
  CHECK(error_of("Z = sum[k]A[k]") ==
        "E102 11: expected '(' after the reduced variables, found 'A'");
  CHECK(error_of("Z = A[k/2]") == "E109 8: '/' in an index");
  CHECK(error_of("Z = A[exp(k)]") == "E109 7: 'exp(' in an index; indices know + - * // % only");
  CHECK(error_of("Z = A[k] * 1e999") == "E103 12: number out of the range of a double");
  CHECK(error_of("Z = A[99999999999999999999]") == "E103 7: an integer above 2^53");
  CHECK(error_of("Z = A[k] where (k < 2") == "E102 22: expected ')', found end of line");
  CHECK(error_of("= A[k]") == "E102 1: expected a tensor, found '='");
  CHECK(error_of("") == "E102 1: expected a tensor, found end of line");
}

TEST_CASE("the head of a function has a name and parameters", "[language]") {
  base::Diagnostics sink;
  const auto head = parse_function_head("f(x, y)", {}, sink);
  REQUIRE(head);
  CHECK(head->name.text == "f");
  REQUIRE(head->params.size() == 2);
  CHECK(head->params[1].text == "y");
  CHECK_FALSE(parse_function_head("f(X)", {}, sink));
  CHECK_FALSE(parse_function_head("f", {}, sink));
}

}  // namespace einfall::einsum
