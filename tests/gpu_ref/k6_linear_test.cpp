#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

Problem linear_problem(Format format, int dim, int tokens, int heads = 1) {
  Problem p;
  p.format = format;
  p.dim = dim;
  p.queries = p.keys = tokens;
  p.heads = p.kv_heads = heads;
  return p;
}

/// Token by token: S = LAM S + k v, o = q S; the recurrence that the chunks stand for.
std::vector<double> recurrence(const Problem& p, const Tensors& t, const Extras& extras) {
  std::vector<double> o(t.q.size(), 0.0);
  const auto dim = static_cast<std::size_t>(p.dim);
  for (std::size_t head = 0; head < static_cast<std::size_t>(p.heads); ++head) {
    const double lambda = std::exp2(static_cast<double>(extras.decay[head]));
    std::vector<double> state(dim * dim, 0.0);
    for (std::size_t token = 0; token < static_cast<std::size_t>(p.queries); ++token) {
      const std::size_t at = (head * p.queries + token) * dim;
      for (std::size_t d = 0; d < dim; ++d)
        for (std::size_t f = 0; f < dim; ++f) {
          double& s = state[d * dim + f];
          s = lambda * s + t.k[at + d] * t.v[at + f];
          o[at + f] += t.q[at + d] * s;
        }
    }
  }
  return o;
}

void check_recurrence(int dim, Format format, int tokens) {
  const Extras extras{{}, {}, {0.0F, -0.02F, -1.5F}};
  const Problem p = linear_problem(format, dim, tokens, 3);
  const Tensors t = random_tensors(p, 21, 0.3);
  check_values(kernel_named("k6-linear-chunk"), p, t, recurrence(p, t, extras), 1, extras);
}

TEST_CASE("chunks of linear attention are its recurrence", "[k6]") {
  check_recurrence(64, Format::kFp16, 200);
  check_recurrence(128, Format::kBf16, 130);
}

TEST_CASE("chunks of linear attention are its recurrence with a state of 256 x 256", "[k6][slow]") {
  check_recurrence(256, Format::kFp16, 150);
}

TEST_CASE("linear attention takes any number of tokens", "[k6]") {
  const Extras extras{{}, {}, {-0.05F}};
  for (const int tokens : {1, 63, 64, 65, 257}) {
    const Problem p = linear_problem(Format::kFp16, 64, tokens);
    const Tensors t = random_tensors(p, 22, 0.3);
    check_values(kernel_named("k6-linear-chunk"), p, t, recurrence(p, t, extras), 1, extras);
  }
}

TEST_CASE("a decay of nothing at once leaves the token's own value", "[k6]") {
  // LAM = 2^-200: o[i] = (q[i] k[i]) v[i].
  const Extras extras{{}, {}, {-200.0F}};
  const Problem p = linear_problem(Format::kFp16, 64, 130);
  const Tensors t = random_tensors(p, 23, 0.3);
  std::vector<double> want(t.q.size());
  for (std::size_t at = 0; at < want.size(); at += 64) {
    double dot = 0;
    for (std::size_t d = 0; d < 64; ++d) dot += t.q[at + d] * t.k[at + d];
    for (std::size_t f = 0; f < 64; ++f) want[at + f] = dot * t.v[at + f];
  }
  check_values(kernel_named("k6-linear-chunk"), p, t, want, 1, extras);
}

TEST_CASE("linear attention gives the same bits in any order of threads", "[k6]") {
  check_orders(kernel_named("k6-linear-chunk"), linear_problem(Format::kBf16, 64, 150, 2),
               {{}, {}, {-0.01F, 0.0F}});
}
TEST_CASE("linear attention with one stage gives the same bits in any order of threads",
          "[k6][slow]") {
  check_orders(kernel_named("k6-linear-chunk"), linear_problem(Format::kBf16, 256, 140),
               {{}, {}, {-0.01F}});
}

TEST_CASE("linear attention's products grow with the tokens, not their square", "[k6]") {
  const Kernel kernel = kernel_named("k6-linear-chunk");
  const auto products = [&](int dim, int tokens) {
    const Problem p = linear_problem(Format::kBf16, dim, tokens);
    const Outcome outcome = run(kernel, p, random_tensors(p, 24, 0.3), 1, {{}, {}, {-0.01F}});
    REQUIRE(outcome.problem == "");
    CHECK(static_cast<double>(outcome.counts.mma) == kernel.costs(p).multiply_adds / (16 * 8 * 16));
    CHECK(static_cast<double>(outcome.counts.global_read_bytes +
                              outcome.counts.global_written_bytes) ==
          kernel.costs(p).sm_bytes + 4.0 * 128 * dim / 64);  // and the decay, once a thread
    return outcome.counts.mma;
  };
  CHECK(products(64, 512) == 4 * products(64, 128));
  CHECK(products(128, 256) == 2 * products(128, 128));
}

}  // namespace
}  // namespace einfall::gpu_ref::test
