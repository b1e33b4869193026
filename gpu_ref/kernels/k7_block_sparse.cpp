#include "gpu_ref/kernels/k7_block_sparse.cuh"

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

std::string refusal(const Problem& problem) {
  if (problem.kept_blocks < 0) return "a negative number of blocks";
  return refusal_of_attention(problem);
}

// Every kept block as a whole, masked or not: the mask's share of it is the list's business.
Costs costs(const Problem& p) {
  const double heads = p.all_heads(), row_bytes = 2.0 * p.dim;
  const double keys = static_cast<double>(p.kept_blocks) * kKeyColumns;
  const double queries = heads * 2 * p.queries * row_bytes;
  Costs costs;
  costs.dram_bytes = queries + p.all_kv_heads() * 2.0 * p.keys * row_bytes;
  costs.sm_bytes = queries + heads * keys * row_bytes * 2;
  costs.multiply_adds = heads * keys * kQueryRows * p.dim * 2;
  costs.exps = heads * keys * kQueryRows;
  return costs;
}

void run(Stream& stream, const Problem& problem, const Operands& operands) {
  const BlockLists lists{operands.block_first, operands.blocks};
  with_shape(problem, [&]<class T, int D>() {
    using Shape = QueryBlock<T, D>;
    stream.launch(attend_listed_blocks<Shape>,
                  Grid{blocks_for(problem.queries, Shape::kRows),
                       static_cast<unsigned>(problem.all_heads()), 1},
                  Shape::kThreads, QueryTiles<Shape>::kBytes,
                  attention_operands<T>(problem, operands), lists);
  });
}

}  // namespace

Kernel k7_block_sparse() {
  return {"k7-block-sparse",
          "block_given.yaml",
          "k7_block_sparse.cuh",
          refusal,
          no_bytes,
          no_bytes,
          costs,
          run};
}

}  // namespace einfall::gpu_ref
