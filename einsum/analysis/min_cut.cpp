#include "einsum/analysis/min_cut.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>

namespace einfall::einsum {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Network = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS,
    boost::property<boost::vertex_color_t, boost::default_color_type,
                    boost::property<boost::vertex_predecessor_t, Traits::edge_descriptor>>,
    boost::property<
        boost::edge_capacity_t, std::int64_t,
        boost::property<boost::edge_residual_capacity_t, std::int64_t,
                        boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

void connect(Network& network, std::size_t from, std::size_t to, std::int64_t capacity) {
  const auto there = boost::add_edge(from, to, network).first;
  const auto back = boost::add_edge(to, from, network).first;
  boost::put(boost::edge_capacity, network, there, capacity);
  boost::put(boost::edge_capacity, network, back, 0);
  boost::put(boost::edge_reverse, network, there, back);
  boost::put(boost::edge_reverse, network, back, there);
}

}  // namespace

// Every vertex becomes an arc from its entry (2v) to its exit (2v + 1) with its weight as capacity;
// the arcs between vertices have room for everything.
VertexCut min_vertex_cut(const WeightedGraph& graph) {
  Network network(2 * graph.weights.size());
  for (std::size_t v = 0; v < graph.weights.size(); ++v)
    connect(network, 2 * v, 2 * v + 1,
            v < 2 ? kUncuttable : std::min(graph.weights[v], kUncuttable));
  for (const auto& [from, to] : graph.arcs) connect(network, 2 * from + 1, 2 * to, kUncuttable);
  VertexCut cut;
  cut.weight = boost::edmonds_karp_max_flow(network, 1, 2);
  const auto reached = [&](std::size_t node) {
    return boost::get(boost::vertex_color, network, node) != boost::white_color;
  };
  for (std::size_t v = 2; v < graph.weights.size(); ++v)
    if (reached(2 * v) && !reached(2 * v + 1)) cut.vertices.push_back(v);
  return cut;
}

}  // namespace einfall::einsum
