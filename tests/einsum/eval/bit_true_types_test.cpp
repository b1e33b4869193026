#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/numerics/arithmetic.hpp"
#include "einsum/eval/bit_true_types.hpp"
#include "tests/support/evaluation.hpp"

namespace einfall::tests {
namespace {

namespace numerics = base::numerics;
using einsum::DataType;
using einsum::NumericMode;
using einsum::TensorMap;

einsum::EvalOptions bit_true() {
  einsum::EvalOptions options;
  options.mode = NumericMode::kBitTrue;
  return options;
}

/// One Einsum over K: Y from inputs A and B of given values.
std::vector<double> evaluate_line(const std::string& types, const std::string& line,
                                  const std::vector<double>& a, const std::vector<double>& b = {},
                                  const einsum::EvalOptions& options = bit_true()) {
  const bool two = !b.empty();
  const auto cascade =
      cascade_of("ranks: {K: " + std::to_string(a.size()) + "}\ndeclaration: {A: [K]" +
                 (two ? ", B: [K]" : "") + "}\ntypes: " + types + "\nexpressions: |\n  " + line);
  const auto n = static_cast<std::int64_t>(a.size());
  TensorMap<double> inputs{{"A", tensor({n}, a)}};
  if (two) inputs.emplace("B", tensor({n}, b));
  return run(cascade, sizes_of(cascade), inputs, options).at("Y").values;
}

}  // namespace

TEST_CASE("storage types round where a tensor is written and where inputs come in",
          "[eval][bit_true]") {
  CHECK(evaluate_line("{default: fp32, Y: fp8e4m3}", "Y[k] = A[k]",
                      {1.0625, 1.1, 300, 1000, 1e-4})[0] == 1.0);
  const auto e4m3 =
      evaluate_line("{default: fp32, Y: fp8e4m3}", "Y[k] = A[k]", {1.0625, 1.2, 300, 1000, 1e-4});
  CHECK(e4m3[1] == 1.25);
  CHECK(e4m3[2] == 288);
  CHECK(std::isnan(e4m3[3]));
  CHECK(e4m3[4] == 0);
  const auto e5m2 = evaluate_line("{default: fp32, Y: fp8e5m2}", "Y[k] = A[k]", {1.1, 70000});
  CHECK(e5m2 == std::vector<double>{1.0, INFINITY});
  CHECK(evaluate_line("{default: fp32, Y: int8}", "Y[k] = A[k]", {2.5, 3.5, 200, -200, NAN}) ==
        std::vector<double>{2, 4, 127, -128, 0});
  CHECK(evaluate_line("{default: fp32, Y: int4}", "Y[k] = A[k]", {7.6, -9, 0.5}) ==
        std::vector<double>{7, -8, 0});
  // The input is bf16 before anything is computed.
  CHECK(evaluate_line("{default: fp32, A: bf16}", "Y[k] = 1 * A[k]", {1.001})[0] == 1.0);
}

TEST_CASE("the policy decides what happens at the ends of a type's range", "[eval][bit_true]") {
  auto options = bit_true();
  options.numerics.rounding["fp8e4m3"] = {.saturate = true, .flush_subnormals = true};
  CHECK(evaluate_line("{default: fp32, Y: fp8e4m3}", "Y[k] = A[k]", {1000, -1e9, 0x1p-8}, {},
                      options) == std::vector<double>{448, -448, 0});
}

TEST_CASE("a matrix engine adds k products at once, cut below the largest where it says so",
          "[eval][bit_true]") {
  const std::vector<double> a{0x1p24, 1, 1, 1, 1, 1, 1, 1};
  const auto sum = [&](const std::string& order) {
    return evaluate_line(
        "{default: bf16, Y: {dtype: fp32, accumulate: fp32, order: " + order + "}}", "Y = A[k]",
        a)[0];
  };
  CHECK(sum("sequential") == 0x1p24);        // each one is half a unit: lost, ties to even
  CHECK(sum("matrix(8)") == 0x1p24 + 8);     // exact, 7 rounded to a multiple of 2 once
  CHECK(sum("matrix(4)") == 0x1p24 + 8);     // 2^24 + 3 is rounded to + 4, then 4 more
  CHECK(sum("matrix(2)") == 0x1p24 + 6);     // the first one is lost (a tie), three pairs are not
  CHECK(sum("matrix(4/23)") == 0x1p24 + 4);  // ones beside 2^24 are cut, four later ones are not
  CHECK(sum("matrix(4/24)") == 0x1p24 + 8);  // one bit more and they are kept
}

TEST_CASE("a fixed-point accumulator saturates and rounds to its last bit", "[eval][bit_true]") {
  const auto sum = [](const std::string& accumulate, const std::vector<double>& a) {
    return evaluate_line("{default: bf16, Y: {dtype: fp32, accumulate: " + accumulate + "}}",
                         "Y = A[k]", a)[0];
  };
  CHECK(sum("fixed(8)", {100, 100, -50}) == 77);  // 127 - 50
  CHECK(sum("fixed(9)", {100, 100, -50}) == 150);
  CHECK(sum("fixed(16)", {0.5, 1.5, 0.25}) == 2);  // 0 + 2 + 0: halves go to even
  CHECK(sum("fixed(16/2)", {0.5, 1.5, 0.25}) == 2.25);
  CHECK(sum("fixed(16/1)", {0.5, 1.5, 0.25}) == 2);
  CHECK(sum("fixed(8/4)", {7, 7}) == 0x7.fp0);  // 127 / 16
}

TEST_CASE("elementary operations are rounded once to fp32", "[eval][bit_true]") {
  const std::vector<double> a{0.1F, 3.7F, 1e20F, 7.0F}, b{0.3F, 1.9F, 3e19F, 3.0F};
  const auto f = [](double x) { return static_cast<float>(x); };
  const auto sum = evaluate_line("{default: fp32}", "Y[k] = A[k] + B[k]", a, b);
  const auto product = evaluate_line("{default: fp32}", "Y[k] = A[k] * B[k]", a, b);
  const auto quotient = evaluate_line("{default: fp32}", "Y[k] = A[k] / B[k]", a, b);
  const auto chain = evaluate_line("{default: fp32}", "Y[k] = A[k] * B[k] + 0.1", a, b);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(sum[i] == f(a[i]) + f(b[i]));
    CHECK(product[i] == f(a[i]) * f(b[i]));
    CHECK(quotient[i] == f(a[i]) / f(b[i]));
    const float rounded = f(a[i]) * f(b[i]);  // not fused: the sum is not a reduction
    CHECK(chain[i] == rounded + 0.1F);
  }
}

TEST_CASE("built-in functions are the exact value rounded to fp32", "[eval][bit_true]") {
  std::vector<double> x;
  for (int i = 1; i < 400; ++i) x.push_back(static_cast<float>(i * 0.0173));
  const std::map<std::string, long double (*)(long double)> functions{
      {"exp", [](long double v) { return std::exp(v); }},
      {"exp2", [](long double v) { return std::exp2(v); }},
      {"expm1", [](long double v) { return std::expm1(v); }},
      {"log", [](long double v) { return std::log(v); }},
      {"log1p", [](long double v) { return std::log1p(v); }},
      {"log2", [](long double v) { return std::log2(v); }},
      {"sqrt", [](long double v) { return std::sqrt(v); }},
      {"rsqrt", [](long double v) { return 1 / std::sqrt(v); }},
      {"tanh", [](long double v) { return std::tanh(v); }},
      {"sigmoid", [](long double v) { return 1 / (1 + std::exp(-v)); }},
      {"silu", [](long double v) { return v / (1 + std::exp(-v)); }},
      {"erf", [](long double v) { return std::erf(v); }},
      {"sq", [](long double v) { return v * v; }},
      {"abs", [](long double v) { return v; }},
      {"floor", [](long double v) { return std::floor(v); }},
  };
  for (const auto& [name, exact] : functions) {
    const auto got = evaluate_line("{default: fp32}", "Y[k] = " + name + "(A[k])", x);
    int bad = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      bad += got[i] == static_cast<double>(static_cast<float>(exact(x[i]))) ? 0 : 1;
    INFO(name);
    CHECK(bad == 0);
  }
  const auto power = evaluate_line("{default: fp32}", "Y[k] = pow(A[k], 3)", x);
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(power[i] == static_cast<float>(static_cast<long double>(x[i]) * x[i] * x[i]));
}

TEST_CASE("explicit conversions round, and so do whole numbers that enter fp32",
          "[eval][bit_true]") {
  CHECK(evaluate_line("{default: fp32}", "Y[k] = convert_bf16(A[k]) + A[k]", {1.0F + 0x1p-9F})[0] ==
        2 + 0x1p-9);
  // 2^24 + 1 is no fp32 number.
  CHECK(evaluate_line("{default: fp32, A: int32}", "Y[k] = A[k] * 1", {16777217})[0] == 16777216);
  CHECK(evaluate_line("{A: int32, Y: int32}", "Y[k] = A[k] * 1", {16777217})[0] == 16777217);
}

TEST_CASE("int8 products accumulate exactly in int32 and are dequantised in fp32",
          "[eval][bit_true]") {
  const auto cascade = cascade_of(R"(
ranks: {K: 300, N: 5}
declaration: {A: [K], B: [K, N], S: [N]}
types: {A: int8, B: int8, S: fp32, C: {dtype: int32, accumulate: int32}, Y: fp32, Z: int8}
expressions: |
  C[n] = A[k] * B[k, n]
  Y[n] = S[n] * C[n]
  Z[n] = A[k] * B[k, n]
)");
  TensorMap<double> inputs{{"A", tensor({300}, std::vector<double>(300))},
                           {"B", tensor({300, 5}, std::vector<double>(1500))},
                           {"S", tensor({5}, {0.1F, 0.2F, 0.3F, 0.4F, 0.5F})}};
  for (int i = 0; i < 300; ++i) inputs["A"].values[static_cast<std::size_t>(i)] = i % 256 - 128;
  for (int i = 0; i < 1500; ++i)
    inputs["B"].values[static_cast<std::size_t>(i)] = (i * 37) % 256 - 128;
  const auto got = run(cascade, sizes_of(cascade), inputs, bit_true());
  for (int n = 0; n < 5; ++n) {
    std::int32_t sum = 0;
    for (int k = 0; k < 300; ++k) sum += (k % 256 - 128) * (((k * 5 + n) * 37) % 256 - 128);
    const auto at = static_cast<std::size_t>(n);
    CHECK(got.at("C").values[at] == sum);
    CHECK(got.at("Y").values[at] ==
          static_cast<float>(inputs["S"].values[at]) * static_cast<float>(sum));
    CHECK(got.at("Z").values[at] == std::clamp(sum, -128, 127));
  }
}

TEST_CASE("reductions follow the declared order in the declared type", "[eval][bit_true]") {
  std::vector<double> a;
  for (int i = 0; i < 11; ++i) a.push_back(i == 0 ? 2048 : 1 + i * 0x1p-4);
  const numerics::Rounder half(numerics::kFp16);
  const auto add = [&](double x, double y) { return numerics::add(half, x, y); };
  const auto sum_of = [&](std::size_t begin, std::size_t end) {
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum = add(sum, a[i]);
    return sum;
  };
  const auto line = [&](const std::string& order) {
    return evaluate_line(
        "{default: fp16, Y: {dtype: fp32, accumulate: fp16, order: " + order + "}}",
        "Y = sum[k](A[k])", a)[0];
  };
  CHECK(line("sequential") == sum_of(0, 11));
  const double fours =
      add(add(0, add(add(a[0], a[1]), add(a[2], a[3]))), add(add(a[4], a[5]), add(a[6], a[7])));
  CHECK(line("tree(4)") == add(fours, add(add(a[8], a[9]), a[10])));
  CHECK(line("blocks(5)") == add(add(sum_of(0, 5), sum_of(5, 10)), a[10]));
  const double eight =
      add(add(add(a[0], a[1]), add(a[2], a[3])), add(add(a[4], a[5]), add(a[6], a[7])));
  CHECK(line("pairwise") == add(eight, add(add(a[8], a[9]), a[10])));
  // The orders are not all the same here, so the checks above can tell them apart.
  CHECK(line("sequential") != line("pairwise"));
  CHECK(line("blocks(5)") != line("tree(4)"));
}

TEST_CASE("several reduced variables are visited in their order of appearance",
          "[eval][bit_true]") {
  // N is long and contiguous, so that the reference mode would rather run along it.
  const auto cascade = cascade_of(R"(
ranks: {N: 40, K: 3}
declaration: {A: [N, K]}
types: {default: fp16}
expressions: |
  Y = sum[k, n](A[n, k])
  Z = sum[n, k](A[n, k])
)");
  const auto sizes = sizes_of(cascade);
  const auto inputs = inputs_of(cascade, sizes, 9);
  auto options = bit_true();
  const auto got = run(cascade, sizes, inputs, options);
  const numerics::Rounder half(numerics::kFp16);
  const Values<double> a(inputs.at("A"));
  // fp16 storage computes and accumulates in fp32.
  float by_k = 0, by_n = 0;
  for (int k = 0; k < 3; ++k)
    for (int n = 0; n < 40; ++n) by_k += static_cast<float>(half(a(n, k)));
  for (int n = 0; n < 40; ++n)
    for (int k = 0; k < 3; ++k) by_n += static_cast<float>(half(a(n, k)));
  CHECK(got.at("Y").values[0] == half(by_k));
  CHECK(got.at("Z").values[0] == half(by_n));
}

TEST_CASE("masked points keep their place in a tree", "[eval][bit_true]") {
  const auto cascade = cascade_of(R"(
ranks: {K: 8, P: 3}
declaration: {A: [K]}
types: {default: bf16, Y: {dtype: fp32, accumulate: bf16, order: tree(4)}}
expressions: |
  Y[p] = sum[k](A[k]) where k % 3 != p
)");
  const std::vector<double> a{256, 1, 1, 1, 1, 512, 3, 1.5};
  const auto got = run(cascade, sizes_of(cascade), {{"A", tensor({8}, a)}}, bit_true()).at("Y");
  const numerics::Rounder to(numerics::kBf16);
  for (int p = 0; p < 3; ++p) {
    double total = 0;
    for (int group = 0; group < 8; group += 4) {
      const auto at = [&](int k) { return k % 3 != p ? a[static_cast<std::size_t>(k)] : 0; };
      const double left = to(at(group) + at(group + 1)), right = to(at(group + 2) + at(group + 3));
      total = to(total + to(left + right));
    }
    CHECK(got.values[static_cast<std::size_t>(p)] == total);
  }
}

namespace {

/// Calls `visit` with every shipped cascade at small sizes, partial last blocks included.
template <class Visit>
int each_shipped(Visit visit) {
  const SizeMap wanted = {{"B", 2}, {"H", 2}, {"HQ", 4}, {"HK", 2}, {"E", 3}, {"D", 3}, {"F", 2},
                          {"M", 7}, {"P", 7}, {"N", 7},  {"M0", 3}, {"L", 3}, {"J", 2}, {"W", 4}};
  int visited = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(EINFALL_SOURCE_DIR "/workloads/cascades")) {
    if (entry.path().extension() != ".yaml") continue;
    auto cascade = shipped_cascade(entry.path().stem().string());
    SizeMap overrides;
    for (const auto& [rank, size] : wanted)
      if (cascade.find_rank(rank)) overrides.emplace(rank, size);
    if (cascade.find_rank("PG")) overrides["M1"] = 3;
    const auto sizes = sizes_of(cascade, overrides);
    auto inputs = inputs_of(cascade, sizes, 11);
    // What spans of keys leave of a query: a sum of exponentials. Of any sign it would cancel.
    if (const auto sums = inputs.find("PD"); sums != inputs.end())
      for (double& value : sums->second.values) value = std::abs(value);
    visit(cascade, sizes, inputs);
    ++visited;
  }
  return visited;
}

void set_types(einsum::Cascade& cascade, std::optional<DataType> type) {
  for (einsum::Tensor& tensor : cascade.tensors)
    if (tensor.type.dtype != DataType::kIndex && tensor.type.dtype != DataType::kBool)
      tensor.type = {type, std::nullopt, std::nullopt, tensor.type.fill};
}

}  // namespace

TEST_CASE("without declared types bit-true is the reference up to the order of additions",
          "[eval][bit_true]") {
  const int visited =
      each_shipped([](einsum::Cascade& cascade, const auto& sizes, const auto& inputs) {
        set_types(cascade, std::nullopt);
        const auto reference = run(cascade, sizes, inputs);
        const auto got = run(cascade, sizes, inputs, bit_true());
        for (const auto& [name, tensor] : reference) {
          INFO(cascade.name << ": " << name);
          CHECK(relative_error(got.at(name), tensor) <= 1e-12);
        }
      });
  CHECK(visited >= 10);
}

TEST_CASE("few bits change values, never which points are present", "[eval][bit_true]") {
  each_shipped([](einsum::Cascade& cascade, const auto& sizes, const auto& inputs) {
    // Where a selection depends on rounded values, so does what is gathered.
    const bool selects =
        std::any_of(cascade.einsums.begin(), cascade.einsums.end(), [](const einsum::Einsum& e) {
          return std::holds_alternative<einsum::PopulateRoot>(e.root);
        });
    if (selects) return;
    set_types(cascade, DataType::kBf16);
    const auto reference = run(cascade, sizes, inputs);
    const auto got = run(cascade, sizes, inputs, bit_true());
    const numerics::Rounder to(numerics::kBf16);
    for (const auto& [name, tensor] : reference) {
      INFO(cascade.name << ": " << name);
      const auto& mine = got.at(name);
      CHECK(mine.present == tensor.present);
      const auto type = cascade[*cascade.find_tensor(name)].type.dtype;
      if (type == DataType::kBf16)
        CHECK(std::all_of(mine.values.begin(), mine.values.end(),
                          [&](double v) { return std::isnan(v) || to(v) == v; }));
    }
    for (const auto& tensor : cascade.tensors)
      if (tensor.role == einsum::TensorRole::kOutput)
        CHECK(relative_error(got.at(tensor.name), reference.at(tensor.name)) < 0.1);
  });
}

}  // namespace einfall::tests
