#pragma once

#include <string>

#include "gpu_ref/measure/device.hpp"

namespace einfall::gpu_ref::measure {

/// Runs a microbenchmark at one of its sizes, 20 times after a warm-up; what is wrong, or nothing.
[[nodiscard]] std::string measure_ceiling(Device& device, const Microbenchmark& benchmark,
                                          std::int64_t bytes, int sm_count,
                                          records::Ceiling& ceiling);

}  // namespace einfall::gpu_ref::measure
