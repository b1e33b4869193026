// How fast the evaluator runs, beside what the same core does with a loop written by hand for the
// one contraction, and with Eigen's own matrix product, in the same run.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "einsum/eval/evaluate.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define EINFALL_BENCH_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define EINFALL_BENCH_CLONES
#endif

namespace {

using namespace einfall;
using einsum::EvalOptions;
using einsum::TensorMap;

constexpr std::int64_t kKeys = 2048, kQueries = 2048, kFeatures = 128;
constexpr std::int64_t kPoints = kKeys * kQueries * kFeatures;
constexpr std::int64_t kBlock = 1024;

struct Problem {
  einsum::Cascade cascade;
  einsum::Sizes sizes;
  TensorMap<double> inputs;
};

Problem problem(const std::string& lines) {
  base::Diagnostics remarks;
  const auto file = std::make_shared<base::SourceFile>(
      base::SourceFile{"bench.yaml", "einfall: 1\nname: bench\n" + lines});
  Problem made{einsum::load_cascade(file, remarks).value(), {}, {}};
  made.sizes = einsum::bind_sizes(made.cascade, {}).value();
  made.inputs = einsum::random_inputs<double>(made.cascade, made.sizes, 1).value();
  return made;
}

std::string shapes() {
  return fmt::format("ranks: {{M: {}, P: {}, E: {}, F: {}}}\n", kKeys, kQueries, kFeatures,
                     kFeatures);
}

const Problem& contraction() {
  static const Problem made = problem(shapes() +
                                      "declaration: {Q: [E, P], K: [E, M]}\n"
                                      "expressions: |\n  QK[m, p] = Q[e, p] * K[e, m]\n");
  return made;
}

void evaluate(benchmark::State& state, const Problem& p, bool fast_path, std::int64_t points) {
  EvalOptions options;
  options.fast_path = fast_path;
  for (auto _ : state) {
    auto result = einsum::evaluate<double>(p.cascade, p.sizes, p.inputs, options);
    benchmark::DoNotOptimize(result.value().begin()->second.values.data());
  }
  state.SetItemsProcessed(state.iterations() * points);
}

void strips(benchmark::State& state) { evaluate(state, contraction(), false, kPoints); }
void fast_path(benchmark::State& state) { evaluate(state, contraction(), true, kPoints); }

// The loop a person would write for QK[m, p] += Q[e, p] * K[e, m]: blocks of p in a buffer.
EINFALL_BENCH_CLONES void contract(const double* q, const double* k, double* out) {
  double sums[kBlock];
  for (std::int64_t m = 0; m < kKeys; ++m)
    for (std::int64_t block = 0; block < kQueries; block += kBlock) {
      std::fill(sums, sums + kBlock, 0.0);
      for (std::int64_t e = 0; e < kFeatures; ++e) {
        const double factor = k[e * kKeys + m];
        const double* row = q + e * kQueries + block;
        for (std::int64_t i = 0; i < kBlock; ++i) sums[i] += factor * row[i];
      }
      std::copy(sums, sums + kBlock, out + m * kQueries + block);
    }
}

void hand_written(benchmark::State& state) {
  const auto& in = contraction().inputs;
  for (auto _ : state) {
    std::vector<double> out(static_cast<std::size_t>(kKeys * kQueries));
    contract(in.at("Q").values.data(), in.at("K").values.data(), out.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * kPoints);
}

void eigen(benchmark::State& state) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto& in = contraction().inputs;
  const Eigen::Map<const Matrix> q(in.at("Q").values.data(), kFeatures, kQueries);
  const Eigen::Map<const Matrix> k(in.at("K").values.data(), kFeatures, kKeys);
  for (auto _ : state) {
    Matrix out(kKeys, kQueries);
    out.noalias() = k.transpose() * q;
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * kPoints);
}

void attention_head(benchmark::State& state) {
  static const Problem made =
      problem(shapes() +
              "declaration: {Q: [E, P], K: [E, M], V: [F, M]}\n"
              "expressions: |\n  QK[m, p] = Q[e, p] * K[e, m]\n  GM[p] = max[m](QK[m, p])\n"
              "  SN[m, p] = exp(QK[m, p] - GM[p])\n  SD[p] = SN[m, p]\n"
              "  A[m, p] = SN[m, p] / SD[p]\n  AV[f, p] = A[m, p] * V[f, m]\n");
  evaluate(state, made, true, 2 * kPoints + 3 * kKeys * kQueries);
}

void map_exp(benchmark::State& state) {
  static const Problem made = problem(shapes() +
                                      "declaration: {X: [M, P]}\n"
                                      "expressions: |\n  Y[m, p] = exp(X[m, p])\n");
  evaluate(state, made, false, kKeys * kQueries);
}

void causal_mask(benchmark::State& state) {
  static const Problem made =
      problem(shapes() +
              "declaration: {Q: [E, P], K: [E, M]}\n"
              "expressions: |\n  QK[m, p] = Q[e, p] * K[e, m] where m <= p\n");
  evaluate(state, made, false, kPoints / 2);
}

BENCHMARK(strips)->Unit(benchmark::kMillisecond);
BENCHMARK(hand_written)->Unit(benchmark::kMillisecond);
BENCHMARK(fast_path)->Unit(benchmark::kMillisecond);
BENCHMARK(eigen)->Unit(benchmark::kMillisecond);
BENCHMARK(causal_mask)->Unit(benchmark::kMillisecond);
BENCHMARK(map_exp)->Unit(benchmark::kMillisecond);
BENCHMARK(attention_head)->Unit(benchmark::kMillisecond);

/// Keeps the best rate of each benchmark for the ratios.
class Rates : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (rate == run.counters.end()) continue;
      double& best = best_[run.run_name.function_name];
      best = std::max(best, static_cast<double>(rate->second));
    }
    ConsoleReporter::ReportRuns(runs);
  }
  void print_ratio(const char* ours, const char* theirs) const {
    const auto a = best_.find(ours), b = best_.find(theirs);
    if (a == best_.end() || b == best_.end()) return;
    fmt::print("{:<10} {:6.3f}e9 points/s, {:<13} {:6.3f}e9 points/s, ratio {:.2f}\n", ours,
               a->second * 1e-9, theirs, b->second * 1e-9, a->second / b->second);
  }

 private:
  std::map<std::string, double> best_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  Rates rates;
  benchmark::RunSpecifiedBenchmarks(&rates);
  rates.print_ratio("strips", "hand_written");
  rates.print_ratio("fast_path", "eigen");
}
