#pragma once

#include <catch2/catch.hpp>

#include "tests/gpu_ref/attention_case.hpp"

/// What every attention kernel must hold, as checks to call inside a test case.
namespace einfall::gpu_ref::test {

/// A stimulus that uniform attention, or the mean of V, would pass too tests nothing.
inline void require_meaningful(const Problem& p, const Tensors& t,
                               const std::vector<double>& want) {
  const Tensors uniform{std::vector<double>(t.q.size(), 0.0), t.k, t.v};
  CHECK(errors_of(reference(p, uniform), want, p.dim).frobenius > 0.5);
}

/// Values within the format's gate of the fp64 reference; nothing found; no poison left.
inline void check_values(const Kernel& kernel, const Problem& p, const Tensors& t,
                         const std::vector<double>& want, std::uint64_t seed = 1,
                         const Extras& extras = {}) {
  REQUIRE(kernel.run != nullptr);
  REQUIRE(kernel.refusal(p) == "");
  const Outcome outcome = run(kernel, p, t, seed, extras);
  CAPTURE(kernel.id, p.dim, p.queries, p.keys, p.causal, p.window, p.heads, p.kv_heads);
  REQUIRE(outcome.problem == "");
  const Errors errors = errors_of(outcome.o, want, p.dim);
  CAPTURE(errors.frobenius, errors.row, errors.cosine);
  CHECK(errors.frobenius < gate(p.format));
  CHECK(errors.row < 4 * gate(p.format));
  CHECK(errors.cosine > 1 - gate(p.format));
}
inline void check_values(const Kernel& kernel, const Problem& p, std::uint64_t seed = 1) {
  const Tensors t = random_tensors(p, seed);
  const std::vector<double> want = reference(p, t);
  if (p.keys > 8) require_meaningful(p, t, want);
  check_values(kernel, p, t, want, seed);
}

/// Other orders of threads and blocks, and a second run over the same memory, give the same bits.
inline void check_orders(const Kernel& kernel, const Problem& p, const Extras& extras = {}) {
  const Tensors t = random_tensors(p, 11);
  const Outcome first = run(kernel, p, t, 1, extras);
  REQUIRE(first.problem == "");
  for (const std::uint64_t seed : {2U, 3U}) {
    const Outcome other = run(kernel, p, t, seed, extras);
    CHECK(other.problem == "");
    CHECK((other.o == first.o));
    CHECK(other.counts == first.counts);
  }
  CHECK((run(kernel, p, t, 4, extras, 2).o == first.o));
}

/// V = 1 gives O = 1 wherever a key is seen; the sum of the rounded probabilities is what is
/// tested.
inline void check_ones(const Kernel& kernel, const Problem& p, const Extras& extras = {}) {
  Tensors t = random_tensors(p, 12);
  std::fill(t.v.begin(), t.v.end(), 1.0);
  const Outcome outcome = run(kernel, p, t, 1, extras);
  REQUIRE(outcome.problem == "");
  const double step = p.format == Format::kBf16 ? 1.0 / 128 : 1.0 / 1024;
  for (const double x : outcome.o) {
    if (std::fabs(x - 1) <= step) continue;
    CHECK(x == 1);
    return;
  }
}

/// The order of keys does not matter where all are seen, but for rounding.
inline void check_permuted_keys(const Kernel& kernel, const Problem& p) {
  const Tensors t = random_tensors(p, 13);
  Tensors permuted = t;
  std::vector<std::size_t> order(static_cast<std::size_t>(p.keys));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937_64(5));
  const auto row = static_cast<std::size_t>(p.dim);
  for (std::size_t head = 0; head < static_cast<std::size_t>(p.all_kv_heads()); ++head)
    for (std::size_t key = 0; key < order.size(); ++key)
      for (std::size_t e = 0; e < row; ++e) {
        const std::size_t to = (head * order.size() + key) * row + e;
        const std::size_t from = (head * order.size() + order[key]) * row + e;
        permuted.k[to] = t.k[from];
        permuted.v[to] = t.v[from];
      }
  const Outcome straight = run(kernel, p, t), shuffled = run(kernel, p, permuted);
  REQUIRE(straight.problem == "");
  REQUIRE(shuffled.problem == "");
  CHECK((permuted.k != t.k));
  CHECK(errors_of(shuffled.o, straight.o, p.dim).frobenius < gate(p.format));
}

/// Logits of +-1e3 and single huge features overflow nothing and keep the gate.
inline void check_large_logits(const Kernel& kernel, const Problem& p) {
  // Spread 1000: the greatest logit of a query takes (nearly) all weight.
  const Tensors large = random_tensors(p, 14, 1000);
  check_values(kernel, p, large, reference(p, large));
  Tensors outliers = random_tensors(p, 15);
  for (std::size_t i = 0; i < outliers.q.size(); i += 97)
    outliers.q[i] = rounded_to(p.format, 30 * outliers.q[i]);
  for (std::size_t i = 0; i < outliers.k.size(); i += 101)
    outliers.k[i] = rounded_to(p.format, 10 * outliers.k[i]);
  check_values(kernel, p, outliers, reference(p, outliers));
}

}  // namespace einfall::gpu_ref::test
