#pragma once

#include <memory>

#include "gpu_ref/measure/device.hpp"

namespace einfall::gpu_ref::executor {

/// The CPU executor in a GPU's place, to rehearse measuring: its times are those of a CPU that
/// emulates, and its records say so and are never counted.
[[nodiscard]] std::unique_ptr<measure::Device> make_device(std::vector<Kernel> kernels,
                                                           std::vector<Microbenchmark> benchmarks);

}  // namespace einfall::gpu_ref::executor
