#pragma once

#include "gpu_ref/host/problem.hpp"

/// The kernels that exist on the GPU only; a program with a GPU adds them to kernels().
namespace einfall::gpu_ref {

[[nodiscard]] std::vector<Kernel> k4_warp_specialised();  // with and without ping-pong

}  // namespace einfall::gpu_ref
