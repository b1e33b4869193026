#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "gpu_ref/host/problem.hpp"

namespace einfall::gpu_ref {

/// One microbenchmark: what a launch does, in units of what is measured, and how it is to be asked
/// for a ceiling.
struct Microbenchmark {
  std::string_view id;    // "k0-copy"
  std::string_view unit;  // of work: "B", "FLOP", "exp", "launch"
  int blocks_per_sm = 1;  // all of which run at once
  int repeats = 1;        // inside a launch
  /// Sizes of each stream to try, in bytes, multiples of 16; one of them where size means nothing.
  std::vector<std::int64_t> sizes;
  /// Work of one launch of so many blocks and repeats over so many bytes (of each stream).
  double (*work)(int blocks, int repeats, std::int64_t bytes);
  /// `memory` holds three streams of `bytes`, one after another; `cycles` a number for each block,
  /// which stays as it was where the blocks do not count.
  std::function<void(Stream& stream, int blocks, int repeats, std::int64_t bytes, void* memory,
                     long long* cycles)>
      run;
};

}  // namespace einfall::gpu_ref
