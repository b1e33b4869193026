#include "gpu_ref/device/k4_warp_specialised.cuh"

#include "gpu_ref/device/launches.hpp"
#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

using EncodeTiled = decltype(&cuTensorMapEncodeTiled);

/// The driver's function, asked for at run time so that the program starts without a driver.
EncodeTiled encode_tiled(Stream& stream) {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  stream.keep(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000,
                                               cudaEnableDefault, &found));
  if (found != cudaDriverEntryPointSuccess) stream.keep("the driver has no cuTensorMapEncodeTiled");
  return reinterpret_cast<EncodeTiled>(function);
}

/// A tensor [heads, rows, dim] of 16-bit numbers in boxes of `box_rows` rows x 64 columns.
CUtensorMap tensor_map(Stream& stream, EncodeTiled encode, Format format, const void* base,
                       int heads, int rows, int dim, int box_rows) {
  const auto d = static_cast<cuuint64_t>(dim), r = static_cast<cuuint64_t>(rows);
  const cuuint64_t sizes[3] = {d, r, static_cast<cuuint64_t>(heads)};
  const cuuint64_t strides[2] = {2 * d, 2 * d * r};  // bytes, of the outer two
  const cuuint32_t box[3] = {64, static_cast<cuuint32_t>(box_rows), 1}, steps[3] = {1, 1, 1};
  CUtensorMap map{};
  const CUresult result = encode(
      &map,
      format == Format::kBf16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_FLOAT16,
      3, const_cast<void*>(base), sizes, strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
      CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS)
    stream.keep("cuTensorMapEncodeTiled fails with code " + std::to_string(result));
  return map;
}

template <class Shape, bool PingPong>
void launch(Stream& stream, const Problem& p, const Operands& operands) {
  const EncodeTiled encode = encode_tiled(stream);
  if (stream.problem()) return;
  SpecialisedOperands<typename Shape::T> in{};
  in.attention = attention_operands<typename Shape::T>(p, operands);
  in.q = tensor_map(stream, encode, p.format, operands.q, p.all_heads(), p.queries, p.dim,
                    Shape::kRows);
  in.k = tensor_map(stream, encode, p.format, operands.k, p.all_kv_heads(), p.keys, p.dim,
                    Shape::kKeys);
  in.v = tensor_map(stream, encode, p.format, operands.v, p.all_kv_heads(), p.keys, p.dim,
                    Shape::kKeys);
  stream.launch(attend_specialised<Shape, PingPong>,
                Grid{blocks_for(p.queries, Shape::kRows), static_cast<unsigned>(p.all_heads()), 1},
                Shape::kThreads, Shape::kSharedBytes, in);
}

template <bool PingPong>
void run(Stream& stream, const Problem& p, const Operands& operands) {
  with_shape(
      p, [&]<class T, int D>() { launch<SpecialisedBlock<T, D>, PingPong>(stream, p, operands); });
}

template <bool PingPong>
Kernel entry(std::string_view id) {
  return {id,
          "attn_1pass.yaml",
          "../device/k4_warp_specialised.cuh",
          refusal_of_attention,
          no_bytes,
          no_bytes,
          [](const Problem& p) { return query_tile_costs(p, 1); },
          run<PingPong>};
}

}  // namespace

std::vector<Kernel> k4_warp_specialised() {
  return {entry<true>("k4-ping-pong"), entry<false>("k4-no-ping-pong")};
}

}  // namespace einfall::gpu_ref
