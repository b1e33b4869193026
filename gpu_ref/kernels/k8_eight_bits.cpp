#include "gpu_ref/kernels/k8_eight_bits.cuh"

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

template <Format Wanted>
std::string refusal(const Problem& p) {
  if (p.format != Wanted) return Wanted == Format::kInt8 ? "wants int8" : "wants e4m3";
  if (Wanted == Format::kE4m3 && p.keys % kKeyColumns != 0) return "wants whole tiles of 64 keys";
  if (Wanted == Format::kE4m3 && p.dim == 256) return "has tiles for head dimensions 64 and 128";
  Problem as_halves = p;
  as_halves.format = Format::kFp16;
  return refusal_of_attention(as_halves);
}

// As K3's, with a byte for each number of Q, K, and of V in e4m3.
template <Format Wanted>
Costs costs(const Problem& p) {
  const double value_bytes = Wanted == Format::kInt8 ? 2 : 1;
  Costs costs = query_tile_costs(p, 1);
  const double queries = static_cast<double>(p.all_heads()) * p.queries * p.dim;
  const double keys = static_cast<double>(p.all_kv_heads()) * p.keys * p.dim;
  const double fetched = (costs.sm_bytes - 4 * queries) / 4;
  costs.dram_bytes = 3 * queries + keys * (1 + value_bytes);
  costs.sm_bytes = 3 * queries + fetched * (1 + value_bytes);
  return costs;
}

template <class Shape>
void launch(Stream& stream, const Problem& p, const Operands& operands, float lift) {
  OperandsOf<Shape> in =
      attention_operands<typename Shape::Key, typename Shape::Value, Fp16>(p, operands);
  in.lift = lift;
  stream.launch(attend_one_pass<Shape>,
                Grid{blocks_for(p.queries, Shape::kRows), static_cast<unsigned>(p.all_heads()), 1},
                Shape::kThreads, QueryTiles<Shape>::kBytes, in);
}

void run_int8(Stream& stream, const Problem& p, const Operands& operands) {
  if (p.dim == 64) launch<Int8Block<64>>(stream, p, operands, 0);
  if (p.dim == 128) launch<Int8Block<128>>(stream, p, operands, 0);
  if (p.dim == 256) launch<Int8Block<256>>(stream, p, operands, 0);
}
void run_e4m3(Stream& stream, const Problem& p, const Operands& operands) {
  if (p.dim == 64) launch<E4m3Block<64>>(stream, p, operands, E4m3Block<64>::kLift);
  if (p.dim == 128) launch<E4m3Block<128>>(stream, p, operands, E4m3Block<128>::kLift);
}

}  // namespace

std::vector<Kernel> k8_eight_bits() {
  return {{"k8-int8", "attn_1pass.yaml", "k8_eight_bits.cuh", refusal<Format::kInt8>, no_bytes,
           no_bytes, costs<Format::kInt8>, run_int8},
          {"k8-e4m3", "attn_1pass.yaml", "k8_eight_bits.cuh", refusal<Format::kE4m3>, no_bytes,
           no_bytes, costs<Format::kE4m3>, run_e4m3}};
}

}  // namespace einfall::gpu_ref
