#pragma once

#include <cstdint>
#include <vector>

namespace einfall::einsum {

/// A directed graph whose vertices carry weights. Vertex 0 is the source, 1 the sink; both are
/// never cut.
struct WeightedGraph {
  std::vector<std::int64_t> weights;  // by vertex, >= 0
  std::vector<std::pair<std::size_t, std::size_t>> arcs;
};
/// More than any sum of weights: such a vertex is not cut.
inline constexpr std::int64_t kUncuttable = std::int64_t{1} << 60;

struct VertexCut {
  std::int64_t weight = 0;  // >= kUncuttable: every cut holds an uncuttable vertex
  std::vector<std::size_t> vertices;
};

/// The lightest set of vertices that meets every path from source to sink; of several, the one
/// nearest to the source.
[[nodiscard]] VertexCut min_vertex_cut(const WeightedGraph& graph);

}  // namespace einfall::einsum
