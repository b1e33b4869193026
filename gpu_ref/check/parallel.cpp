#include "gpu_ref/check/parallel.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace einfall::gpu_ref::check {

void for_each(std::size_t count, double work, const std::function<void(std::size_t)>& body) {
  const std::size_t most = work < 3e7 ? 1 : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  const auto part = [&](std::size_t first) {
    for (std::size_t i = first; i < count; i += most) body(i);
  };
  for (std::size_t i = 1; i < most; ++i) threads.emplace_back(part, i);
  part(0);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace einfall::gpu_ref::check
