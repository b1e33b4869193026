#include "mappings/program/common_loops.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

// The nodes from the root to this one.
std::vector<NodeId> chain(const Program& program, NodeId node) {
  std::vector<NodeId> nodes;
  for (; node.valid(); node = program.nodes[node.index()].parent) nodes.push_back(node);
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace

std::size_t common_levels(const Program& program, const Operation& a, const Operation& b) {
  const auto x = chain(program, a.node);
  const auto y = chain(program, b.node);
  std::size_t common = 0;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()) && x[i] == y[i]; ++i)
    common = program.nodes[x[i].index()].path.size();
  return common;
}

}  // namespace einfall::mappings
