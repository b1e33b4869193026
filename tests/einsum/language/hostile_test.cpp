// Input made to hurt: every case ends in a located error (or loads), soon and on a small stack.
#include <fmt/format.h>
#include <chrono>

#include "tests/einsum/language/support.hpp"
#include "tests/support/sanitized.hpp"

namespace einfall::einsum {
namespace {

const std::string kHead = "einfall: 1\nranks: {K: 8}\ndeclaration: {A: [K], B: [K]}\n";

std::string repeat(const std::string& text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// The first error's code; the time is bounded loosely, since tests share the machine.
std::string code_of(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  base::Diagnostics remarks;
  const auto cascade = test::try_load(text, remarks);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  CHECK(elapsed.count() < (tests::kSanitized ? 20.0 : 5.0));
  if (cascade) return "fine";
  CHECK(cascade.error().size() < 250);
  CHECK(cascade.error()[0].span.file != nullptr);
  return cascade.error()[0].code;
}

std::string line(const std::string& body) { return kHead + "expressions: |\n  " + body + "\n"; }

}  // namespace

TEST_CASE("deep nesting of every kind is an error, not a stack overflow", "[language][hostile]") {
  const std::size_t deep = 15000;
  CHECK(code_of(line("Z = " + repeat("(", deep) + "A[k]" + repeat(")", deep))) == "E107");
  const std::size_t n = 6000;
  CHECK(code_of(line("Z = " + repeat("(", n) + "A[k]" + repeat(")", n))) == "E106");
  CHECK(code_of(line("Z = " + repeat("-", n) + "A[k]")) == "E106");
  CHECK(code_of(line("Z = " + repeat("exp(", n) + "A[k]" + repeat(")", n))) == "E106");
  CHECK(code_of(line("Z = " + repeat("A[", n) + "k" + repeat("]", n))) == "E106");
  CHECK(code_of(line("Z = " + repeat("max[k](", n / 3) + "A[k]" + repeat(")", n / 3))) == "E106");
  CHECK(code_of(line("Z = A[" + repeat("(", n) + "k" + repeat(")", n) + "]")) == "E106");
  CHECK(code_of(line("Z = A[k] where " + repeat("(", n) + "k < 2" + repeat(")", n))) == "E106");
  CHECK(code_of(line("Z = A[k] where " + repeat("not ", n) + "k < 2")) == "E106");
  CHECK(code_of(line("Z = A[k] where " + repeat("(", n) + "k" + repeat(")", n) + " < 2")) ==
        "E106");
  CHECK(code_of(line("Z = " + repeat("(", n))) == "E106");
}

TEST_CASE("long chains are an error once they are deep", "[language][hostile]") {
  CHECK(code_of(line("Z = A[k]" + repeat(" + A[k]", 450))) == "fine");
  CHECK(code_of(line("Z = A[k]" + repeat(" + A[k]", 2000))) == "E106");
  CHECK(code_of(line("Z = A[k]" + repeat(" ?? A[k]", 2000))) == "E106");
  CHECK(code_of(line("Z = A[k" + repeat(" + k", 2000) + "]")) == "E106");
  CHECK(code_of(line("Z = A[k] where k < 2" + repeat(" or k < 2", 2000))) == "fine");
  CHECK(code_of(line("Z = A[k] where k" + repeat(" < k", 5000))) == "E107");
}

TEST_CASE("megabytes on one line end quickly", "[language][hostile]") {
  CHECK(code_of(line("Z = A[k]" + repeat(" + A[k]", 140'000))) == "E107");
  CHECK(code_of(line("Z = " + repeat("1", 1'000'000))) == "E103");
  CHECK(code_of(line(repeat("Z", 1'000'000))) == "E107");
  CHECK(code_of(line(repeat("$", 1'000'000))) == "E101");
  CHECK(code_of(line("Z = A[k] " + repeat("#", 1'000'000))) == "fine");
}

TEST_CASE("functions that double each other are stopped", "[language][hostile]") {
  std::string functions = "functions:\n";
  for (int i = 0; i < 60; ++i)
    functions += fmt::format("  \"f{}(x)\": \"f{}(x) + f{}(x)\"\n", i, i + 1, i + 1);
  functions += "  \"f60(x)\": \"x\"\n";
  CHECK(code_of(kHead + functions + "expressions: |\n  Z[k] = f0(A[k]) * B[k]\n") == "E107");
  // Doubling by argument: few nodes, but 2^40 operators written out.
  std::string call = "A[k]";
  for (int i = 0; i < 40; ++i) call = "twice(" + call + ")";
  CHECK(code_of(kHead + "functions: {\"twice(x)\": \"x + x\"}\nexpressions: |\n  Z[k] = " + call +
                " * B[k]\n") == "E107");
}

TEST_CASE("polynomials in sizes stay small", "[language][hostile]") {
  std::string ranks;
  for (int i = 0; i < 40; ++i) ranks += fmt::format("R{}, ", i);
  std::string sum = "R0";
  for (int i = 1; i < 40; ++i) sum += fmt::format(" + R{}", i);
  const std::string head = "einfall: 1\nranks: {" + ranks + "K: 8}\ndeclaration: {A: [K]}\n";
  CHECK(code_of(head + "expressions: |\n  Z[k] = A[k*(" + sum + ")*(" + sum + ")]\n") == "E107");
  CHECK(code_of(head + "expressions: |\n  Z[k] = A[k*R0*R0*R0*R0*R0*R0*R0*R0*R0]\n") == "E107");
  CHECK(code_of(head + "expressions: |\n  Z[k] = A[k*9007199254740992*9007199254740992]\n") ==
        "E107");
  std::string chain = "R0: 2";
  for (int i = 1; i < 2000; ++i) chain += fmt::format(", R{}: R{} * R{}", i, i - 1, i - 1);
  CHECK(code_of("einfall: 1\nranks: {" + chain +
                "}\ndeclaration: {A: [R0]}\nexpressions: |\n"
                "  Z = A[r0]\n") == "fine");
}

TEST_CASE("thousands of Einsums load or are too many", "[language][hostile]") {
  const auto chain = [](int count) {
    std::string text = kHead + "expressions: |\n  X0[k] = A[k] * B[k]\n";
    for (int i = 1; i < count; ++i) text += fmt::format("  X{}[k] = X{}[k] * A[k]\n", i, i - 1);
    return text;
  };
  CHECK(code_of(chain(4000)) == "fine");
  CHECK(code_of(chain(5000)) == "E025");
  std::string nested = kHead + "expressions: |\n";
  for (int i = 0; i < 100; ++i)
    nested += fmt::format("  X{}[k] = A[k]{}\n", i, repeat(" + sum[j](B[j])", 60));
  CHECK(code_of(nested + "vars: {j: K}\n") == "E025");
  CHECK(code_of(kHead + "vars: {j: K}\nexpressions: |\n  Z[k] = A[k]" +
                repeat(" + sum[j](B[j])", 65) + "\n") == "E107");
  std::string slices = "einfall: 1\nranks: {K: 8}\ndeclaration: {X: [K]}\nexpressions: |\n";
  for (int i = 0; i < 2000; ++i) slices += fmt::format("  X[{}] = 1\n", i);
  CHECK(code_of(slices) == "E025");
}

TEST_CASE("thousands of errors are cut off", "[language][hostile]") {
  CHECK(code_of(kHead + "expressions: |\n" + repeat("  Z = (\n", 100'000)) == "E102");
  std::string unknown = kHead + "expressions: |\n";
  for (int i = 0; i < 4000; ++i) unknown += fmt::format("  X{}[k] = Unknown{}[k]\n", i, i);
  CHECK(code_of(unknown) == "E202");
  std::string ranks = "einfall: 1\nranks:\n";
  for (int i = 0; i < 4000; ++i) ranks += fmt::format("  R{}: R{} + 1\n", i, i + 1);
  CHECK(code_of(ranks + "expressions: |\n  Z = 1\n") == "E213");
  std::string declared = "einfall: 1\nranks: {K: 8}\ndeclaration:\n";
  for (int i = 0; i < 50'000; ++i) declared += fmt::format("  A{}: [K]\n", i);
  CHECK(code_of(declared + "expressions: |\n  Z = 1\n") == "E025");
}

}  // namespace einfall::einsum
