#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gpu_ref/host/problem.hpp"

namespace einfall::gpu_ref {

/// One microbenchmark: what a launch does, in units of what is measured.
struct Microbenchmark {
  std::string_view id;    // "k0-copy"
  std::string_view unit;  // of work: "B", "FLOP", "exp", "launch"
  /// Work of one launch of so many blocks and repeats over so many bytes (of each stream).
  double (*work)(int blocks, int repeats, std::int64_t bytes);
  /// `memory` holds three streams of `bytes` (at least 16, a multiple of 16), one after another;
  /// `cycles` a number for each block.
  void (*run)(Stream& stream, int blocks, int repeats, std::int64_t bytes, void* memory,
              long long* cycles);
};
[[nodiscard]] std::vector<Microbenchmark> microbenchmarks();

}  // namespace einfall::gpu_ref
