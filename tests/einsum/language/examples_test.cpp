// The worked examples of the language: each loads without an error and survives printing.
#include <filesystem>

#include "tests/einsum/language/support.hpp"

namespace einfall::einsum {
namespace {

const char* const kAttention = R"(einfall: 1
ranks: {M: 7, M0: 3, M1: ceil(M / M0), P: 5, E: 4, F: 4}
declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}
)";

std::string attention(const std::string& rest) { return kAttention + rest; }

const Tensor& tensor(const Cascade& cascade, const char* name) {
  const auto id = cascade.find_tensor(name);
  REQUIRE(id);
  return cascade[*id];
}

}  // namespace

TEST_CASE("three-pass attention loads and round-trips", "[language][examples]") {
  base::Diagnostics remarks;
  const Cascade cascade = test::load(attention(R"(expressions: |
  QK[m, p] = Q[e, p] * K[e, m]
  GM[p]    = max[m](QK[m, p])
  SN[m, p] = exp(QK[m, p] - GM[p])
  SD[p]    = SN[m, p]
  A[m, p]  = SN[m, p] / SD[p]
  AV[f, p] = A[m, p] * V[f, m]
)"),
                                     remarks);
  CHECK(remarks.empty());
  CHECK(test::einsums_of(cascade) ==
        "QK[m, p] = sum[e](Q[e, p] * K[e, m])\n"
        "GM[p] = max[m](QK[m, p])\n"
        "SN[m, p] = exp(QK[m, p] - GM[p])\n"
        "SD[p] = sum[m](SN[m, p])\n"
        "A[m, p] = SN[m, p] / SD[p]\n"
        "AV[f, p] = sum[m](A[m, p] * V[f, m])\n");
  CHECK(tensor(cascade, "Q").role == TensorRole::kInput);
  CHECK(tensor(cascade, "SN").role == TensorRole::kIntermediate);
  CHECK(tensor(cascade, "AV").role == TensorRole::kOutput);
  CHECK(std::get<ReduceRoot>(cascade.einsums[0].root).implied);
  CHECK_FALSE(std::get<ReduceRoot>(cascade.einsums[1].root).implied);
  test::check_round_trip(cascade);
}

TEST_CASE("two-pass attention loads and round-trips", "[language][examples]") {
  base::Diagnostics remarks;
  const Cascade cascade = test::load(attention(R"(expressions: |
  QK[m1, m0, p]  = Q[e, p] * K[e, m1*M0 + m0]
  LM[m1, p]      = max[m0](QK[m1, m0, p])
  SLN[m1, m0, p] = exp(QK[m1, m0, p] - LM[m1, p])
  SLD[m1, p]     = SLN[m1, m0, p]
  GM[p]          = max[m1](LM[m1, p])
  CM[m1, p]      = exp(LM[m1, p] - GM[p])
  SD[p]          = SLD[m1, p] * CM[m1, p]
  A[m1, m0, p]   = SLN[m1, m0, p] * CM[m1, p] / SD[p]
  AV[f, p]       = A[m1, m0, p] * V[f, m1*M0 + m0]
)"),
                                     remarks);
  INFO(base::render(remarks));
  CHECK(remarks.empty());
  test::check_round_trip(cascade);
}

namespace {
const char* const kOnePass = R"(
  LM[m1, p]       = max[m0](BQK[m1, m0, p])
  RM[m1+1, p]     = max(RM[m1, p], LM[m1, p])
  SLN[m1, m0, p]  = exp(BQK[m1, m0, p] - RM[m1+1, p])
  SLD[m1, p]      = SLN[m1, m0, p]
  SLNV[f, m1, p]  = SLN[m1, m0, p] * V[f, m1*M0 + m0]
  PRM[m1, p]      = exp(RM[m1, p] - RM[m1+1, p])
  RD[m1+1, p]     = SLD[m1, p] + RD[m1, p] * PRM[m1, p]
  RNV[f, m1+1, p] = SLNV[f, m1, p] + RNV[f, m1, p] * PRM[m1, p]
  AV[f, p]        = RNV[f, M1, p] / RD[M1, p]
)";
const char* const kOnePassInit = R"(init: |
  RM[0, p] = -inf
  RD[0, p] = 0
  RNV[f, 0, p] = 0
)";
}  // namespace

TEST_CASE("one-pass attention has iterative tensors and inits", "[language][examples]") {
  base::Diagnostics remarks;
  const Cascade cascade = test::load(attention(std::string(kOnePassInit) + R"(expressions: |
  BQK[m1, m0, p]  = Q[e, p] * K[e, m1*M0 + m0])" +
                                               kOnePass),
                                     remarks);
  INFO(base::render(remarks));
  CHECK(remarks.empty());
  CHECK(tensor(cascade, "RM").iterative_position == 0);
  CHECK(tensor(cascade, "RNV").iterative_position == 1);
  CHECK_FALSE(tensor(cascade, "SLN").iterative_position);
  REQUIRE(cascade.einsums.size() == 13);
  CHECK(cascade.einsums[0].is_init);
  CHECK(cascade.einsums[2].is_init);
  CHECK_FALSE(cascade.einsums[3].is_init);
  const Einsum& rm = cascade[*cascade.find_einsum("RM")];
  REQUIRE(rm.iterative_var);
  CHECK(cascade[*rm.iterative_var].name == "m1");
  CHECK(print(cascade, cascade.einsums.back()) == "AV[f, p] = RNV[f, M1, p] / RD[M1, p]");
  test::check_round_trip(cascade);
}

TEST_CASE("causal, windowed and init-free one-pass attention load", "[language][examples]") {
  const std::string window =
      GENERATE(std::string("m1*M0 + m0 <= p"), std::string("p - W < m1*M0 + m0 <= p"));
  const Cascade cascade = test::load(
      "einfall: 1\n"
      "ranks: {M: 7, M0: 3, M1: ceil(M / M0), P: 7, E: 4, F: 4, W: 2}\n"
      "declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}\n" +
      std::string(kOnePassInit) +
      "expressions: |\n  BQK[m1, m0, p]  = Q[e, p] * K[e, m1*M0 + m0] where " + window + kOnePass);
  CHECK(cascade[*cascade.find_einsum("BQK")].where.size() == (window.size() > 20 ? 2 : 1));
  test::check_round_trip(cascade);

  const Cascade no_init = test::load(attention(R"(expressions: |
  BQK[m1, m0, p]  = Q[e, p] * K[e, m1*M0 + m0]
  LM[m1, p]       = max[m0](BQK[m1, m0, p])
  RM[m1+1, p]     = max(RM[m1, p] ?? -inf, LM[m1, p])
  SLN[m1, m0, p]  = exp(BQK[m1, m0, p] - RM[m1+1, p])
  SLD[m1, p]      = SLN[m1, m0, p]
  PRM[m1, p]      = exp(RM[m1, p] - RM[m1+1, p])
  RD[m1+1, p]     = SLD[m1, p] + (RD[m1, p]*PRM[m1, p] ?? 0)
  AV[f, p]        = V[f, p] / RD[M1, p]
)"));
  CHECK(tensor(no_init, "RM").iterative_position == 0);
  CHECK(tensor(no_init, "RD").iterative_position == 0);
  test::check_round_trip(no_init);
}

TEST_CASE("split-K decode with paged cache infers LEN and gathers", "[language][examples]") {
  const Cascade cascade = test::load(R"(einfall: 1
ranks: {B, HQ, G, HK, E, F, PG, M0, M1}
vars: {h: HQ}
declaration: {Q: [B,HQ,E], KC: [PG,M0,HK,E], VC: [PG,M0,HK,F], BT: [B,M1], LEN:, AV: [B,HQ,F]}
types: {BT: index, LEN: index}
expressions: |
  QK[b, h, m1, m0]  = Q[b, h, e] * KC[BT[b, m1], m0, h // G, e]   where m1*M0 + m0 < LEN[b]
  LM[b, h, m1]      = max[m0](QK[b, h, m1, m0])
  SLN[b, h, m1, m0] = exp(QK[b, h, m1, m0] - LM[b, h, m1])
  SLD[b, h, m1]     = SLN[b, h, m1, m0]
  SLNV[b, h, m1, f] = SLN[b, h, m1, m0] * VC[BT[b, m1], m0, h // G, f]
  GM[b, h]          = max[m1](LM[b, h, m1])
  CM[b, h, m1]      = exp(LM[b, h, m1] - GM[b, h])
  SD[b, h]          = SLD[b, h, m1] * CM[b, h, m1]
  NV[b, h, f]       = SLNV[b, h, m1, f] * CM[b, h, m1]
  AV[b, h, f]       = NV[b, h, f] / SD[b, h]
)");
  const Tensor& len = tensor(cascade, "LEN");
  REQUIRE(len.ranks.size() == 1);
  CHECK(cascade[len.ranks[0]].name == "B");
  CHECK(print(cascade, cascade.einsums[0]) ==
        "QK[b, h, m1, m0] = sum[e](Q[b, h, e] * KC[BT[b, m1], m0, (h // G), e]) "
        "where m1*M0 + m0 < LEN[b]");
  test::check_round_trip(cascade);
}

TEST_CASE("lightning and gated linear attention in chunks load", "[language][examples]") {
  base::Diagnostics remarks;
  const Cascade lightning = test::load(R"(einfall: 1
ranks: {C: 3, L: 4, I: L, J: L, N: C*L, D: 5, F: 6}
params: {lam: 0.9}
declaration: {Q: [D, N], K: [D, N], V: [F, N]}
init: |
  ST[d, f, 0] = 0
expressions: |
  KV[d, f, c]   = pow(lam, L-1-j) * K[d, c*L + j] * V[f, c*L + j]
  ST[d, f, c+1] = pow(lam, L) * ST[d, f, c] + KV[d, f, c]
  A[c, i, j]    = Q[d, c*L + i] * K[d, c*L + j] * pow(lam, i-j)    where j <= i
  OI[f, c, i]   = A[c, i, j] * V[f, c*L + j]
  OS[f, c, i]   = pow(lam, i+1) * Q[d, c*L + i] * ST[d, f, c]
  O[f, c*L + i] = OI[f, c, i] + OS[f, c, i]
)",
                                       remarks);
  INFO(base::render(remarks));
  CHECK(remarks.empty());
  REQUIRE(tensor(lightning, "O").ranks.size() == 2);
  CHECK(lightning[tensor(lightning, "O").ranks[1]].name == "N");
  CHECK(print(lightning, lightning.einsums[1]) ==
        "KV[d, f, c] = sum[j](pow(lam, -j + |L| - 1) * K[d, c*L + j] * V[f, c*L + j])");
  test::check_round_trip(lightning);

  const Cascade gated = test::load(R"(einfall: 1
ranks: {C: 3, L: 4, I: L, J: L, N: C*L, D: 5, F: 6}
vars: {l: L}
declaration: {Q: [D, N], K: [D, N], V: [F, N], G: [D, N], O: [F, N]}
init: |
  LG[d, c, 0] = 0
  S[d, f, 0] = 0
expressions: |
  LG[d, c, l+1] = LG[d, c, l] + log(G[d, c*L + l])
  KV[d, f, c]   = exp(LG[d, c, L] - LG[d, c, j+1]) * K[d, c*L + j] * V[f, c*L + j]
  S[d, f, c+1]  = exp(LG[d, c, L]) * S[d, f, c] + KV[d, f, c]
  A[c, i, j]    = Q[d, c*L + i] * K[d, c*L + j] * exp(LG[d, c, i+1] - LG[d, c, j+1])   where j <= i
  OI[f, c, i]   = A[c, i, j] * V[f, c*L + j]
  OS[f, c, i]   = Q[d, c*L + i] * exp(LG[d, c, i+1]) * S[d, f, c]
  O[f, c*L + i] = OI[f, c, i] + OS[f, c, i]
)");
  CHECK(tensor(gated, "LG").iterative_position == 2);
  test::check_round_trip(gated);

  const Cascade recurrent = test::load(R"(einfall: 1
ranks: {N: 9, D: 5, F: 6}
declaration: {Q: [D, N], K: [D, N], V: [F, N], G: [D, N]}
init: |
  S[d, f, 0] = 0
expressions: |
  S[d, f, n+1] = G[d, n]*S[d, f, n] + K[d, n]*V[f, n]
  O[f, n] = Q[d, n]*S[d, f, n+1]
)");
  test::check_round_trip(recurrent);
}

TEST_CASE("top-k block-sparse attention infers index types", "[language][examples]") {
  base::Diagnostics remarks;
  const Cascade quest = test::load(R"(einfall: 1
ranks: {M: 12, M0: 3, M1: ceil(M / M0), P: 12, E: 4, F: 4, J: 2}
declaration: {Q: [E, P], K: [E, M], V: [F, M]}
expressions: |
  KX[e, m1]    = max[m0](K[e, m1*M0 + m0])
  KN[e, m1]    = min[m0](K[e, m1*M0 + m0])
  UB[m1, p]    = sum[e](max(Q[e, p]*KX[e, m1], Q[e, p]*KN[e, m1]))   where m1*M0 <= p
  BI[j, p]     = argtopk[m1 -> j](UB[m1, p])
  QK[j, m0, p] = Q[e, p] * K[e, BI[j, p]*M0 + m0]                     where BI[j, p]*M0 + m0 <= p
  GM[p] = max[j, m0](QK[j, m0, p])
  SN[j, m0, p] = exp(QK[j, m0, p] - GM[p])
  SD[p] = SN[j, m0, p]
  A[j, m0, p] = SN[j, m0, p] / SD[p]
  AV[f, p] = A[j, m0, p] * V[f, BI[j, p]*M0 + m0]
)",
                                   remarks);
  INFO(base::render(remarks));
  CHECK(remarks.empty());
  CHECK(tensor(quest, "BI").type.dtype == DataType::kIndex);
  test::check_round_trip(quest);

  const Cascade moba = test::load(R"(einfall: 1
ranks: {M: 12, M0: 3, M1: ceil(M / M0), P: 12, E: 4, J: 2}
declaration: {Q: [E, P], K: [E, M]}
expressions: |
  KM[e, m1] = K[e, m1*M0 + m0] / |M0|
  UB[m1, p] = Q[e, p]*KM[e, m1] where m1*M0 <= p
  BI[j, p]  = argtopk[m1 -> j](UB[m1, p])
)");
  CHECK(print(moba, moba.einsums[0]) == "KM[e, m1] = sum[m0](K[e, m1*M0 + m0] / |M0|)");
  test::check_round_trip(moba);
}

TEST_CASE("the three cascades of FuseMax section 3 load", "[language][examples]") {
  const std::string head = "einfall: 1\nranks: {K: 8, I: 8}\ndeclaration: {A: [K], B: [K]}\n";
  const Cascade two_pass = test::load(head + R"(expressions: |
  Y = A[k]*B[k]
  Z = Y*A[k]
)");
  CHECK(test::einsums_of(two_pass) == "Y = sum[k](A[k] * B[k])\nZ = sum[k](Y * A[k])\n");
  test::check_round_trip(two_pass);
  const Cascade deferred = test::load(head + R"(expressions: |
  X = A[k]
  Y = A[k]*B[k]
  Z = Y*X
)");
  test::check_round_trip(deferred);
  const Cascade prefix = test::load(head + R"(expressions: |
  S[i+1] = sum[k](A[k]) where k <= i
  T[k] = B[k]
)");
  CHECK(tensor(prefix, "S").shifted_position == 0);
  CHECK_FALSE(tensor(prefix, "S").iterative_position);
  test::check_round_trip(prefix);
  const Cascade iterative = test::load(head + R"(expressions: |
  RY[k+1] = (RY[k] ?? 0) + A[k]*B[k]
  RZ[k+1] = (RZ[k]*(RY[k+1]/RY[k]) ?? 0) + RY[k+1]*A[k]
  Z = RZ[K]
)");
  CHECK(tensor(iterative, "RY").iterative_position == 0);
  CHECK(print(iterative, iterative.einsums[1]) ==
        "RZ[k + 1] = (RZ[k] * (RY[k + 1] / RY[k]) ?? 0) + RY[k + 1] * A[k]");
  test::check_round_trip(iterative);
}

TEST_CASE("a complete file with batch, share, types and functions loads", "[language][examples]") {
  base::Diagnostics remarks;
  const Cascade cascade = test::load(R"yaml(einfall: 1
name: gqa-prefill-causal
ranks: {B: 1, H: 32, HK: 8, G: H / HK, P: 4096, M: P, E: 128, F: 128}
batch: [B, H]
share: {K: {H: {HK: h // G}}, V: {H: {HK: h // G}}}  # H becomes HK
params: {scale: 1/sqrt(E)}
functions: {"cap(x)": "30 * tanh(x / 30)"}
declaration: {Q: [E, P], K: [E, M], V: [F, M]}
types: {default: fp32, Inputs: bf16, Outputs: bf16, A: bf16}
expressions: |
  QK[m, p] = cap(scale * sum[e](Q[e, p] * K[e, m]))   where m <= p
  GM[p]    = max[m](QK[m, p])
  SN[m, p] = exp(QK[m, p] - GM[p])
  SD[p]    = SN[m, p]
  A[m, p]  = SN[m, p] / SD[p]
  AV[f, p] = A[m, p] * V[f, m]
outputs: [AV]
expect: {passes: {M: 3, P: 1}}
)yaml",
                                     remarks);
  INFO(base::render(remarks));
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].code == "N1");
  CHECK(test::einsums_of(cascade) ==
        "QK_sum[b, h, m, p] = sum[e](Q[b, h, e, p] * K[b, (h // G), e, m]) where m <= p\n"
        "QK[b, h, m, p] = 30 * tanh(scale * QK_sum[b, h, m, p] / 30) where m <= p\n"
        "GM[b, h, p] = max[m](QK[b, h, m, p])\n"
        "SN[b, h, m, p] = exp(QK[b, h, m, p] - GM[b, h, p])\n"
        "SD[b, h, p] = sum[m](SN[b, h, m, p])\n"
        "A[b, h, m, p] = SN[b, h, m, p] / SD[b, h, p]\n"
        "AV[b, h, f, p] = sum[m](A[b, h, m, p] * V[b, (h // G), f, m])\n");
  CHECK(cascade.einsums[0].generated);
  CHECK(tensor(cascade, "K").type.dtype == DataType::kBf16);
  CHECK(tensor(cascade, "QK").type.dtype == DataType::kFp32);
  CHECK(tensor(cascade, "A").type.dtype == DataType::kBf16);
  CHECK(tensor(cascade, "AV").type.dtype == DataType::kBf16);
  REQUIRE(cascade.expectations.size() == 2);
  CHECK(cascade.expectations[0].count == "3");
  test::check_round_trip(cascade);
}

TEST_CASE("every shipped cascade loads without a warning and round-trips", "[language][examples]") {
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(EINFALL_SOURCE_DIR "/workloads/cascades")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    INFO(entry.path());
    base::Diagnostics remarks;
    const Cascade cascade = tests::cascade_at(entry.path().string(), remarks);
    for (const base::Diagnostic& remark : remarks) {
      INFO(base::render({remark}));
      CHECK(remark.severity != base::Severity::kWarning);
    }
    test::check_round_trip(cascade);
  }
  CHECK(count > 0);
}

}  // namespace einfall::einsum
