#include <mutants/far_row/kernels/k3_one_pass.cuh>
#include <mutants/no_barrier/kernels/k3_one_pass.cuh>
#include <mutants/no_rescale/kernels/k3_one_pass.cuh>
#include <mutants/no_wait/kernels/k3_one_pass.cuh>
#include <mutants/no_warp_barrier/kernels/k3_one_pass.cuh>
#include <mutants/some_barrier/kernels/k3_one_pass.cuh>
#include <mutants/some_lanes/kernels/k3_one_pass.cuh>
#include <mutants/unchanged/kernels/k3_one_pass.cuh>
#include <mutants/wrong_mask/kernels/k3_one_pass.cuh>

#include "gpu_ref/check/battery.hpp"
#include "gpu_ref/host/shapes.hpp"
#include "gpu_ref/tile/sweep.cuh"
#include "tests/gpu_ref/attention_laws.hpp"

// K3 with one bug each (CMakeLists.txt says which): a check that finds none of them checks nothing.
namespace einfall::gpu_ref::test {
namespace {

using executor::FindingKind;

struct Result {
  std::optional<executor::Finding> finding;
  double error = 0;
};

/// One causal head of 192 x 64: two blocks of queries, three tiles of keys.
template <class Shape, class Operands>
Result run_mutant(void (*kernel)(Operands), std::uint64_t seed = 1) {
  // Every mutant's tiles are as large as the original's.
  constexpr std::size_t kBytes = QueryTiles<QueryBlock<Bf16, 64>>::kBytes;
  Problem p;
  p.queries = p.keys = 192;
  p.causal = true;
  const Tensors t = random_tensors(p, 9);
  Stream stream(seed);
  const auto tensor = [&](const char* name, const std::vector<double>& x) {
    std::vector<Bf16> values(x.size());
    std::transform(x.begin(), x.end(), values.begin(), rounded<Bf16>);
    auto buffer = std::make_unique<Buffer<Bf16>>(stream, name, x.size());
    buffer->upload(values);
    buffer->freeze();
    return buffer;
  };
  const auto q = tensor("Q", t.q), k = tensor("K", t.k), v = tensor("V", t.v);
  Buffer<Bf16> o(stream, "O", t.q.size());
  Operands in;
  in.q = q->data();
  in.k = k->data();
  in.v = v->data();
  in.o = o.data();
  in.mask = {p.queries, p.keys, 1, 0};
  in.scale = static_cast<float>(1.4426950408889634 / 8);
  stream.launch(kernel, Grid{2, 1, 1}, Shape::kThreads, kBytes, in);
  std::vector<double> got;
  for (const Bf16 x : o.download()) got.push_back(value_of(x));
  return {stream.finding(), errors_of(got, reference(p, t), p.dim).frobenius};
}

void check_found(const Result& result, FindingKind kind, const std::string& file) {
  REQUIRE(result.finding);
  INFO(executor::name(result.finding->kind) << ": " << result.finding->message);
  CHECK(result.finding->kind == kind);
  CHECK(result.finding->message.find(file + ":") != std::string::npos);
}

TEST_CASE("the copy without a bug passes", "[mutants]") {
  const Result result = run_mutant<unchanged::QueryBlock<Bf16, 64>>(
      unchanged::attend_one_pass<unchanged::QueryBlock<Bf16, 64>>);
  CHECK(!result.finding);
  CHECK(result.error < gate(Format::kBf16));
}

TEST_CASE("a missing barrier is a race in every order of threads", "[mutants]") {
  using Shape = no_barrier::QueryBlock<Bf16, 64>;
  for (const std::uint64_t seed : {1U, 2U, 3U})
    check_found(run_mutant<Shape>(no_barrier::attend_one_pass<Shape>, seed), FindingKind::kRace,
                "tile.cuh");
}

TEST_CASE("a missing wait for copies is found", "[mutants]") {
  using Shape = no_wait::QueryBlock<Bf16, 64>;
  check_found(run_mutant<Shape>(no_wait::attend_one_pass<Shape>), FindingKind::kInFlight,
              "products.cuh");
}

TEST_CASE("lanes that read what other lanes wrote without a barrier race", "[mutants]") {
  using Shape = no_warp_barrier::QueryBlock<Bf16, 64>;
  check_found(run_mutant<Shape>(no_warp_barrier::attend_one_pass<Shape>), FindingKind::kRace,
              "sweep.cuh");
}

TEST_CASE("a barrier that one warp skips is found", "[mutants]") {
  using Shape = some_barrier::QueryBlock<Bf16, 64>;
  const Result result = run_mutant<Shape>(some_barrier::attend_one_pass<Shape>);
  REQUIRE(result.finding);
  INFO(result.finding->message);
  // The warp may race with the others' copies before it waits at another barrier than they do.
  CHECK((result.finding->kind == FindingKind::kBarrierDivergence ||
         result.finding->kind == FindingKind::kInFlight ||
         result.finding->kind == FindingKind::kRace));
}

TEST_CASE("a collective that half a warp skips is found", "[mutants]") {
  using Shape = some_lanes::QueryBlock<Bf16, 64>;
  const Result result = run_mutant<Shape>(some_lanes::attend_one_pass<Shape>);
  check_found(result, FindingKind::kWarpDivergence, "tile.cuh");
}

TEST_CASE("a dropped rescale is a wrong value", "[mutants]") {
  using Shape = no_rescale::QueryBlock<Bf16, 64>;
  const Result result = run_mutant<Shape>(no_rescale::attend_one_pass<Shape>);
  CHECK(!result.finding);
  CHECK(result.error > 20 * gate(Format::kBf16));
}

TEST_CASE("a mask that is off by one is a wrong value", "[mutants]") {
  using Shape = wrong_mask::QueryBlock<Bf16, 64>;
  const Result result = run_mutant<Shape>(wrong_mask::attend_one_pass<Shape>);
  CHECK(!result.finding);
  CHECK(result.error > 20 * gate(Format::kBf16));
}

/// Launches the mutant `attend` for the problem's format.
template <class T, class In>
void launch_mutant(Stream& stream, void (*attend)(In), const Problem& p, const Operands& operands) {
  using Shape = QueryBlock<T, 64>;
  const auto original = attention_operands<T>(p, operands);
  In in;
  in.q = original.q;
  in.k = original.k;
  in.v = original.v;
  in.o = original.o;
  in.heads = original.heads;
  in.kv_heads = original.kv_heads;
  in.mask = {p.queries, p.keys, p.causal ? 1 : 0, p.window};
  in.scale = original.scale;
  stream.launch(attend, Grid{blocks_for(p.queries, 128), static_cast<unsigned>(p.all_heads()), 1},
                Shape::kThreads, QueryTiles<Shape>::kBytes, in);
}

/// What the battery says of K3 with the kernel that AttendOf gives for a format.
template <class AttendOf>
std::string verdict_of(AttendOf) {
  Kernel kernel = kernel_named("k3-one-pass");
  kernel.refusal = [](const Problem& p) -> std::string {
    return p.dim == 64 ? refusal_of_attention(p) : "mutants have one head dimension";
  };
  kernel.run = [](Stream& stream, const Problem& p, const Operands& operands) {
    if (p.format == Format::kBf16)
      launch_mutant<Bf16>(stream, AttendOf{}.template operator()<Bf16>(), p, operands);
    else
      launch_mutant<Fp16>(stream, AttendOf{}.template operator()<Fp16>(), p, operands);
  };
  for (const check::Trial& trial : check::battery(kernel, check::Extent::kSmall, 3))
    if (const check::Verdict verdict = trial.run(); !verdict.passed()) return verdict.message;
  return "";
}

TEST_CASE("validation finds every planted bug, by a finding or by values", "[mutants][slow]") {
  const auto found = [](const std::string& verdict, const char* by) {
    CAPTURE(verdict);
    CHECK(verdict.find(by) != std::string::npos);
  };
  CHECK(verdict_of([]<class T>() {
          return unchanged::attend_one_pass<unchanged::QueryBlock<T, 64>>;
        }) == "");
  found(verdict_of(
            []<class T>() { return wrong_mask::attend_one_pass<wrong_mask::QueryBlock<T, 64>>; }),
        "fp64");
  found(verdict_of(
            []<class T>() { return no_rescale::attend_one_pass<no_rescale::QueryBlock<T, 64>>; }),
        "fp64");
  found(verdict_of(
            []<class T>() { return no_barrier::attend_one_pass<no_barrier::QueryBlock<T, 64>>; }),
        "race: ");
  found(verdict_of([]<class T>() { return no_wait::attend_one_pass<no_wait::QueryBlock<T, 64>>; }),
        "in flight: ");
  found(verdict_of([]<class T>() { return far_row::attend_one_pass<far_row::QueryBlock<T, 64>>; }),
        "out of bounds: ");
}

TEST_CASE("a row too many is out of bounds", "[mutants]") {
  using Shape = far_row::QueryBlock<Bf16, 64>;
  const Result result = run_mutant<Shape>(far_row::attend_one_pass<Shape>);
  check_found(result, FindingKind::kOutOfBounds, "sweep.cuh");
  CHECK(result.finding->message.find("buffer O (24576 bytes)") != std::string::npos);
}

}  // namespace
}  // namespace einfall::gpu_ref::test
