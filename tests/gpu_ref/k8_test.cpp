#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

/// V of every head as [D, keys].
template <class T>
std::vector<T> transposed(const std::vector<T>& v, const Problem& p) {
  std::vector<T> result(v.size());
  const auto dim = static_cast<std::size_t>(p.dim), keys = static_cast<std::size_t>(p.keys);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const std::size_t head = i / (keys * dim), key = i / dim % keys, f = i % dim;
    result[(head * dim + f) * keys + key] = v[i];
  }
  return result;
}

/// Codes of Q and K are what the kernel gets; score_scale and value_scale say what they stand for.
template <class Key, class Value>
Outcome run_eight_bits(const Problem& p, const Tensors& t, float score_scale, float value_scale,
                       std::uint64_t seed) {
  const Kernel kernel = kernel_named(p.format == Format::kInt8 ? "k8-int8" : "k8-e4m3");
  REQUIRE(kernel.refusal(p) == "");
  Stream stream(seed);
  const auto codes = []<class T>(const std::vector<double>& x, T) {
    std::vector<T> result;
    for (const double value : x) {
      if constexpr (std::is_same_v<T, std::int8_t>)
        result.push_back(static_cast<std::int8_t>(value));
      else
        result.push_back(rounded<T>(value));
    }
    return result;
  };
  Buffer<Key> q(stream, "Q", t.q.size()), k(stream, "K", t.k.size());
  Buffer<Value> v(stream, "V", t.v.size());
  Buffer<Fp16> o(stream, "O", t.q.size());
  q.upload(codes(t.q, Key{}));
  k.upload(codes(t.k, Key{}));
  const auto values = codes(t.v, Value{});
  v.upload(p.format == Format::kE4m3 ? transposed(values, p) : values);
  q.freeze();
  k.freeze();
  v.freeze();
  Operands operands;
  operands.q = q.data();
  operands.k = k.data();
  operands.v = v.data();
  operands.o = o.data();
  operands.score_scale = score_scale;
  operands.value_scale = value_scale;
  kernel.run(stream, p, operands);
  Outcome outcome;
  for (const Fp16 x : o.download()) outcome.o.push_back(value_of(x));
  outcome.problem = stream.problem().value_or("");
  outcome.counts = stream.counts();
  return outcome;
}

/// Random codes with a spread of logits as in random_tensors(), their reference, and the
/// comparison.
void check_eight_bits(const Problem& p, std::uint64_t seed = 1) {
  CAPTURE(p.dim, p.queries, p.keys, p.causal, p.window);
  const bool integers = p.format == Format::kInt8;
  const float score_scale = integers ? 3.0F / 30 / 30 : 1, value_scale = integers ? 1 : 0.5F;
  Tensors t = random_tensors(p, seed, integers ? 30 : 3);
  if (integers) {
    Problem values = p;
    values.format = Format::kFp16;
    t.v = random_tensors(values, seed + 1).v;
    std::normal_distribution<double> normal(0, 30);
    std::mt19937_64 random(seed);
    for (double& x : t.k) x = rounded_to(p.format, normal(random));
  }
  Tensors meant = t;
  for (double& x : meant.q) x *= static_cast<double>(score_scale);
  for (double& x : meant.v) x *= static_cast<double>(value_scale);
  const std::vector<double> want = reference(p, meant);
  require_meaningful(p, meant, want);
  const auto run_with = [&](std::uint64_t order) {
    return integers ? run_eight_bits<std::int8_t, Fp16>(p, t, score_scale, value_scale, order)
                    : run_eight_bits<E4m3, E4m3>(p, t, score_scale, value_scale, order);
  };
  const Outcome outcome = run_with(1);
  REQUIRE(outcome.problem == "");
  const Errors errors = errors_of(outcome.o, want, p.dim);
  CAPTURE(errors.frobenius, errors.row, errors.cosine);
  CHECK(errors.frobenius < gate(p.format));
  CHECK(errors.cosine > 1 - gate(p.format));
  CHECK((run_with(2).o == outcome.o));
  const Costs costs = kernel_named(integers ? "k8-int8" : "k8-e4m3").costs(p);
  CHECK(static_cast<double>(outcome.counts.global_read_bytes +
                            outcome.counts.global_written_bytes) == costs.sm_bytes);
}

TEST_CASE("attention with int8 scores agrees with fp64", "[k8]") {
  check_eight_bits(problem(Format::kInt8, 64, 50, 150));
  check_eight_bits(problem(Format::kInt8, 128, 130, 100));
  check_eight_bits(problem(Format::kInt8, 256, 20, 70));
  Problem p = problem(Format::kInt8, 64, 140, 200);
  p.causal = true;
  p.window = 90;
  p.heads = 2;
  check_eight_bits(p);
}

TEST_CASE("attention with e4m3 scores and values agrees with fp64", "[k8]") {
  check_eight_bits(problem(Format::kE4m3, 64, 50, 192));
  check_eight_bits(problem(Format::kE4m3, 128, 130, 128));
  Problem p = problem(Format::kE4m3, 64, 140, 192);
  p.causal = true;
  p.window = 90;
  p.heads = 2;
  check_eight_bits(p);
}

TEST_CASE("e4m3 wants whole tiles of keys, and each kernel its own format", "[k8]") {
  CHECK(kernel_named("k8-e4m3").refusal(problem(Format::kE4m3, 64, 1, 65)) != "");
  CHECK(kernel_named("k8-e4m3").refusal(problem(Format::kInt8, 64, 1, 64)) != "");
  CHECK(kernel_named("k8-int8").refusal(problem(Format::kBf16, 64, 1, 64)) != "");
  CHECK(kernel_named("k8-int8").refusal(problem(Format::kInt8, 64, 1, 65)) == "");
}

}  // namespace
}  // namespace einfall::gpu_ref::test
