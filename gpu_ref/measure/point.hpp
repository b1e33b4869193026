#pragma once

#include <optional>
#include <string>

#include "gpu_ref/check/stimulus.hpp"
#include "gpu_ref/measure/device.hpp"

namespace einfall::gpu_ref::measure {

/// The problem that a point asks of a kernel on a machine with so many SMs.
[[nodiscard]] Problem problem_of(const Kernel& kernel, const records::Point& point, int sm_count);
/// Why the kernel cannot do what a point asks, on any machine; empty if it can.
[[nodiscard]] std::string refusal_of(const Kernel& kernel, const records::Point& point);
/// The point that a problem is: what validations are recorded under.
[[nodiscard]] records::Point point_of(const Kernel& kernel, const Problem& p);

struct PointResult {
  std::optional<records::Measurement> measured;  // run and hashes are left to the caller
  std::string refusal;                           // why nothing was measured
  bool device_lost = false;                      // nothing more can be launched in this process
};

struct PointOptions {
  std::uint64_t seed = 1;
  int least_repeats = 5, most_repeats = 30;
  double budget_us = 3e5;  // for all repeats of a point, as long as there are the least
};

/// Measures one point: makes its tensors, warms up, times, and compares some rows of the output
/// with fp64. Cold points go over copies of their tensors, as many as hold twice the L2 at least,
/// so that no launch finds its own numbers there; warm ones use the same tensors each time. Numbers
/// are never zeros: products of zeros draw less power.
[[nodiscard]] PointResult measure_point(Device& device, const Kernel& kernel,
                                        const records::Point& point, const PointOptions& options);

}  // namespace einfall::gpu_ref::measure
