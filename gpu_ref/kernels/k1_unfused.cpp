// K1: unfused attention: a matrix product, a softmax, a matrix product, and two tensors of N^2
// numbers in memory between them.
//
// Implements workloads/cascades/attn_3pass.yaml as frameworks run it: QK by cuBLAS to fp32, GM, SN,
// SD and A by K9 (form 1 where a row fits into shared memory, else form 3), AV by cuBLAS.
//
// Shows: N^2 traffic dominates whatever the products take.
// Shapes: as K3.
// Passes over K: 1, over the scores: 1 or 3.
// Bytes a head: DRAM 4 N D b + N^2 (s + r s + p + p), s = 4 and p = 2 bytes of a score and a
//   probability, r = 1 or 3 reads by the softmax. Masked scores are computed and moved too.
// Expected on an H200: 7 to 14 % of 989 TFLOP/s.

#include "gpu_ref/host/gemm.hpp"
#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"
#include "gpu_ref/kernels/k9_softmax.cuh"

namespace einfall::gpu_ref {
namespace {

// Rows of scores begin at multiples of 8 numbers.
std::int64_t row_of(const Problem& p) { return (static_cast<std::int64_t>(p.keys) + 7) / 8 * 8; }
std::size_t scores_of(const Problem& p) {
  return static_cast<std::size_t>(row_of(p)) * static_cast<std::size_t>(p.queries) *
         static_cast<std::size_t>(p.all_heads());
}
bool row_fits(const Problem& p) {
  return softmax_shared_bytes(1, static_cast<int>(row_of(p))) <= 200U * 1024;
}

std::size_t workspace_bytes(const Problem& p) { return scores_of(p) * (sizeof(float) + 2); }

Costs costs(const Problem& p) {
  const double scores = static_cast<double>(p.all_heads()) * p.queries * p.keys;
  Costs costs;
  costs.dram_bytes =
      (2.0 * p.all_heads() * p.queries + 2.0 * p.all_kv_heads() * p.keys) * 2 * p.dim +
      scores * (4.0 + (row_fits(p) ? 1 : 3) * 4.0 + 2 + 2);
  costs.sm_bytes = costs.dram_bytes;  // at least: the products' tiles are the library's
  costs.multiply_adds = scores * p.dim * 2;
  costs.exps = p.all_heads() * visible_pairs(p) * (row_fits(p) ? 1 : 2);
  return costs;
}

template <class T>
void softmax(Stream& stream, const Problem& p, const float* scores, T* probabilities) {
  const SoftmaxOperands<float, T> in{scores,
                                     probabilities,
                                     row_of(p),
                                     row_of(p),
                                     static_cast<int>(row_of(p)),
                                     scale_of(p.dim),
                                     {p.queries, p.keys, p.causal ? 1 : 0, p.window}};
  const Grid grid{static_cast<unsigned>(p.all_heads() * p.queries), 1, 1};
  if (row_fits(p))
    stream.launch(softmax_rows<float, T, 1>, grid, kSoftmaxThreads,
                  softmax_shared_bytes(1, in.columns), in);
  else
    stream.launch(softmax_rows<float, T, 3>, grid, kSoftmaxThreads,
                  softmax_shared_bytes(3, in.columns), in);
}

void run(Stream& stream, const Problem& p, const Operands& operands) {
  // A library of its own for each call would wait for the GPU, to be made and to go.
  if (stream.gemm() == nullptr) stream.gemm() = make_gemm();
  Gemm* const gemm = stream.gemm().get();
  const int group = p.heads / p.kv_heads;
  const std::int64_t row = row_of(p), dim = p.dim;
  const std::int64_t head_scores = row * p.queries, head_queries = dim * p.queries;
  auto* const scores = static_cast<float*>(operands.workspace);
  auto* const probabilities = reinterpret_cast<std::uint16_t*>(scores + scores_of(p));
  const auto at = [](const void* base, std::int64_t numbers) {
    return static_cast<const std::uint16_t*>(base) + numbers;
  };
  // One call for the heads that share a head of keys.
  for (int kv = 0; kv < p.all_kv_heads(); ++kv)
    gemm->multiply(stream, {p.format, p.queries, p.keys, p.dim, group,
                            at(operands.q, kv * group * head_queries), dim, head_queries,
                            at(operands.k, kv * dim * p.keys), dim, 0, true,
                            scores + kv * group * head_scores, row, head_scores, true});
  if (p.format == Format::kBf16) softmax(stream, p, scores, reinterpret_cast<Bf16*>(probabilities));
  if (p.format == Format::kFp16) softmax(stream, p, scores, reinterpret_cast<Fp16*>(probabilities));
  for (int kv = 0; kv < p.all_kv_heads(); ++kv)
    gemm->multiply(stream, {p.format, p.queries, p.dim, p.keys, group,
                            probabilities + kv * group * head_scores, row, head_scores,
                            at(operands.v, kv * dim * p.keys), dim, 0, false,
                            static_cast<std::uint16_t*>(operands.o) + kv * group * head_queries,
                            dim, head_queries, false});
}

}  // namespace

Kernel k1_unfused() {
  return {"k1-unfused",
          "attn_3pass.yaml",
          "k1_unfused.cpp",
          refusal_of_attention,
          workspace_bytes,
          no_bytes,
          costs,
          run};
}

}  // namespace einfall::gpu_ref
