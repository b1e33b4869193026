#pragma once

#include <cstddef>
#include <functional>

namespace einfall::gpu_ref::check {

/// body(i) for every i in [0, count), in any order; on as many threads as the machine has if `work`
/// (multiply-adds, about) is worth starting them. Bodies must not share what they write.
void for_each(std::size_t count, double work, const std::function<void(std::size_t)>& body);

}  // namespace einfall::gpu_ref::check
