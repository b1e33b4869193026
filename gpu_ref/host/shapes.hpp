#pragma once

#include <cmath>
#include <string>

#include "gpu_ref/formats.cuh"
#include "gpu_ref/host/problem.hpp"
#include "gpu_ref/kernels/attention.cuh"

/// What the launches of the attention kernels share.
namespace einfall::gpu_ref {

/// call.template operator()<T, D>() for the problem's 16-bit format and head dimension.
template <class Call>
void with_shape(const Problem& problem, Call call) {
  const auto with_dim = [&]<class T>(T) {
    if (problem.dim == 64) call.template operator()<T, 64>();
    if (problem.dim == 128) call.template operator()<T, 128>();
    if (problem.dim == 256) call.template operator()<T, 256>();
  };
  if (problem.format == Format::kBf16) with_dim(Bf16{});
  if (problem.format == Format::kFp16) with_dim(Fp16{});
}

/// log2(e) / sqrt(dim): the scale of the scores and the base of their powers at once.
inline float scale_of(int dim) {
  return static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(dim)));
}

template <class Key, class Value = Key, class Out = Key>
AttentionOperands<Key, Value, Out> attention_operands(const Problem& problem,
                                                      const Operands& operands) {
  return {static_cast<const Key*>(operands.q),
          static_cast<const Key*>(operands.k),
          static_cast<const Value*>(operands.v),
          static_cast<Out*>(operands.o),
          problem.heads,
          problem.kv_heads,
          {problem.queries, problem.keys, problem.causal ? 1 : 0, problem.window},
          scale_of(problem.dim) * operands.score_scale,
          operands.value_scale,
          0,
          0};
}

/// What all attention kernels with 16-bit numbers ask of a problem.
std::string refusal_of_attention(const Problem& problem);

/// Pairs of a query and a key that it sees, of one head.
double visible_pairs(const Problem& problem);

inline unsigned blocks_for(int items, int each) {
  return static_cast<unsigned>((items + each - 1) / each);
}

}  // namespace einfall::gpu_ref
