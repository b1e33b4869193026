#include "gpu_ref/kernels/k5_decode.cuh"

#include <algorithm>

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

constexpr int kRows = 16, kKeys = 64;  // of DecodeBlock

int tiles_of(const Problem& p) { return static_cast<int>(blocks_for(p.keys, kKeys)); }
// (head of keys, 16 rows) pairs.
int units_of(const Problem& p) {
  return p.all_kv_heads() * static_cast<int>(blocks_for(p.heads / p.kv_heads * p.queries, kRows));
}
// Every block of a stream has a tile.
int blocks_of(const Problem& p) {
  const std::int64_t tiles = static_cast<std::int64_t>(units_of(p)) * tiles_of(p);
  return static_cast<int>(std::min<std::int64_t>(p.slots, tiles));
}
std::size_t slot_bytes(const Problem& p) {
  return (static_cast<std::size_t>(kRows) * p.dim + 2 * kRows) * sizeof(float);
}

std::string refusal(const Problem& p) {
  if (auto text = refusal_of_attention(p); !text.empty()) return text;
  if (p.splits < 1 || p.splits > tiles_of(p)) return "wants between 1 split and one a tile of keys";
  if (p.slots < 1) return "wants a slot to run in";
  if (p.queries > 4096 || p.heads / p.kv_heads > 4096) return "is for few queries";
  const std::int64_t rows = static_cast<std::int64_t>(p.heads / p.kv_heads) * p.queries;
  if (p.all_kv_heads() * ((rows + kRows - 1) / kRows) > 65535)
    return "more than 65535 blocks of rows";
  return {};
}

std::size_t split_workspace(const Problem& p) {
  return static_cast<std::size_t>(units_of(p)) * p.splits * slot_bytes(p);
}
// The counters of arrivals, then the slots.
std::size_t counter_bytes(const Problem& p) {
  return (static_cast<std::size_t>(units_of(p)) * sizeof(unsigned) + 15) / 16 * 16;
}
std::size_t stream_workspace(const Problem& p) {
  return counter_bytes(p) + static_cast<std::size_t>(units_of(p) + blocks_of(p)) * slot_bytes(p);
}

template <int Passes>
Costs costs(const Problem& p) {
  const double row_bytes = 2.0 * p.dim, pairs = visible_pairs(p);
  const double queries = p.all_heads() * 2.0 * p.queries * row_bytes;
  Costs costs;
  costs.dram_bytes =
      queries + p.all_kv_heads() * static_cast<double>(p.keys) * row_bytes * (Passes + 1);
  costs.sm_bytes = queries + units_of(p) * static_cast<double>(p.keys) * row_bytes * (Passes + 1);
  costs.multiply_adds = p.all_heads() * pairs * p.dim * (Passes + 1);
  costs.exps = p.all_heads() * pairs * std::min(Passes, 2);
  return costs;
}

template <class T>
DecodeOperands<T> operands_of(const Problem& problem, const Operands& operands) {
  DecodeOperands<T> in;
  in.attention = attention_operands<T>(problem, operands);
  in.units = units_of(problem);
  in.tiles = tiles_of(problem);
  in.splits = problem.splits;
  return in;
}

template <int Passes>
void run_split(Stream& stream, const Problem& problem, const Operands& operands) {
  with_shape(problem, [&]<class T, int D>() {
    using Shape = DecodeBlock<T, D>;
    DecodeOperands<T> in = operands_of<T>(problem, operands);
    in.partials = static_cast<float*>(operands.workspace);
    const auto units = static_cast<unsigned>(in.units);
    stream.launch(decode_split<Shape, Passes>, Grid{static_cast<unsigned>(in.splits), units, 1},
                  Shape::kThreads, Shape::kSharedBytes, in);
    if (in.splits > 1)
      stream.launch(merge_splits<Shape>, Grid{units, 1, 1}, Shape::kThreads, std::size_t{0}, in);
  });
}

template <int Passes>
void run_stream(Stream& stream, const Problem& problem, const Operands& operands) {
  with_shape(problem, [&]<class T, int D>() {
    using Shape = DecodeBlock<T, D>;
    DecodeOperands<T> in = operands_of<T>(problem, operands);
    in.arrived = static_cast<unsigned*>(operands.workspace);
    in.partials =
        reinterpret_cast<float*>(static_cast<char*>(operands.workspace) + counter_bytes(problem));
    stream.launch(decode_stream<Shape, Passes>,
                  Grid{static_cast<unsigned>(blocks_of(problem)), 1, 1}, Shape::kThreads,
                  Shape::kSharedBytes, in);
  });
}

template <int Passes>
Kernel split(std::string_view id) {
  return {id,       "attn_splitk.yaml", "k5_decode.cuh",  refusal, split_workspace,
          no_bytes, costs<Passes>,      run_split<Passes>};
}
template <int Passes>
Kernel stream(std::string_view id) {
  return {id,
          "attn_splitk.yaml",
          "k5_decode.cuh",
          refusal,
          stream_workspace,
          counter_bytes,
          costs<Passes>,
          run_stream<Passes>};
}

}  // namespace

std::vector<Kernel> k5_decode() {
  return {split<1>("k5-split-1"),   split<2>("k5-split-2"),   split<3>("k5-split-3"),
          stream<1>("k5-stream-1"), stream<2>("k5-stream-2"), stream<3>("k5-stream-3")};
}

}  // namespace einfall::gpu_ref
