#pragma once

#include <functional>
#include <vector>

#include "gpu_ref/check/laws.hpp"

namespace einfall::gpu_ref::check {

/// One check, ready to be done.
struct Trial {
  const char* check;  // "values", "ones"
  Problem problem;
  std::function<Verdict()> run;
};

/// What a kernel is put to: in small, what the CPU executor can do in seconds; in full, also heads
/// of thousands of tokens and every head dimension and format. Problems that the kernel refuses are
/// left out; there are always some that it does not.
enum class Extent { kSmall, kFull };
[[nodiscard]] std::vector<Trial> battery(const Kernel& kernel, Extent extent, std::uint64_t seed);

}  // namespace einfall::gpu_ref::check
