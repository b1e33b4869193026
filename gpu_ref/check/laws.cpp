#include "gpu_ref/check/laws.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace einfall::gpu_ref::check {
namespace {

Verdict wrong(std::string message) { return {std::move(message), 0, 0}; }

Outcome run_once(const Kernel& kernel, const Problem& p, const Stimulus& s, std::uint64_t seed,
                 RunOptions options = {}) {
  Stream stream(seed);
  return run(stream, kernel, p, s, options);
}

std::string text_of(const records::Norms& norms) {
  return "relative Frobenius " + std::to_string(norms.frobenius) + ", worst row " +
         std::to_string(norms.row) + ", greatest difference " + std::to_string(norms.max_abs) +
         ", cosine " + std::to_string(norms.cosine);
}

Verdict compare(const std::vector<double>& got, const std::vector<double>& want, int row,
                double gate, const char* what) {
  const auto poison = std::count_if(got.begin(), got.end(), [](double x) { return std::isnan(x); });
  if (poison > 0)
    return {std::to_string(poison) + " of " + std::to_string(got.size()) +
                " outputs are NaN: not written, or not finite",
            NAN, gate};
  const records::Norms norms = errors_of(got, want, row);
  if (within(norms, gate)) return {"", norms.frobenius, gate};
  return {std::string(what) + ": " + text_of(norms) + "; the gate is " + std::to_string(gate),
          norms.frobenius, gate};
}

/// A unit in the last place of numbers from 1 to 2.
double step_of(Format format) {
  switch (output_format(format)) {
    case Format::kBf16:
      return 1.0 / 128;
    default:
      return 1.0 / 1024;
  }
}

double output_gate(const Kernel& kernel, const Problem& p) {
  return family_of(kernel) == Family::kSoftmax ? gate(output_format(p.format)) : gate(p.format);
}

}  // namespace

std::string why_meaningless(const Kernel& kernel, const Problem& p, const Stimulus& s,
                            const std::vector<double>& want) {
  if (p.keys <= 8) return "";
  Stimulus flat = s;
  double least = 0.5;
  if (family_of(kernel) == Family::kLinear) {
    // Values of other tokens must count for something: without decay, something else comes out.
    for (float& decay : flat.extras.decay) decay = decay == 0 ? -200.0F : 0.0F;
    least = 0.1;
  } else {
    std::fill(flat.tensors.q.begin(), flat.tensors.q.end(), 0.0);
  }
  const double apart = errors_of(expected(kernel, p, flat), want, row_length(kernel, p)).frobenius;
  if (apart > least) return "";
  return "the stimulus is meaningless: a kernel that looks at all keys alike is only " +
         std::to_string(apart) + " away";
}

Verdict check_values(const Kernel& kernel, const Problem& p, const Stimulus& s,
                     std::uint64_t seed) {
  const std::vector<double> want = expected(kernel, p, s);
  if (std::string why = why_meaningless(kernel, p, s, want); !why.empty())
    return wrong(std::move(why));
  const Outcome outcome = run_once(kernel, p, s, seed);
  if (!outcome.problem.empty()) return wrong(outcome.problem);
  return compare(outcome.o, want, row_length(kernel, p), output_gate(kernel, p),
                 "not what fp64 says");
}

Verdict check_ones(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  Stimulus s = stimulus(kernel, p, seed);
  std::fill(s.tensors.v.begin(), s.tensors.v.end(), 1.0);
  const Outcome outcome = run_once(kernel, p, s, seed);
  if (!outcome.problem.empty()) return wrong(outcome.problem);
  // e4m3 rounds the probabilities themselves, whose sum is taken before.
  const double step = p.format == Format::kE4m3 ? gate(p.format) : step_of(p.format);
  double worst = 0;
  for (const double x : outcome.o) {
    const double off = std::fabs(x / s.extras.value_scale - 1);
    if (!(off <= worst)) worst = off;
    if (std::isnan(worst)) break;
  }
  if (worst <= step) return {"", worst, step};
  return {"V = 1 gives an output " + std::to_string(worst) + " away from 1", worst, step};
}

Verdict check_permuted_keys(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  const Stimulus s = stimulus(kernel, p, seed);
  Stimulus shuffled = s;
  std::vector<std::size_t> order(static_cast<std::size_t>(p.keys));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  const auto row = static_cast<std::size_t>(p.dim);
  for (std::size_t head = 0; head < static_cast<std::size_t>(p.all_kv_heads()); ++head)
    for (std::size_t key = 0; key < order.size(); ++key)
      for (std::size_t e = 0; e < row; ++e) {
        const std::size_t to = (head * order.size() + key) * row + e;
        const std::size_t from = (head * order.size() + order[key]) * row + e;
        shuffled.tensors.k[to] = s.tensors.k[from];
        shuffled.tensors.v[to] = s.tensors.v[from];
      }
  if (shuffled.tensors.k == s.tensors.k) return wrong("the keys are too few to be permuted");
  const Outcome straight = run_once(kernel, p, s, seed),
                other = run_once(kernel, p, shuffled, seed);
  for (const Outcome* outcome : {&straight, &other})
    if (!outcome->problem.empty()) return wrong(outcome->problem);
  return compare(other.o, straight.o, p.dim, gate(p.format), "other values for permuted keys");
}

Verdict check_large_logits(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  return check_values(kernel, p, stimulus(kernel, p, seed, 1000), seed);
}

Verdict check_outliers(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  Stimulus s = stimulus(kernel, p, seed);
  for (std::size_t i = 0; i < s.tensors.q.size(); i += 97)
    s.tensors.q[i] = rounded_to(p.format, 30 * s.tensors.q[i]);
  for (std::size_t i = 0; i < s.tensors.k.size(); i += 101)
    s.tensors.k[i] = rounded_to(p.format, 10 * s.tensors.k[i]);
  return check_values(kernel, p, s, seed);
}

Verdict check_repeats(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  const Stimulus s = stimulus(kernel, p, seed);
  const Outcome first = run_once(kernel, p, s, seed);
  if (!first.problem.empty()) return wrong(first.problem);
  const auto differs = [&](std::uint64_t order, RunOptions options) {
    const Outcome other = run_once(kernel, p, s, order, options);
    if (!other.problem.empty()) return other.problem;
    for (std::size_t i = 0; i < first.o.size(); ++i)
      if (!(other.o[i] == first.o[i]))  // NaN differs from itself: it has no place here
        return "output " + std::to_string(i) + " is " + std::to_string(other.o[i]) + ", was " +
               std::to_string(first.o[i]);
    return std::string();
  };
  for (std::uint64_t order = seed + 1; order < seed + 3; ++order)
    if (const std::string how = differs(order, {}); !how.empty())
      return wrong("another run gives other bits: " + how);
  if (const std::string how = differs(seed, {2, false}); !how.empty())
    return wrong("a second run over the same memory gives other bits: " + how);
  if (kernel.workspace_bytes(p) > 0)
    if (const std::string how = differs(seed, {1, true}); !how.empty())
      return wrong("depends on what its workspace held: " + how);
  return {};
}

Verdict check_first_row(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  const Stimulus s = stimulus(kernel, p, seed);
  const Outcome outcome = run_once(kernel, p, s, seed);
  if (!outcome.problem.empty()) return wrong(outcome.problem);
  for (int f = 0; f < p.dim; ++f)
    if (outcome.o[f] != s.tensors.v[f])
      return wrong("the first query of a causal head does not get the first value: number " +
                   std::to_string(f) + " is " + std::to_string(outcome.o[f]) + ", not " +
                   std::to_string(s.tensors.v[f]));
  return {};
}

Verdict check_masked_rows(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  const Stimulus s = stimulus(kernel, p, seed);
  const Outcome outcome = run_once(kernel, p, s, seed);
  if (!outcome.problem.empty()) return wrong(outcome.problem);
  const auto dim = static_cast<std::size_t>(p.dim);
  for (std::size_t row = 0; row * dim < outcome.o.size(); ++row) {
    const auto first = outcome.o.begin() + row * dim;
    const bool unseen = static_cast<int>(row) % p.queries < p.queries - p.keys;
    const auto zeros = std::count(first, first + dim, 0.0);
    if (zeros != (unseen ? p.dim : 0))
      return wrong("query " + std::to_string(row) + " sees " + (unseen ? "no key" : "keys") +
                   " and has " + std::to_string(zeros) + " zeros of " + std::to_string(p.dim));
  }
  return compare(outcome.o, expected(kernel, p, s), p.dim, gate(p.format), "not what fp64 says");
}

Verdict check_splits(const Kernel& kernel, const Problem& p, std::uint64_t seed) {
  const Stimulus s = stimulus(kernel, p, seed);
  Problem other = p;
  const int tiles = (p.keys + 63) / 64;
  const Outcome first = run_once(kernel, p, s, seed);
  if (!first.problem.empty()) return wrong(first.problem);
  Verdict worst;
  for (const auto& [splits, slots] : {std::pair{1, 1}, {2, 3}, {tiles, 1000}, {tiles / 2, 132}}) {
    other.splits = std::clamp(splits, 1, tiles);
    other.slots = slots;
    const Outcome outcome = run_once(kernel, other, s, seed);
    if (!outcome.problem.empty()) return wrong(outcome.problem);
    Verdict verdict = compare(outcome.o, first.o, p.dim, gate(p.format), "other values for splits");
    if (!verdict.passed()) return verdict;
    if (verdict.error > worst.error) worst = verdict;
  }
  return worst;
}

}  // namespace einfall::gpu_ref::check
