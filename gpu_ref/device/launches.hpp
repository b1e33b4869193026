#pragma once

#include "gpu_ref/host/microbenchmark.hpp"
#include "gpu_ref/host/problem.hpp"

/// What exists on the GPU only; its program adds it to kernels().
namespace einfall::gpu_ref {

[[nodiscard]] std::vector<Kernel> k4_warp_specialised();  // and K8 on its ground
[[nodiscard]] std::vector<Microbenchmark> microbenchmarks();

}  // namespace einfall::gpu_ref
