#include "gpu_ref/device/k4_warp_specialised.cuh"

#include <vector>

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

struct Dimension {
  std::int64_t size;
  std::int64_t stride;  // in bytes; of the first one the size of a number
  int box;
};
/// A tensor of so many dimensions, the innermost first, in boxes whose rows are 128 bytes.
CUtensorMap tensor_map(Stream& stream, EncodeTiled encode, Format format, const void* base,
                       const std::vector<Dimension>& dimensions) {
  cuuint64_t sizes[5]{}, strides[5]{};
  cuuint32_t box[5]{}, steps[5]{};
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    sizes[i] = static_cast<cuuint64_t>(dimensions[i].size);
    strides[i] = static_cast<cuuint64_t>(dimensions[i].stride);
    box[i] = static_cast<cuuint32_t>(dimensions[i].box);
    steps[i] = 1;
  }
  const CUtensorMapDataType type = format == Format::kBf16   ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                   : format == Format::kFp16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16
                                                             : CU_TENSOR_MAP_DATA_TYPE_UINT8;
  CUtensorMap map{};
  const CUresult result =
      encode(&map, type, static_cast<cuuint32_t>(dimensions.size()), const_cast<void*>(base), sizes,
             strides + 1, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS)
    stream.keep("cuTensorMapEncodeTiled fails with code " + std::to_string(result));
  return map;
}

/// [heads, rows, columns] of numbers of `bytes`, in boxes of `box_rows` rows.
std::vector<Dimension> rows_of(std::int64_t heads, std::int64_t rows, std::int64_t columns,
                               int bytes, int box_rows) {
  return {{columns, bytes, 128 / bytes},
          {rows, columns * bytes, box_rows},
          {heads, rows * columns * bytes, 1}};
}
/// Rows of 128 bytes in sixteens: the row 4 t + 2 n + i of each is handed out as row 8 n + 2 t + i,
/// which is KeysInFours.
std::vector<Dimension> rows_in_fours(std::int64_t rows, int box_rows) {
  return {{128, 1, 128},
          {2, 128, 2},
          {4, 4 * 128, 4},
          {2, 2 * 128, 2},
          {rows / 16, 16 * 128, box_rows / 16}};
}

template <class Shape, bool PingPong>
void launch(Stream& stream, const Problem& p, const Operands& operands) {
  using T = typename Shape::T;
  const EncodeTiled encode = encode_tiled(stream);
  if (stream.problem()) return;
  const auto map = [&](const void* base, const std::vector<Dimension>& dimensions) {
    return tensor_map(stream, encode, p.format, base, dimensions);
  };
  typename Shape::Operands in{};
  in.attention = attention_operands<T, T, typename Shape::Out>(p, operands);
  in.q = map(operands.q, rows_of(p.all_heads(), p.queries, p.dim, sizeof(T), Shape::kRows));
  if constexpr (Shape::kEightBits) {
    const std::int64_t keys = static_cast<std::int64_t>(p.all_kv_heads()) * p.keys;
    in.k = map(operands.k, rows_in_fours(keys, Shape::kKeys));
    in.v = map(operands.v, rows_of(p.all_kv_heads(), p.dim, p.keys, sizeof(T), Shape::kDim));
  } else {
    in.k = map(operands.k, rows_of(p.all_kv_heads(), p.keys, p.dim, sizeof(T), Shape::kKeys));
    in.v = map(operands.v, rows_of(p.all_kv_heads(), p.keys, p.dim, sizeof(T), Shape::kKeys));
  }
  stream.launch(attend_specialised<Shape, PingPong>,
                Grid{blocks_for(p.queries, Shape::kRows), static_cast<unsigned>(p.all_heads()), 1},
                Shape::kThreads, Shape::kSharedBytes, in);
}

template <bool PingPong>
void run(Stream& stream, const Problem& p, const Operands& operands) {
  with_shape(
      p, [&]<class T, int D>() { launch<SpecialisedBlock<T, D>, PingPong>(stream, p, operands); });
}

void run_eight_bits(Stream& stream, const Problem& p, const Operands& operands) {
  launch<SpecialisedBlock<E4m3, 128>, true>(stream, p, operands);
}

}  // namespace

std::vector<Kernel> k4_warp_specialised() {
  std::vector<Kernel> all = k4_unlaunched();
  for (Kernel& kernel : all)
    kernel.run = kernel.id == "k4-ping-pong"      ? run<true>
                 : kernel.id == "k4-no-ping-pong" ? run<false>
                                                  : run_eight_bits;
  return all;
}

}  // namespace einfall::gpu_ref
