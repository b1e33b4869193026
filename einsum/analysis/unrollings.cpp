#include "einsum/analysis/unrollings.hpp"

#include "einsum/analysis/flow.hpp"

namespace einfall::einsum {
namespace {

// Beyond this (some 100 MB) all are forgotten, and made again where they are asked for.
constexpr std::size_t kMostEdges = std::size_t{1} << 22;

std::size_t edges_of(const Unrolled& unrolled) {
  std::size_t edges = unrolled.instances.size();
  for (const Instance& instance : unrolled.instances) edges += instance.into.size();
  return edges;
}

}  // namespace

std::shared_ptr<const Unrolled> Unrollings::at(const Flow& flow, const RankView& view,
                                               const Sizes& sizes) {
  Key key{stepping_ranks(flow, view), {}};
  for (const RankId rank : key.first) key.second.push_back(sizes[rank]);
  const auto known = made_.find(key);
  if (known != made_.end()) return known->second;
  const auto made = std::make_shared<const Unrolled>(unroll(flow, view, sizes));
  const std::size_t edges = edges_of(*made);
  if (edges_ + edges > kMostEdges) {
    made_.clear();
    edges_ = 0;
  }
  edges_ += edges;
  made_.emplace(std::move(key), made);
  return made;
}

}  // namespace einfall::einsum
