#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gpu_ref/check/laws.hpp"
#include "gpu_ref/host/convert.hpp"

/// How the tests run a kernel on the executor.
namespace einfall::gpu_ref::test {

using check::errors_of;
using check::Extras;
using check::gate;
using check::problem;
using check::random_tensors;
using check::reference;
using check::rounded_to;
using check::sees;
using check::Tensors;

struct Outcome {
  std::vector<double> o;
  std::string problem;  // what the executor found; empty if nothing
  executor::Counts counts;
};

/// Runs the kernel on the executor, `repeats` times over the same buffers.
inline Outcome run(const Kernel& kernel, const Problem& p, const Tensors& t, std::uint64_t seed = 1,
                   const Extras& extras = {}, int repeats = 1) {
  Stream stream(seed);
  check::Outcome outcome = check::run(stream, kernel, p, {t, extras}, {repeats, false});
  return {std::move(outcome.o), std::move(outcome.problem), stream.counts()};
}

inline Kernel kernel_named(std::string_view id) {
  for (const Kernel& kernel : kernels())
    if (kernel.id == id) return kernel;
  return {};
}

}  // namespace einfall::gpu_ref::test
