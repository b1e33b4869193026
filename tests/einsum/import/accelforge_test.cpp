#include "einsum/import/accelforge.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "einsum/ir/sizes.hpp"
#include "einsum/language/print.hpp"

namespace einfall::einsum {
namespace {

struct Imported {
  base::Result<Cascade> cascade;
  base::Diagnostics remarks;
};
Imported import(const std::string& text) {
  Imported imported{{}, {}};
  const auto file = std::make_shared<base::SourceFile>(base::SourceFile{"gpt.workload.yaml", text});
  imported.cascade = import_accelforge(file, imported.remarks);
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

const char* const kAttention = R"yaml(
workload:
  rank_sizes: {B: 2, M: 7, P: 7, H: 3, E: 4, F: 4, D: 12}
  bits_per_value: {All: 8}
  persistent_tensors: weight - Intermediates
  einsums:
  - {einsum: "I[b, m, d] = copy(I_in[b, m, d])",
                  is_copy_operation : True
}
  - "K[b, m, h, e] = I[b, m, d] * WK[h, e, d]"
  - "Q[b, m, h, e] = I[b, m, d] * WQ[h, e, d]"
  - einsum: "QK[b, m, p, h] = Q[b, m, h, e] * K[b, M: p, h, e]"
    renames: {input: Q}
  - QK_softmax[b, m, p, h] = softmax(QK[b, m, p, h])
  - AV[b, m, h, f] = QK_softmax(input)[b, m, p, h] * K(weight)[b, M=p, h, E=f]
renames:
  einsums: []
)yaml";

TEST_CASE("a workload of Einsums as text is read", "[import]") {
  const auto imported = import(kAttention);
  REQUIRE(imported.cascade);
  CHECK(lines(*imported.cascade) ==
        std::vector<std::string>{
            "I[b, m, d] = I_in[b, m, d]", "K[b, m, h, e] = sum[d](I[b, m, d] * WK[h, e, d])",
            "Q[b, m, h, e] = sum[d](I[b, m, d] * WQ[h, e, d])",
            "QK[b, m, p, h] = sum[e](Q[b, m, h, e] * K[b, p, h, e])",
            "QK_softmax[b, m, p, h] = softmax(QK[b, m, p, h])",
            "AV[b, m, h, f] = sum[p](QK_softmax[b, m, p, h] * K[b, p, h, f])"});
  CHECK((*bind_sizes(*imported.cascade, {}))[*imported.cascade->find_rank("D")] == 12);
  REQUIRE(imported.cascade->opaque.size() == 1);
  CHECK(imported.cascade->opaque[0].name == "softmax");
}

TEST_CASE("operators of AccelForge are taken literally, and the import says so", "[import]") {
  CHECK(count(import(kAttention).remarks, "N32") == 1);
  const auto copy = import("workload:\n  rank_sizes: {M: 3}\n  einsums: ['Z[m] = A[m]']\n");
  REQUIRE(copy.cascade);
  CHECK(count(copy.remarks, "N32") == 0);
}

TEST_CASE("keys without a place in a cascade are listed one by one", "[import]") {
  // The 8 bits of All, persistent_tensors, renames of an Einsum, renames of the file.
  CHECK(count(import(kAttention).remarks, "N31") == 4);
}

TEST_CASE("widths that one format has become types, of all tensors or of single ones", "[import]") {
  const auto types = [](const std::string& widths) {
    const auto imported = import("workload:\n  rank_sizes: {M: 3}\n  bits_per_value: " + widths +
                                 "\n  einsums:\n  - 'Z[m] = in[m] * B[m]'\n");
    REQUIRE(imported.cascade);
    std::map<std::string, std::string> found;
    for (const Tensor& tensor : imported.cascade->tensors)
      if (tensor.type.dtype) found.emplace(tensor.name, name(*tensor.type.dtype));
    return found;
  };
  using Types = std::map<std::string, std::string>;
  CHECK(types("{All: 64}") == Types{{"Z", "fp64"}, {"In", "fp64"}, {"B", "fp64"}});
  CHECK(types("{All: 32, in: 4}") == Types{{"Z", "fp32"}, {"In", "int4"}, {"B", "fp32"}});
  // Two formats have 16 bits, and nothing else may be said of that tensor.
  CHECK(types("{All: 32, in: 16}") == Types{});
  CHECK(types("{B: 32, in: 16}") == Types{{"B", "fp32"}});
  CHECK(types("{Inputs: 32}") == Types{});
  CHECK(types("[32]") == Types{});
  CHECK(types("{B: [32]}") == Types{});
}

TEST_CASE("Einsums as tensor accesses are read with their operators", "[import]") {
  const auto imported = import(R"yaml(
workload:
  rank_sizes: {M: 4, N: 5, K: 6}
  iteration_space_shape: {m: 0 <= m < 4}
  einsums:
  - name: Tropical
    tensor_accesses:
    - {name: B, projection: [m, k]}
    - {name: C, projection: [k, n]}
    - {name: A, projection: [m, n], output: True}
    map_op: add
    reduce_op: max
  - name: Product
    tensor_accesses:
    - {name: B, projection: [m, k]}
    - {name: C, projection: [k, n]}
    - {name: D, projection: [m, n], output: True}
)yaml");
  REQUIRE(imported.cascade);
  CHECK(imported.remarks.empty());
  CHECK(lines(*imported.cascade) ==
        std::vector<std::string>{"A[m, n] = max[k](B[m, k] + C[k, n])",
                                 "D[m, n] = sum[k](B[m, k] * C[k, n])"});
  CHECK(imported.cascade->einsums[0].name == "Tropical");
}

TEST_CASE("bounds of the iteration space become sizes or conditions", "[import]") {
  const auto imported = import(R"yaml(
workload:
  rank_sizes: {X: 8, Y: 6, C: 2}
  einsums:
  - name: Depthwise
    tensor_accesses:
    - name: In
      projection: {X: y + r, C: c}
    - {name: W, projection: [r, c]}
    - {name: Out, projection: [y, c], output: True}
    iteration_space_shape: [0 <= r < 3, 1 <= y < 5]
)yaml");
  REQUIRE(imported.cascade);
  CHECK(lines(*imported.cascade) ==
        std::vector<std::string>{"Out[y, c] = sum[r](In[y + r, c] * W[r, c]) where 1 <= y, y < 5"});
  CHECK((*bind_sizes(*imported.cascade, {}))[*imported.cascade->find_rank("R")] == 3);
}

TEST_CASE("a template is E033 at its first brace", "[import]") {
  const auto imported = import("workload:\n  rank_sizes:\n    B: {{BATCH}}\n");
  REQUIRE_FALSE(imported.cascade);
  CHECK(imported.cascade.error()[0].code == "E033");
  CHECK(imported.cascade.error()[0].span.line == 3);
  CHECK(imported.cascade.error()[0].span.column == 8);
}

TEST_CASE("what AccelForge would refuse is refused here at its place", "[import]") {
  const auto code_and_line = [](const std::string& einsums) {
    const auto imported = import("workload:\n  rank_sizes: {M: 3}\n  einsums:\n" + einsums);
    REQUIRE_FALSE(imported.cascade);
    const base::Diagnostic& first = imported.cascade.error()[0];
    return std::pair(first.code, first.span.line);
  };
  using Pair = std::pair<std::string, std::uint32_t>;
  CHECK(code_and_line("  - [a]\n") == Pair{"E032", 4});
  CHECK(code_and_line("  - 3\n") == Pair{"E032", 4});
  CHECK(code_and_line("  - {name: A}\n") == Pair{"E032", 4});
  CHECK(code_and_line("  - name: A\n    tensor_accesses:\n    - {name: A}\n") == Pair{"E032", 6});
  CHECK(code_and_line("  - name: A\n    tensor_accesses:\n"
                      "    - {name: A, projection: [m], output: True}\n"
                      "    - {name: B, projection: [m], output: True}\n") == Pair{"E032", 7});
  CHECK(import("workload: {}\n").cascade.error()[0].code == "E031");
  CHECK(import("arch: {}\n").cascade.error()[0].code == "E031");
  CHECK(import("workload: {einsums: [], rank_sizes: 3}\n").cascade.error()[0].code == "E032");
}

TEST_CASE("errors of an imported Einsum stand at that Einsum", "[import]") {
  const auto imported = import(
      "workload:\n"
      "  rank_sizes: {M: 3}\n"
      "  einsums:\n"
      "  - Z[m] = A[m]\n"
      "  - Y[m] = A[m] *\n");
  REQUIRE_FALSE(imported.cascade);
  CHECK(imported.cascade.error()[0].span.line == 5);
}

TEST_CASE("deeply nested calls cost linear time", "[import]") {
  std::string text = "workload:\n  rank_sizes: {M: 3}\n  einsums:\n  - 'Z[m] = ";
  for (int i = 0; i < 200000; ++i) text += "f(";
  CHECK_FALSE(import(text + "A[m]'\n").cascade);
}

}  // namespace
}  // namespace einfall::einsum
