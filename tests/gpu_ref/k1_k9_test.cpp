#include <filesystem>

#include "tests/gpu_ref/attention_laws.hpp"

namespace einfall::gpu_ref::test {
namespace {

struct Scores {
  std::vector<double> got, want;
  std::string problem;
  executor::Counts counts;
};

/// K9 on random fp32 scores of the problem's queries x keys.
Scores run_softmax(std::string_view id, const Problem& p, double spread, std::uint64_t seed = 1) {
  const Kernel kernel = kernel_named(id);
  REQUIRE(kernel.refusal(p) == "");
  Stream stream(seed);
  const std::size_t rows = static_cast<std::size_t>(p.heads) * p.queries, row = p.keys;
  std::mt19937_64 random(31);
  std::normal_distribution<float> normal;
  std::vector<float> scores(rows * row);
  for (float& x : scores) x = static_cast<float>(spread) * normal(random);
  Buffer<float> in(stream, "scores", scores.size());
  in.upload(scores);
  in.freeze();
  Buffer<Fp16> out(stream, "probabilities", scores.size());
  Operands operands;
  operands.q = in.data();
  operands.o = out.data();
  kernel.run(stream, p, operands);
  Scores result;
  for (const Fp16 x : out.download()) result.got.push_back(value_of(x));
  const double scale = 1 / std::sqrt(static_cast<double>(p.dim));
  for (std::size_t r = 0; r < rows; ++r) {
    const int query = static_cast<int>(r) % p.queries;
    double greatest = -INFINITY, sum = 0;
    for (std::size_t c = 0; c < row; ++c)
      if (sees(p, query, static_cast<int>(c)))
        greatest = std::max(greatest, static_cast<double>(scores[r * row + c]));
    for (std::size_t c = 0; c < row; ++c) {
      const bool seen = sees(p, query, static_cast<int>(c));
      const double x = static_cast<double>(scores[r * row + c]);
      result.want.push_back(seen ? std::exp(scale * (x - greatest)) : 0);
      sum += result.want.back();
    }
    for (std::size_t c = 0; c < row; ++c) result.want[r * row + c] /= sum;
  }
  result.problem = stream.problem().value_or("");
  result.counts = stream.counts();
  return result;
}

Problem softmax_problem(int rows, int columns) {
  Problem p;
  p.format = Format::kFp16;
  p.queries = rows;
  p.keys = columns;
  return p;
}

TEST_CASE("softmax agrees with fp64 in its three forms", "[k9]") {
  for (const char* id : {"k9-softmax-1", "k9-softmax-2", "k9-softmax-3"})
    for (const int columns : {8, 200, 4096})
      for (const double spread : {20.0, 8e3}) {
        const Scores scores = run_softmax(id, softmax_problem(3, columns), spread);
        REQUIRE(scores.problem == "");
        CHECK(errors_of(scores.got, scores.want, columns).frobenius < gate(Format::kFp16));
      }
}

TEST_CASE("softmax masks causally and by windows", "[k9]") {
  for (const char* id : {"k9-softmax-1", "k9-softmax-2", "k9-softmax-3"}) {
    Problem p = softmax_problem(20, 40);
    p.heads = p.kv_heads = 2;
    p.causal = true;
    p.window = 7;
    const Scores scores = run_softmax(id, p, 20);
    REQUIRE(scores.problem == "");
    CHECK(errors_of(scores.got, scores.want, 40).frobenius < gate(Format::kFp16));
    CHECK(scores.got[24] == 0);  // query 0 sees keys 14 to 20
    CHECK(scores.got[20] != 0);
  }
}

TEST_CASE("the forms of softmax read their input one, two and three times", "[k9]") {
  const Problem p = softmax_problem(5, 2048);
  for (const int form : {1, 2, 3}) {
    const std::string id = "k9-softmax-" + std::to_string(form);
    const Scores scores = run_softmax(id, p, 20);
    REQUIRE(scores.problem == "");
    CHECK(scores.counts.global_read_bytes == 5U * 2048 * 4 * static_cast<unsigned>(form));
    CHECK(
        static_cast<double>(scores.counts.global_read_bytes + scores.counts.global_written_bytes) ==
        kernel_named(id).costs(p).dram_bytes);
    CHECK((run_softmax(id, p, 20, 2).got == scores.got));
  }
}

TEST_CASE("a row that does not fit into shared memory is refused by the form that keeps it",
          "[k9]") {
  CHECK(kernel_named("k9-softmax-1").refusal(softmax_problem(1, 65536)) != "");
  CHECK(kernel_named("k9-softmax-3").refusal(softmax_problem(1, 65536)) == "");
  CHECK(kernel_named("k9-softmax-3").refusal(softmax_problem(1, 65535)) != "");
}

TEST_CASE("unfused attention agrees with fp64", "[k1]") {
  const Kernel kernel = kernel_named("k1-unfused");
  for (const int dim : {64, 256}) check_values(kernel, problem(Format::kBf16, dim, 20, 75));
  Problem p = problem(Format::kFp16, 64, 60, 90);
  p.batch = 2;
  p.heads = 4;
  p.kv_heads = 2;
  p.causal = true;
  check_values(kernel, p);
  p.window = 20;
  check_values(kernel, p);
}

TEST_CASE("unfused attention holds the laws of attention", "[k1]") {
  const Kernel kernel = kernel_named("k1-unfused");
  const Problem p = problem(Format::kFp16, 64, 30, 100);
  check_ones(kernel, p);
  check_permuted_keys(kernel, p);
  check_large_logits(kernel, p);
  check_orders(kernel, p);
}

TEST_CASE("every kernel has a name of its own, a cascade and a source", "[registry]") {
  std::vector<std::string_view> names;
  for (const Kernel& kernel : kernels()) {
    names.push_back(kernel.id);
    CAPTURE(kernel.id);
    const std::string root = EINFALL_SOURCE_DIR;
    CHECK(std::filesystem::exists(root + "/workloads/cascades/" + std::string(kernel.cascade)));
    CHECK(std::filesystem::exists(root + "/gpu_ref/kernels/" + std::string(kernel.source)));
    Problem wrong;
    CHECK(kernel.refusal(wrong) == kernel.refusal(wrong));
    wrong.dim = 65;
    CHECK(kernel.refusal(wrong) != "");
    wrong = {};
    wrong.heads = 0;
    CHECK(kernel.refusal(wrong) != "");
    wrong = {};
    wrong.batch = wrong.heads = wrong.kv_heads = 1 << 30;
    CHECK(kernel.refusal(wrong) != "");
    wrong = {};
    wrong.batch = 60000;
    wrong.queries = wrong.keys = 1 << 20;
    CHECK(kernel.refusal(wrong) != "");
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

}  // namespace
}  // namespace einfall::gpu_ref::test
