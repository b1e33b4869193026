#pragma once

#include <array>
#include <memory>

#include "gpu_ref/check/stimulus.hpp"
#include "gpu_ref/measure/fill.cuh"

/// The tensors of a point in the memory of the device, filled there, and the same numbers on the
/// host.
namespace einfall::gpu_ref::measure {

/// How many numbers each tensor has, and how far they spread.
struct Sizes {
  std::int64_t q = 0, k = 0, v = 0, o = 0;
  float q_scale = 1, k_scale = 1, v_scale = 1;
};
[[nodiscard]] Sizes sizes_of(const Kernel& kernel, const Problem& p);

/// Seed of tensor `which` (0, 1, 2: Q, K, V) of copy `copy`.
[[nodiscard]] inline std::uint64_t seed_of(std::uint64_t seed, int copy, int which) {
  return random_bits(seed, static_cast<std::uint64_t>(3 * copy + which));
}

/// One copy of a point's tensors, whatever their formats.
class TensorSet {
 public:
  virtual ~TensorSet() = default;
  /// Sets q, k, v and o.
  virtual void point(Operands& operands) = 0;
  /// Outputs [first, first + count).
  [[nodiscard]] virtual std::vector<double> outputs(std::int64_t first, std::int64_t count) = 0;
  [[nodiscard]] virtual bool surroundings_intact() = 0;
};
[[nodiscard]] std::unique_ptr<TensorSet> make_tensors(Stream& stream, const Kernel& kernel,
                                                      const Problem& p, std::uint64_t seed,
                                                      int copy);
/// Bytes of one copy.
[[nodiscard]] double bytes_of(const Kernel& kernel, const Problem& p);

/// Number `index` of tensor `which` of a copy, as it stands in memory.
[[nodiscard]] double number_of(const Kernel& kernel, const Problem& p, std::uint64_t seed, int copy,
                               int which, std::int64_t index);

/// Decays and lists; scales of eight bits.
[[nodiscard]] check::Extras extras_of(const Kernel& kernel, const Problem& p, int kept,
                                      std::uint64_t seed);

}  // namespace einfall::gpu_ref::measure
