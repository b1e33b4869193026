#pragma once

#include <functional>
#include <vector>

#include "gpu_ref/check/stimulus.hpp"
#include "gpu_ref/records/record.hpp"

/// What kernels should have computed, in fp64, and how far they are from it.
namespace einfall::gpu_ref::check {

using Sees = std::function<bool(int query, int key)>;

/// The problem's own mask, written again here.
[[nodiscard]] bool sees(const Problem& p, int query, int key);
/// Softmax attention in fp64 over the keys that see(query, key) lets through; rows that see none
/// are zeros.
[[nodiscard]] std::vector<double> reference(const Problem& p, const Tensors& t, const Sees& see);
[[nodiscard]] std::vector<double> reference(const Problem& p, const Tensors& t);

/// One row of what the kernel computes, of whatever family it is: `q` is that row of queries (K9:
/// of scores), `k` and `v` the keys and values of its head; `head` counts over the whole batch.
[[nodiscard]] std::vector<double> expected_row(const Kernel& kernel, const Problem& p,
                                               const Extras& extras, int head, int query,
                                               const double* q, const double* k, const double* v);
/// All rows, on as many threads as the machine has where there is much to do.
[[nodiscard]] std::vector<double> expected(const Kernel& kernel, const Problem& p,
                                           const Stimulus& stimulus);
/// Numbers in a row of the kernel's outputs.
[[nodiscard]] int row_length(const Kernel& kernel, const Problem& p);
/// The head of keys that belongs to a head, both counted over the whole batch.
[[nodiscard]] std::size_t kv_head_of(const Problem& p, std::size_t head);

/// Norms of got - want over rows of `row` numbers; NaN where got holds one.
[[nodiscard]] records::Norms errors_of(const std::vector<double>& got,
                                       const std::vector<double>& want, int row);
/// The gate of relative Frobenius error of a format. A row may be 4 times as far off.
[[nodiscard]] double gate(Format format);
/// Whether the norms are within the gate: Frobenius, rows, cosine. NaN is not.
[[nodiscard]] bool within(const records::Norms& norms, double gate);

}  // namespace einfall::gpu_ref::check
