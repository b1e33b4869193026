#pragma once

#include <string>
#include <vector>

#include "gpu_ref/check/stimulus.hpp"

namespace einfall::gpu_ref::check {

struct Outcome {
  std::vector<double> o;
  std::string problem;  // what went wrong, of the launch or around its buffers; empty if nothing
};

struct RunOptions {
  int repeats = 1;                // over the same buffers
  bool poison_workspace = false;  // what the kernel does not ask to be zero holds 0xff
};

/// Uploads the tensors in the kernel's formats (V of k8-e4m3 as [D, keys]), runs the kernel on the
/// stream and downloads what it wrote. Inputs are read only, outputs begin as NaN in every format,
/// and what lies around the outputs must stay as it was.
/// Precondition: kernel.refusal(p) is empty.
[[nodiscard]] Outcome run(Stream& stream, const Kernel& kernel, const Problem& p,
                          const Stimulus& stimulus, RunOptions options = {});

}  // namespace einfall::gpu_ref::check
