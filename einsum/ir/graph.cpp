#include "einsum/ir/graph.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <functional>
#include <queue>
#include <set>

#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/step_order.hpp"

namespace einfall::einsum {
namespace {

// Whether an index of a written access and one of a read access can name the same coordinate, as
// far as constants tell: X[0] and X[r+1] never meet.
bool may_meet(const Cascade& cascade, IndexId written, IndexId read) {
  const auto constant = [&](IndexId id) {
    return cascade[id].terms.empty() ? cascade[id].constant.as_constant() : std::nullopt;
  };
  const auto w = constant(written), r = constant(read);
  if (w && r) return *w == *r;
  const auto shifted_w = as_shifted_variable(cascade, written);
  const auto shifted_r = as_shifted_variable(cascade, read);
  if (r && shifted_w) return *r >= shifted_w->offset;
  if (w && shifted_r) return *w >= shifted_r->offset;
  return true;
}

bool may_meet(const Cascade& cascade, const Access& written, const Access& read) {
  const std::size_t positions = std::min(written.indices.size(), read.indices.size());
  for (std::size_t i = 0; i < positions; ++i)
    if (!may_meet(cascade, written.indices[i], read.indices[i])) return false;
  return true;
}

using Order = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

// The dependences as a graph over Einsums: edges, and inits before what they initialise.
Order order_graph(const Cascade& cascade, const std::vector<Edge>& edges) {
  Order order(cascade.einsums.size());
  std::vector<std::vector<std::size_t>> inits(cascade.tensors.size());
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i)
    if (cascade.einsums[i].is_init)
      inits[cascade[cascade.einsums[i].lhs].tensor.index()].push_back(i);
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i)
    if (!cascade.einsums[i].is_init)
      for (const std::size_t init : inits[cascade[cascade.einsums[i].lhs].tensor.index()])
        boost::add_edge(init, i, order);
  for (const Edge& edge : edges) boost::add_edge(edge.writer.index(), edge.reader.index(), order);
  return order;
}

// The components in topological order; among those that are free to run, the one that stands first
// in the file (its first Einsum) comes first.
std::vector<std::vector<EinsumId>> in_order(const Order& order,
                                            const std::vector<std::size_t>& component,
                                            std::size_t count) {
  std::vector<std::vector<EinsumId>> members(count);
  for (std::size_t i = 0; i < component.size(); ++i) members[component[i]].emplace_back(i);
  std::vector<std::size_t> waiting(count, 0);
  std::vector<std::vector<std::size_t>> next(count);
  for (auto [edge, end] = boost::edges(order); edge != end; ++edge) {
    const std::size_t from = component[boost::source(*edge, order)];
    const std::size_t to = component[boost::target(*edge, order)];
    if (from == to) continue;
    next[from].push_back(to);
    ++waiting[to];
  }
  using Ready = std::pair<EinsumId, std::size_t>;
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  for (std::size_t c = 0; c < count; ++c)
    if (waiting[c] == 0) ready.emplace(members[c].front(), c);
  std::vector<std::vector<EinsumId>> sorted;
  while (!ready.empty()) {
    const std::size_t c = ready.top().second;
    ready.pop();
    sorted.push_back(std::move(members[c]));
    for (const std::size_t n : next[c])
      if (--waiting[n] == 0) ready.emplace(members[n].front(), n);
  }
  return sorted;
}

}  // namespace

std::vector<Edge> dependence_edges(const Cascade& cascade) {
  std::vector<std::vector<EinsumId>> writers(cascade.tensors.size());
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i)
    writers[cascade[cascade.einsums[i].lhs].tensor.index()].emplace_back(i);
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i)
    for (const AccessId read : reads(cascade, cascade.einsums[i]))
      for (const EinsumId writer : writers[cascade[read].tensor.index()])
        if (may_meet(cascade, cascade[cascade[writer].lhs], cascade[read]))
          edges.push_back({writer, EinsumId(i), read});
  return edges;
}

std::vector<std::vector<EinsumId>> strong_components(const Cascade& cascade,
                                                     const std::vector<Edge>& edges) {
  if (cascade.einsums.empty()) return {};
  const Order order = order_graph(cascade, edges);
  std::vector<std::size_t> component(cascade.einsums.size());
  const std::size_t count = boost::strong_components(
      order,
      boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, order)));
  return in_order(order, component, count);
}

base::Result<Graph> dependence_graph(const Cascade& cascade) {
  Graph graph;
  graph.edges = dependence_edges(cascade);
  base::Diagnostics errors;
  const auto groups = strong_components(cascade, graph.edges);
  std::vector<std::size_t> group_of(cascade.einsums.size());
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const EinsumId id : groups[g]) group_of[id.index()] = g;
  std::vector<std::vector<Edge>> inside(groups.size());
  for (const Edge& edge : graph.edges) {
    const std::size_t g = group_of[edge.writer.index()];
    if (g == group_of[edge.reader.index()]) inside[g].push_back(edge);
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].size() == 1 && inside[g].empty())
      graph.components.push_back({groups[g], std::nullopt});
    else
      graph.components.push_back(order_steps(cascade, groups[g], inside[g], errors));
  }
  if (!errors.empty()) return base::failure(std::move(errors));
  return graph;
}

}  // namespace einfall::einsum
