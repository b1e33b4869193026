#include "gpu_ref/kernels/k2_more_passes.cuh"

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

template <int Passes>
void run(Stream& stream, const Problem& problem, const Operands& operands) {
  with_shape(problem, [&]<class T, int D>() {
    using Shape = QueryBlock<T, D>;
    stream.launch(attend_more_passes<Shape, Passes>,
                  Grid{blocks_for(problem.queries, Shape::kRows),
                       static_cast<unsigned>(problem.all_heads()), 1},
                  Shape::kThreads, QueryTiles<Shape>::kBytes,
                  attention_operands<T>(problem, operands));
  });
}

}  // namespace

Kernel k2_two_pass() {
  return {"k2-two-pass",
          "attn_2pass.yaml",
          "k2_more_passes.cuh",
          refusal_of_attention,
          no_bytes,
          no_bytes,
          [](const Problem& p) { return query_tile_costs(p, 2); },
          run<2>};
}
Kernel k2_three_pass() {
  return {"k2-three-pass",
          "attn_3pass.yaml",
          "k2_more_passes.cuh",
          refusal_of_attention,
          no_bytes,
          no_bytes,
          [](const Problem& p) { return query_tile_costs(p, 3); },
          run<3>};
}

}  // namespace einfall::gpu_ref
