#pragma once

#include <cstdint>
#include <vector>

#include "gpu_ref/host/problem.hpp"

/// What kernels are tried on. Everything in this folder is compiled for the GPU's program and for
/// the CPU executor alike, and needs the standard library only.
namespace einfall::gpu_ref::check {

/// Numbers as a kernel gets them: already rounded to the format they have in memory. Rows of the
/// problem's head dimension; for K9, q holds the scores [heads, queries, keys] and the rest
/// nothing.
struct Tensors {
  std::vector<double> q, k, v;
};

/// What some kernels read besides, and what numbers stand for.
struct Extras {
  std::vector<int> block_first, blocks;     // K7
  std::vector<float> decay;                 // K6, one for each head of the whole batch
  double score_scale = 1, value_scale = 1;  // K8
};

/// Which kind of kernel an id is of: what its tensors are and what it computes.
enum class Family { kAttention, kDecode, kLinear, kSparse, kInt8, kE4m3, kSoftmax };
[[nodiscard]] Family family_of(const Kernel& kernel);

/// One head of one sequence.
[[nodiscard]] Problem problem(Format format, int dim, int queries, int keys);
[[nodiscard]] double rounded_to(Format format, double x);
/// The format of V, and of the outputs.
[[nodiscard]] Format value_format(Format format);
[[nodiscard]] Format output_format(Format format);

/// Normal numbers; `spread` scales the queries, and so the logits: at 3, a query looks at a few
/// keys.
[[nodiscard]] Tensors random_tensors(const Problem& p, std::uint64_t seed, double spread = 3);

/// Tensors and extras of the family's kinds: logits as those of random_tensors(), decays from none
/// to quick, lists with rows of different lengths in no order.
struct Stimulus {
  Tensors tensors;
  Extras extras;
};
[[nodiscard]] Stimulus stimulus(const Kernel& kernel, const Problem& p, std::uint64_t seed,
                                double spread = 3);
/// A list for K7 that keeps `kept` of the blocks of keys for each row of queries, chosen by the
/// seed; 0 keeps all.
void list_blocks(const Problem& p, int kept, std::uint64_t seed, Extras& extras);

}  // namespace einfall::gpu_ref::check
