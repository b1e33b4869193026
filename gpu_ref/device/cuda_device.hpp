#pragma once

#include <memory>
#include <string>

#include "gpu_ref/measure/device.hpp"

namespace einfall::gpu_ref {

/// The first GPU, or nothing and why: no driver, no device, or one that the kernels are not for.
[[nodiscard]] std::unique_ptr<measure::Device> open_cuda_device(std::string& why_not);
/// Those of both sides, and the GPU's own.
[[nodiscard]] std::vector<Kernel> all_kernels();

}  // namespace einfall::gpu_ref
