#include "gpu_ref/kernels/k3_one_pass.cuh"

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

void run(Stream& stream, const Problem& problem, const Operands& operands) {
  with_shape(problem, [&]<class T, int D>() {
    using Shape = QueryBlock<T, D>;
    stream.launch(attend_one_pass<Shape>,
                  Grid{blocks_for(problem.queries, Shape::kRows),
                       static_cast<unsigned>(problem.all_heads()), 1},
                  Shape::kThreads, QueryTiles<Shape>::kBytes,
                  attention_operands<T>(problem, operands));
  });
}

}  // namespace

Kernel k3_one_pass() {
  return {"k3-one-pass",
          "attn_1pass.yaml",
          "k3_one_pass.cuh",
          refusal_of_attention,
          no_bytes,
          no_bytes,
          [](const Problem& p) { return query_tile_costs(p, 1); },
          run};
}

}  // namespace einfall::gpu_ref
