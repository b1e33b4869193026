#include "einsum/import/teaal.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "einsum/language/print.hpp"
#include "tests/support/load.hpp"

namespace einfall::einsum {
namespace {

std::shared_ptr<const base::SourceFile> file(const std::string& text) {
  return std::make_shared<base::SourceFile>(base::SourceFile{"dir/kernel.yaml", text});
}

struct Imported {
  base::Result<Cascade> cascade;
  base::Diagnostics remarks;
};
Imported import(const std::string& text) {
  Imported imported{{}, {}};
  imported.cascade = import_teaal(file(text), imported.remarks);
  if (!imported.cascade) UNSCOPED_INFO(base::render(imported.cascade.error()));
  return imported;
}

std::vector<std::string> lines(const Cascade& cascade) {
  std::vector<std::string> all;
  for (const Einsum& einsum : cascade.einsums) all.push_back(print(cascade, einsum));
  return all;
}

long count(const base::Diagnostics& diagnostics, const std::string& code) {
  return std::count_if(diagnostics.begin(), diagnostics.end(),
                       [&](const base::Diagnostic& d) { return d.code == code; });
}

TEST_CASE("a matrix product in TeAAL is the same cascade as written here", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration:
    A: [K, M]
    B: [K, N]
    Z: [M, N]
  expressions:
    - Z[m, n] = A[k, m] * B[k, n]
)yaml");
  REQUIRE(imported.cascade);
  CHECK(imported.remarks.empty());
  CHECK(
      same(*imported.cascade, tests::cascade_from("einfall: 1\n"
                                                  "name: kernel\n"
                                                  "ranks: {K: , M: , N: }\n"
                                                  "declaration: {A: [K, M], B: [K, N], Z: [M, N]}\n"
                                                  "expressions: |\n"
                                                  "  Z[m, n] = A[k, m] * B[k, n]\n")));
}

TEST_CASE("take, affine indices and tensors without ranks come over", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration:
    A: [K, M]
    B: [K, N]
    I: [W]
    F: [S]
    O: [Q]
    T: [K, M, N]
    Y: []
  expressions:
    - T[k, m, n] = take(A[k, m], B[k, n], 1)
    - O[q] = I[2 * q + s] * F[s]
    - Y[] = O[q]
)yaml");
  REQUIRE(imported.cascade);
  CHECK(imported.cascade->find_tensor("Y"));
  CHECK(imported.cascade->tensors[imported.cascade->find_tensor("I")->index()].role ==
        TensorRole::kInput);
  CHECK(imported.cascade->einsums.size() == 3);
}

TEST_CASE("the older way to write a sum is read", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration: {A: [K, M], B: [K, N], Z: [M, N]}
  expressions:
    - Z[m, n] = sum(K).(A[k, m] * B[k, n])
)yaml");
  REQUIRE(imported.cascade);
  CHECK(lines(*imported.cascade) ==
        std::vector<std::string>{"Z[m, n] = sum[k](A[k, m] * B[k, n])"});
}

TEST_CASE("a lower-case factor becomes an input without ranks", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration: {T: [M], Z: [M]}
  expressions:
    - Z[m] = a * T[m]
)yaml");
  REQUIRE(imported.cascade);
  CHECK(lines(*imported.cascade) == std::vector<std::string>{"Z[m] = A * T[m]"});
  CHECK(count(imported.remarks, "N34") == 1);
}

TEST_CASE("a sum in TeAAL is remarked on as a union", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration: {A: [M], B: [M], Z: [M], Y: [M]}
  expressions:
    - Z[m] = A[m] + B[m]
    - Y[m] = A[m + 1] * B[m]
)yaml");
  REQUIRE(imported.cascade);
  REQUIRE(count(imported.remarks, "N33") == 1);
  CHECK(imported.remarks[0].span.line == 5);
}

TEST_CASE("what a cascade has no place for is listed", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration: {A: [M], Z: [M]}
  expressions:
    - Z[m] = A[m]
mapping:
  loop-order: {Z: [M]}
format: {}
)yaml");
  REQUIRE(imported.cascade);
  REQUIRE(count(imported.remarks, "N31") == 2);
  CHECK(imported.remarks[0].span.line == 6);
  CHECK(imported.remarks[0].severity == base::Severity::kNote);
}

TEST_CASE("sizes of ranks come over, other shapes are listed", "[import]") {
  const auto imported = import(R"yaml(
einsum:
  declaration:
    A: [K, S]
    Z: [Q]
  shape: {K: 16, S: Q - 2, W: 3}
  expressions:
    - Z[q] = A[k, q]
)yaml");
  REQUIRE(imported.cascade);
  CHECK_THAT(print(*imported.cascade), Catch::Matchers::Contains("ranks:\n  K: 16\n  S:\n  Q:\n"));
  REQUIRE(imported.remarks.size() >= 2);
  CHECK(count(imported.remarks, "N31") == 2);
  CHECK(imported.remarks[0].message.find("'S'") == 0);
  CHECK(imported.remarks[1].message.find("'W'") == 0);
  const auto too_large = import(
      "einsum:\n  declaration:\n    A: [K]\n  shape:\n    K: 99999999999999999999\n"
      "  expressions:\n  - Z = A[k]\n");
  REQUIRE_FALSE(too_large.cascade);
  CHECK(too_large.cascade.error()[0].span.line == 5);
}

TEST_CASE("a file without the section to import is E031", "[import]") {
  for (const char* text : {"a: 1\n", "einsum: 3\n", "einsum: {declaration: {}}\n",
                           "einsum: {declaration: [], expressions: []}\n"}) {
    const auto imported = import(text);
    REQUIRE_FALSE(imported.cascade);
    CHECK(imported.cascade.error()[0].code == "E031");
    CHECK(imported.cascade.error()[0].span.file->name == "dir/kernel.yaml");
  }
}

TEST_CASE("what the format does not allow is E032 at its place", "[import]") {
  const auto imported = import(
      "einsum:\n"
      "  declaration:\n"
      "    A: M\n"
      "  expressions:\n"
      "    - {a: b}\n");
  REQUIRE_FALSE(imported.cascade);
  REQUIRE(imported.cascade.error().size() == 2);
  CHECK(imported.cascade.error()[0].code == "E032");
  CHECK(imported.cascade.error()[0].span.line == 3);
  CHECK(imported.cascade.error()[1].span.line == 5);
}

TEST_CASE("errors of the cascade point into the imported file", "[import]") {
  const auto imported = import(
      "einsum:\n"
      "  declaration:\n"
      "    A: [M]\n"
      "    Z: [M]\n"
      "  expressions:\n"
      "    - Z[m] = A[q]\n");
  REQUIRE_FALSE(imported.cascade);
  CHECK(imported.cascade.error()[0].span.line == 6);
  CHECK(imported.cascade.error()[0].span.file->text.find("einsum:") == 0);
}

TEST_CASE("every place in an imported cascade is one of the imported file", "[import]") {
  const auto source = file(
      "einsum:\n"
      "  declaration:\n"
      "    A: [K, M]\n"
      "    B: [K]\n"
      "  expressions:\n"
      "    - Z[m] = A[k, m] * B[k] * c\n");
  base::Diagnostics remarks;
  const auto cascade = import_teaal(source, remarks);
  REQUIRE(cascade);
  const auto lines_of = [&](const auto& items) {
    std::vector<std::uint32_t> found;
    for (const auto& item : items) {
      CHECK(item.span.file == source);
      found.push_back(item.span.line);
    }
    return found;
  };
  using Lines = std::vector<std::uint32_t>;
  CHECK(cascade->file == source);
  CHECK(lines_of(cascade->ranks) == Lines{3, 3});
  CHECK(lines_of(cascade->tensors) == Lines{3, 4, 6, 6});  // A, B, C, Z
  CHECK(lines_of(cascade->einsums) == Lines{6});
  CHECK(lines_of(cascade->accesses) == Lines(cascade->accesses.size(), 6));
  CHECK(lines_of(cascade->indices) == Lines(cascade->indices.size(), 6));
  CHECK(lines_of(cascade->exprs) == Lines(cascade->exprs.size(), 6));
  REQUIRE(count(remarks, "N34") == 1);
  CHECK(remarks.back().span.line == 6);
}

TEST_CASE("hostile names and texts are errors, not another document", "[import]") {
  const auto imported = import(
      "einsum:\n"
      "  declaration: {\"A': [K]}\\n\": [\"M]\\nranks: {\"], Z: [M]}\n"
      "  expressions: [\"Z[m] = 'A\\n#'\", \"\"]\n");
  CHECK_FALSE(imported.cascade);
}

}  // namespace
}  // namespace einfall::einsum
