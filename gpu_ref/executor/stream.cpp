#include <fmt/format.h>

#include <algorithm>

#include "gpu_ref/executor/gpu/launch.cuh"

namespace einfall::gpu_ref {

std::optional<std::string> Stream::problem() const {
  if (!finding_) return std::nullopt;
  return fmt::format("{}: {}", executor::name(finding_->kind), finding_->message);
}

void Stream::run(Grid grid, unsigned threads, std::size_t shared_bytes,
                 const std::function<void()>& body) {
  if (facts_ != nullptr)
    facts_->push_back({static_cast<double>(grid.x) * grid.y * grid.z, static_cast<int>(threads),
                       static_cast<double>(shared_bytes), 0, 0, 0});
  std::vector<Grid> order;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) order.push_back({x, y, z});
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[static_cast<std::size_t>(block_.random()() % left)]);
  for (const Grid index : order) {
    if (finding_) return;
    finding_ = block_.run(grid, index, threads, shared_bytes, body);
  }
}

}  // namespace einfall::gpu_ref
