#include "einsum/analysis/flow.hpp"

#include "einsum/analysis/passes.hpp"
#include "einsum/analysis/unrollings.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {
namespace {

// More steps than any usual loop needs before its levels grow evenly.
constexpr std::int64_t kUnknownSize = 24;

}  // namespace

Sizes sizes_for_passes(const Cascade& cascade,
                       const std::map<std::string, std::int64_t>& overrides) {
  return known_sizes(cascade, overrides, kUnknownSize);
}

base::Result<Flow> flow_of(const Cascade& cascade, const std::optional<Sizes>& sizes) {
  EINFALL_TRY(Graph graph, dependence_graph(cascade));
  Flow flow{cascade, std::move(graph),
            {},      {},
            {},      {},
            {},      Blocks(cascade),
            {},      std::make_shared<Unrollings>()};
  flow.sizes = sizes ? *sizes : sizes_for_passes(cascade);
  const std::size_t einsums = cascade.einsums.size();
  flow.edges_into.resize(einsums);
  flow.edges_from.resize(einsums);
  flow.component_of.resize(einsums);
  flow.written.assign(cascade.tensors.size(), false);
  for (const Einsum& einsum : cascade.einsums)
    flow.written[cascade[einsum.lhs].tensor.index()] = true;
  for (std::size_t c = 0; c < flow.graph.components.size(); ++c)
    for (const EinsumId id : flow.graph.components[c].einsums) flow.component_of[id.index()] = c;
  for (std::size_t e = 0; e < flow.graph.edges.size(); ++e) {
    const Edge& edge = flow.edge(e);
    flow.edges_into[edge.reader.index()].push_back(e);
    flow.edges_from[edge.writer.index()].push_back(e);
    const std::size_t component = flow.component_of[edge.reader.index()];
    const auto& iterative = flow.graph.components[component].iterative_rank;
    std::optional<std::int64_t> distance;
    if (iterative && component == flow.component_of[edge.writer.index()])
      distance = step_distance(cascade, edge, *iterative).value_or(0);
    flow.distance.push_back(distance);
  }
  return flow;
}

std::vector<EdgeRelation> relations(const Flow& flow, const RankView& view) {
  std::vector<EdgeRelation> found;
  found.reserve(flow.graph.edges.size());
  for (std::size_t e = 0; e < flow.graph.edges.size(); ++e) {
    const Edge& edge = flow.edge(e);
    const auto& component = flow.graph.components[flow.component_of[edge.reader.index()]];
    const bool carried =
        flow.inside_component(e) && *flow.distance[e] > 0 && view.holds(*component.iterative_rank);
    found.push_back(relate(flow.cascade, flow.blocks, edge, view, carried));
  }
  return found;
}

}  // namespace einfall::einsum
