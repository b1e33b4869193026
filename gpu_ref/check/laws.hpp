#pragma once

#include <string>

#include "gpu_ref/check/reference.hpp"
#include "gpu_ref/check/run.hpp"

/// What every kernel must hold, whoever runs it. Each is one check of one kernel on one problem.
/// Precondition of all: kernel.refusal(p) is empty.
namespace einfall::gpu_ref::check {

struct Verdict {
  std::string message;  // what is wrong; empty if nothing is
  double error = 0;     // relative Frobenius, where the check has one
  double gate = 0;
  [[nodiscard]] bool passed() const { return message.empty(); }
};

/// Why these values would pass with a kernel that looks at no key in particular; empty if they
/// would not. With up to 8 keys, every kernel looks at all.
[[nodiscard]] std::string why_meaningless(const Kernel& kernel, const Problem& p,
                                          const Stimulus& stimulus,
                                          const std::vector<double>& want);

/// Values within the format's gate of the fp64 reference, and no poison left, on a stimulus that is
/// meaningful. `seed` orders the threads where they can be ordered.
[[nodiscard]] Verdict check_values(const Kernel& kernel, const Problem& p, const Stimulus& stimulus,
                                   std::uint64_t seed = 1);
/// V = 1 gives O = 1: the probabilities' sum. No key may be masked for all.
[[nodiscard]] Verdict check_ones(const Kernel& kernel, const Problem& p, std::uint64_t seed);
/// The order of the keys does not matter where all are seen, but for rounding.
[[nodiscard]] Verdict check_permuted_keys(const Kernel& kernel, const Problem& p,
                                          std::uint64_t seed);
/// Logits of +-1e3: the greatest of a query takes all weight.
[[nodiscard]] Verdict check_large_logits(const Kernel& kernel, const Problem& p,
                                         std::uint64_t seed);
/// Single huge features of queries and keys.
[[nodiscard]] Verdict check_outliers(const Kernel& kernel, const Problem& p, std::uint64_t seed);
/// Other orders of threads, a second run over the same memory, and a poisoned workspace give the
/// same bits.
[[nodiscard]] Verdict check_repeats(const Kernel& kernel, const Problem& p, std::uint64_t seed);
/// The first query of a causal head, as many queries as keys, gets the first value as it is.
[[nodiscard]] Verdict check_first_row(const Kernel& kernel, const Problem& p, std::uint64_t seed);
/// Queries before the first key (causal, more queries than keys) get zeros, the others do not.
[[nodiscard]] Verdict check_masked_rows(const Kernel& kernel, const Problem& p, std::uint64_t seed);
/// K5: other numbers of splits and slots give the same values but for rounding.
[[nodiscard]] Verdict check_splits(const Kernel& kernel, const Problem& p, std::uint64_t seed);

}  // namespace einfall::gpu_ref::check
