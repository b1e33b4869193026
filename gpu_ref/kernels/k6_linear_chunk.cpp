#include "gpu_ref/kernels/k6_linear_chunk.cuh"

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

std::string refusal(const Problem& p) {
  if (p.queries != p.keys) return "every token is a query and a key";
  if (p.heads != p.kv_heads) return "heads do not share keys";
  if (p.causal || p.window != 0) return "its mask is its own";
  return refusal_of_attention(p);
}

Costs costs(const Problem& p) {
  const double tokens = static_cast<double>(p.all_heads()) * p.queries;
  const double row_bytes = 2.0 * p.dim, slabs = p.dim / 64.0;
  const double chunk = p.dim == 256 ? 128 : 64;
  Costs costs;
  costs.dram_bytes = tokens * row_bytes * 4;
  costs.sm_bytes = tokens * row_bytes * (2 * slabs + 2);
  // Per slab of 64 columns: scores, their values, the state's share, the state itself.
  costs.multiply_adds = tokens * slabs * (chunk * p.dim + chunk * 64 + 2 * p.dim * 64.0);
  costs.exps = tokens * slabs * (chunk + 1) / 2;  // decays of visible pairs
  return costs;
}

void run(Stream& stream, const Problem& problem, const Operands& operands) {
  with_shape(problem, [&]<class T, int D>() {
    using Shape = LinearBlock<T, D>;
    const LinearOperands<T> in{static_cast<const T*>(operands.q),
                               static_cast<const T*>(operands.k),
                               static_cast<const T*>(operands.v),
                               static_cast<T*>(operands.o),
                               operands.decay,
                               problem.queries};
    stream.launch(attend_linear<Shape>,
                  Grid{D / Shape::kSlab, static_cast<unsigned>(problem.all_heads()), 1},
                  Shape::kThreads, Shape::kSharedBytes, in);
  });
}

}  // namespace

Kernel k6_linear_chunk() {
  return {"k6-linear-chunk",
          "lightning_chunk.yaml",
          "k6_linear_chunk.cuh",
          refusal,
          no_bytes,
          no_bytes,
          costs,
          run};
}

}  // namespace einfall::gpu_ref
