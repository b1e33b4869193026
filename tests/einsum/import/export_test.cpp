#include "einsum/import/export.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "einsum/import/accelforge.hpp"
#include "einsum/language/print.hpp"
#include "tests/support/load.hpp"

namespace einfall::einsum {
namespace {

std::shared_ptr<const base::SourceFile> file(const std::string& text) {
  return std::make_shared<base::SourceFile>(base::SourceFile{"test.yaml", text});
}

using tests::cascade_from;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
bool lists(const Exported& exported, const std::string& part) {
  return std::any_of(exported.lost.begin(), exported.lost.end(),
                     [&](const std::string& lost) { return contains(lost, part); });
}

const char* const kOnePass = R"yaml(einfall: 1
name: one-pass
ranks: {E: 2, F: 2, M: 12, M0: 4, M1: M / M0, P: 3}
declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}
types: {Inputs: bf16, RM: fp32}
init: |
  RM[0, p] = -inf
  RD[0, p] = 0
  RNV[f, 0, p] = 0
expressions: |
  BQK[m1, m0, p]  = Q[e, p] * K[e, m1*M0 + m0]
  LM[m1, p]       = max[m0](BQK[m1, m0, p])
  RM[m1+1, p]     = max(RM[m1, p], LM[m1, p])
  SLN[m1, m0, p]  = exp(BQK[m1, m0, p] - RM[m1+1, p])
  SLD[m1, p]      = SLN[m1, m0, p]
  SLNV[f, m1, p]  = SLN[m1, m0, p] * V[f, m1*M0 + m0]
  PRM[m1, p]      = exp(RM[m1, p] - RM[m1+1, p])
  RD[m1+1, p]     = SLD[m1, p] + RD[m1, p] * PRM[m1, p]
  RNV[f, m1+1, p] = SLNV[f, m1, p] + RNV[f, m1, p] * PRM[m1, p]
  AV[f, p]        = RNV[f, M1, p] / RD[M1, p]
)yaml";

TEST_CASE("an AccelForge workload keeps the accesses and lists the rest as lost", "[import]") {
  const Cascade cascade = cascade_from(kOnePass);
  const Exported exported = export_accelforge(cascade, *bind_sizes(cascade, {}));
  INFO(exported.text);
  CHECK(contains(exported.text, "    M1: 3\n"));
  CHECK(contains(exported.text, "    Q: 16\n"));
  CHECK(contains(exported.text, "    RM: 32\n"));
  CHECK(contains(exported.text,
                 "  - name: BQK\n    tensor_accesses:\n"
                 "    - {name: Q, projection: {E: e, P: p}}\n"
                 "    - {name: K, projection: {E: e, M: 4*m1 + m0}}\n"
                 "    - {name: BQK, projection: {M1: m1, M0: m0, P: p}, "
                 "output: True}\n"));
  CHECK(lists(exported, "the operators of LM, RM, SLN"));
  CHECK(lists(exported, "the first values of RM, RD, RNV"));
}

TEST_CASE("an iterative tensor is written at its step and read as _prev", "[import]") {
  const Cascade cascade = cascade_from(kOnePass);
  const Exported exported = export_accelforge(cascade, *bind_sizes(cascade, {}));
  INFO(exported.text);
  CHECK(contains(exported.text,
                 "  - name: PRM\n    tensor_accesses:\n"
                 "    - {name: RM_prev, projection: {M1: m1, P: p}}\n"
                 "    - {name: RM, projection: {M1: m1, P: p}}\n"
                 "    - {name: PRM, projection: {M1: m1, P: p}, output: True}\n"));
  CHECK(contains(exported.text, "{name: RNV, projection: {F: f, M1: 2, P: p}}"));
  CHECK(lists(exported, "RM_prev, RM_prev, RD_prev, RNV_prev"));
}

TEST_CASE("a plain contraction comes back from AccelForge as it went", "[import]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\n"
      "name: gemm\n"
      "ranks: {M: 4, N: 5, K: 6}\n"
      "declaration: {A: [M, K], B: [K, N]}\n"
      "types: {default: fp32, A: int4}\n"
      "expressions: |\n"
      "  C[m, n] = A[m, k] * B[k, n]\n"
      "  D[n] = C[m, n]\n");
  const Exported exported = export_accelforge(cascade, *bind_sizes(cascade, {}));
  CHECK(exported.lost.empty());
  base::Diagnostics remarks;
  const auto back = import_accelforge(file(exported.text), remarks);
  INFO((back ? exported.text : base::render(back.error())));
  REQUIRE(back);
  REQUIRE(back->einsums.size() == 2);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(print(*back, back->einsums[i]) == print(cascade, cascade.einsums[i]));
  for (const Tensor& tensor : cascade.tensors)
    CHECK((*back)[*back->find_tensor(tensor.name)].type == tensor.type);
}

// What comes back of a workload when it is read and written again: all but widths, and but the mark
// of a copy, which an Einsum gets that has lost its operator.
std::string sizes_and_accesses(const std::string& workload) {
  std::istringstream lines(workload);
  std::string kept;
  bool widths = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "  bits_per_value:" || line == "  einsums:") widths = line != "  einsums:";
    if (!widths && line[0] != '#' && !contains(line, "is_copy_operation")) kept += line + "\n";
  }
  return kept;
}

std::string there_and_back(const Cascade& cascade) {
  const Exported exported = export_accelforge(cascade, *bind_sizes(cascade, {}));
  base::Diagnostics remarks;
  const auto back = import_accelforge(file(exported.text), remarks);
  INFO(exported.text);
  INFO((back ? "" : base::render(back.error())));
  REQUIRE(back);
  const auto sizes = bind_sizes(*back, {});
  INFO((sizes ? "" : base::render(sizes.error())));
  REQUIRE(sizes);
  const Exported again = export_accelforge(*back, *sizes);
  CHECK(sizes_and_accesses(again.text) == sizes_and_accesses(exported.text));
  return sizes_and_accesses(again.text);
}

TEST_CASE("every cascade that ships goes to AccelForge and comes back with all it says there",
          "[import]") {
  const std::filesystem::path folder(std::string(EINFALL_SOURCE_DIR) + "/workloads/cascades");
  int cascades = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    (void)there_and_back(tests::cascade_at(entry.path().string()));
    ++cascades;
  }
  CHECK(cascades >= 20);
}

TEST_CASE("a left side that joins ranks is read back as a split, whatever order and lengths",
          "[import]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\n"
      "name: joined\n"
      "ranks: {A: 3, C: 1, D: 5, M: A * D, N: A * C * D}\n"
      "declaration: {X: [A, C, D], O: [N], T: [M]}\n"
      "expressions: |\n"
      "  O[a*C*D + c*D + d] = X[a, c, d]\n"
      "  T[a + d*A] = X[a, 0, d]\n");
  const std::string back = there_and_back(cascade);
  CHECK(contains(back, "{name: O, projection: {N: 5*a + 5*c + d}, output: True}"));
  CHECK(contains(back, "{name: T, projection: {M: a + 3*d}, output: True}"));
}

TEST_CASE("a number that is no size of a rank stays one", "[import]") {
  const auto read = [](const std::string& index) {
    base::Diagnostics remarks;
    return import_accelforge(
        file("workload:\n  rank_sizes: {C: 16, I: 64, N: 4096}\n  einsums:\n  - name: O\n"
             "    tensor_accesses:\n    - {name: A, projection: {C: c, I: i}}\n"
             "    - {name: O, projection: {N: " +
             index + "}, output: True}\n"),
        remarks);
  };
  CHECK(print(*read("64*c + i"), read("64*c + i")->einsums[0]) == "O[c*I + i] = A[c, i]");
  CHECK(print(*read("i*16 + c"), read("i*16 + c")->einsums[0]) == "O[i*C + c] = A[c, i]");
  for (const char* index : {"63*c + i", "65*c + i", "64*c + 2*i", "64*c - i", "64*c + i + 1",
                            "99999999999999999999*c + i", "64*c +", "c*i"})
    CHECK_FALSE(read(index));
}

TEST_CASE("a variable that is named after another rank gets the name of its own", "[import]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\n"
      "name: renamed\n"
      "ranks: {H: 2, HQ: 8, M: 5}\n"
      "vars: {h: HQ, i: M, j: M, hq: HQ}\n"
      "declaration: {X: [HQ, M], Y: [H]}\n"
      "expressions: |\n"
      "  S[h, i, j] = X[h, i] * X[hq, j]\n");
  const std::string back = there_and_back(cascade);
  CHECK(contains(back, "    HQ_2: 8\n    I: 5\n    J: 5\n    M_2: 5\n"));
  CHECK(contains(back, "{name: S, projection: {HQ: hq_2, M: i, M_2: j}, output: True}"));
}

TEST_CASE("what has no affine projection is left out and said so", "[import]") {
  const Cascade cascade = cascade_from(
      "einfall: 1\n"
      "name: paged\n"
      "ranks: {B: 2, PG: 8, M1: 3, E: 4, H: 4, HK: 2}\n"
      "declaration: {KC: [PG, E], BT: [B, M1], X: [HK], Y: [H]}\n"
      "types: {BT: index}\n"
      "expressions: |\n"
      "  K[b, m1, e] = KC[BT[b, m1], e]\n"
      "  G[h] = X[h // 2] * Y[h]\n"
      "  S[b] = K[b, m1, e]\n");
  const Exported exported = export_accelforge(cascade, *bind_sizes(cascade, {}));
  INFO(exported.text);
  CHECK(lists(exported, "the Einsum K: it gathers"));
  CHECK(lists(exported, "the Einsum G: it has a quotient in an index"));
  CHECK_FALSE(contains(exported.text, "name: KC"));
  CHECK(contains(exported.text, "- name: S\n"));
}

TEST_CASE("a Timeloop problem has a letter for every rank and products of coefficients",
          "[import]") {
  const Cascade cascade = cascade_from(kOnePass);
  const Exported exported = export_timeloop(cascade, *bind_sizes(cascade, {}));
  INFO(exported.text);
  CHECK(contains(exported.text,
                 "---\n"
                 "# Ranks of BQK:\n"
                 "#   A = e (rank E)\n"
                 "#   B = p (rank P)\n"
                 "#   C = m1 (rank M1)\n"
                 "#   D = m0 (rank M0)\n"
                 "problem:\n"
                 "  version: 0.4\n"
                 "  shape:\n"
                 "    name: BQK\n"
                 "    dimensions: [A, B, C, D]\n"
                 "    coefficients:\n"
                 "    - {name: c0, default: 4}\n"
                 "    data_spaces:\n"
                 "    - {name: Q, projection: [[[A]], [[B]]]}\n"
                 "    - {name: K, projection: [[[A]], [[C, c0], [D]]]}\n"
                 "    - {name: BQK, projection: [[[C]], [[D]], [[B]]], "
                 "read_write: True}\n"
                 "  instance:\n"
                 "    A: 2\n"
                 "    B: 3\n"
                 "    C: 3\n"
                 "    D: 4\n"));
  CHECK(lists(exported, "the constants in indices of AV"));
}

}  // namespace
}  // namespace einfall::einsum
