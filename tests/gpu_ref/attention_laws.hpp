#pragma once

#include <catch2/catch.hpp>

#include "tests/gpu_ref/attention_case.hpp"

/// What every attention kernel must hold, as checks to call inside a test case.
namespace einfall::gpu_ref::test {

/// Values within the format's gate of the fp64 reference; nothing found; no poison left.
inline void check_values(const Kernel& kernel, const Problem& p, const Tensors& t,
                         const std::vector<double>& want, std::uint64_t seed = 1,
                         const Extras& extras = {}) {
  REQUIRE(kernel.run != nullptr);
  REQUIRE(kernel.refusal(p) == "");
  const Outcome outcome = run(kernel, p, t, seed, extras);
  CAPTURE(kernel.id, p.dim, p.queries, p.keys, p.causal, p.window, p.heads, p.kv_heads);
  REQUIRE(outcome.problem == "");
  const records::Norms errors = errors_of(outcome.o, want, p.dim);
  CAPTURE(errors.frobenius, errors.row, errors.cosine);
  CHECK(check::within(errors, gate(p.format)));
}
inline void check_values(const Kernel& kernel, const Problem& p, std::uint64_t seed = 1) {
  CAPTURE(kernel.id, p.dim, p.queries, p.keys, p.causal, p.window, p.heads, p.kv_heads);
  REQUIRE(kernel.refusal(p) == "");
  CHECK(check::check_values(kernel, p, check::stimulus(kernel, p, seed), seed).message == "");
}

/// Other orders of threads and blocks give the same bits, and the same counts.
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

inline void check_ones(const Kernel& kernel, const Problem& p) {
  CHECK(check::check_ones(kernel, p, 12).message == "");
}
inline void check_permuted_keys(const Kernel& kernel, const Problem& p) {
  CHECK(check::check_permuted_keys(kernel, p, 13).message == "");
}
inline void check_large_logits(const Kernel& kernel, const Problem& p) {
  CHECK(check::check_large_logits(kernel, p, 14).message == "");
  CHECK(check::check_outliers(kernel, p, 15).message == "");
}

}  // namespace einfall::gpu_ref::test
