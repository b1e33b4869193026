#include "einsum/ir/sizes.hpp"

#include <catch2/catch.hpp>

#include "einsum/ir/builtins.hpp"
#include "tests/support/cascade_builder.hpp"

namespace einfall::einsum {
namespace {

using Op = SizeExpr::Op;
using Step = SizeExpr::Step;

Step number(std::int64_t value) { return {Op::kConstant, value, {}}; }
Step of(RankId rank) { return {Op::kRank, 0, rank}; }
Step op(Op kind) { return {kind, 0, {}}; }

// Ranks M (given) and X (an expression over it).
Cascade two_ranks(std::int64_t m, std::vector<Step> x) {
  tests::CascadeBuilder build;
  build.rank("M", m);
  build.rank("X");
  build.cascade.ranks[1].size = SizeExpr{std::move(x)};
  return build.cascade;
}

const RankId kM(0), kX(1);

std::int64_t size_of_x(std::int64_t m, std::vector<Step> x) {
  const auto sizes = bind_sizes(two_ranks(m, std::move(x)), {});
  REQUIRE(sizes);
  return (*sizes)[kX];
}

std::string code_of(const Cascade& cascade, const std::map<std::string, std::int64_t>& given = {}) {
  const auto sizes = bind_sizes(cascade, given);
  REQUIRE_FALSE(sizes);
  REQUIRE(sizes.error().size() == 1);
  return sizes.error()[0].code;
}

TEST_CASE("sizes follow the file's expressions in order", "[ir]") {
  CHECK(size_of_x(7, {of(kM)}) == 7);
  CHECK(size_of_x(7, {of(kM), number(3), op(Op::kCeilDiv)}) == 3);
  CHECK(size_of_x(6, {of(kM), number(3), op(Op::kCeilDiv)}) == 2);
  CHECK(size_of_x(6, {of(kM), number(3), op(Op::kExactDiv)}) == 2);
  CHECK(size_of_x(6, {of(kM), number(2), op(Op::kSub), number(5), op(Op::kMul)}) == 20);
}

TEST_CASE("a division of sizes rounds towards plus infinity for either sign", "[ir]") {
  // (M - 20) / 3 + 10 with M = 7: ceil(-13 / 3) = -4.
  CHECK(size_of_x(7, {of(kM), number(20), op(Op::kSub), number(3), op(Op::kCeilDiv), number(10),
                      op(Op::kAdd)}) == 6);
  CHECK(size_of_x(7, {number(-20), number(-1), op(Op::kExactDiv)}) == 20);
}

TEST_CASE("a size from outside wins and later expressions see it", "[ir]") {
  const Cascade cascade = two_ranks(7, {of(kM), number(2), op(Op::kMul)});
  CHECK(bind_sizes(cascade, {{"M", 5}})->values == std::vector<std::int64_t>{5, 10});
  CHECK(bind_sizes(cascade, {{"X", 3}})->values == std::vector<std::int64_t>{7, 3});
}

TEST_CASE("a rank without a size anywhere is E220 at its declaration", "[ir]") {
  tests::CascadeBuilder build;
  build.rank("M");
  CHECK(code_of(build.cascade) == "E220");
  CHECK(bind_sizes(build.cascade, {{"M", 4}})->values == std::vector<std::int64_t>{4});
}

TEST_CASE("a rank that depends on one without a size is not reported too", "[ir]") {
  tests::CascadeBuilder build;
  const RankId m = build.rank("M");
  build.rank("N");
  build.cascade.ranks[1].size = SizeExpr{{of(m)}};
  CHECK(code_of(build.cascade) == "E220");
}

TEST_CASE("a size for a rank that does not exist is E221 and names the nearest", "[ir]") {
  const Cascade cascade = two_ranks(7, {of(kM)});
  CHECK(code_of(cascade, {{"XX", 4}}) == "E221");
  CHECK(bind_sizes(cascade, {{"XX", 4}}).error()[0].help == "did you mean 'X'?");
}

TEST_CASE("a size expression that does not divide is E222", "[ir]") {
  CHECK(code_of(two_ranks(7, {of(kM), number(2), op(Op::kExactDiv)})) == "E222");
  CHECK(code_of(two_ranks(7, {of(kM), number(0), op(Op::kExactDiv)})) == "E222");
  CHECK(code_of(two_ranks(7, {of(kM), number(0), op(Op::kCeilDiv)})) == "E222");
}

TEST_CASE("sizes outside 1 to 2^40 are E223", "[ir]") {
  const std::int64_t largest = std::int64_t{1} << 40;
  CHECK(size_of_x(largest, {of(kM)}) == largest);
  CHECK(code_of(two_ranks(7, {number(0)})) == "E223");
  CHECK(code_of(two_ranks(7, {of(kM), number(9), op(Op::kSub)})) == "E223");
  CHECK(code_of(two_ranks(largest, {of(kM), number(1), op(Op::kAdd)})) == "E223");
  CHECK(code_of(two_ranks(largest, {of(kM), of(kM), op(Op::kMul)})) == "E223");
  CHECK(code_of(two_ranks(7, {number(std::numeric_limits<std::int64_t>::min()), number(-1),
                              op(Op::kExactDiv)})) == "E223");
  CHECK(code_of(two_ranks(7, {of(kM)}), {{"M", -3}}) == "E223");
}

TEST_CASE("a tensor is one longer where it is iterative or shifted", "[ir]") {
  tests::CascadeBuilder build;
  const RankId m = build.rank("M", 7), p = build.rank("P", 3);
  const TensorId id = build.tensor("X", {m, p});
  Tensor& tensor = build.cascade.tensors[id.index()];
  const Sizes sizes = *bind_sizes(build.cascade, {});
  CHECK(extent(build.cascade, tensor, 0, sizes) == 7);
  tensor.iterative_position = 0;
  CHECK(extent(build.cascade, tensor, 0, sizes) == 8);
  CHECK(extent(build.cascade, tensor, 1, sizes) == 3);
  tensor.iterative_position.reset();
  tensor.shifted_position = 1;
  CHECK(extent(build.cascade, tensor, 1, sizes) == 4);
}

TEST_CASE("params are computed from sizes and earlier params", "[ir]") {
  tests::CascadeBuilder build;
  const RankId e = build.rank("E", 64);
  const auto size = build.expr(IndexValueExpr{build.end(e)});
  const auto root = build.call(Builtin::kSqrt, {size});
  build.cascade.params.push_back(
      {"scale", build.binary(BinaryOp::kDiv, build.number(1), root), {}});
  const auto scale = build.expr(ParamExpr{ParamId(0)});
  build.cascade.params.push_back({"twice", build.plus(scale, scale), {}});
  const auto values = bind_params(build.cascade, *bind_sizes(build.cascade, {}));
  INFO((values ? std::string() : base::render(values.error())));
  REQUIRE(values);
  CHECK(*values == std::vector<double>{0.125, 0.25});
}

TEST_CASE("a param that cannot be computed is E224", "[ir]") {
  tests::CascadeBuilder build;
  const Sizes none;
  build.cascade.params.push_back(
      {"x", build.binary(BinaryOp::kDiv, build.number(0), build.number(0)), {}});
  CHECK(bind_params(build.cascade, none).error()[0].code == "E224");
  build.cascade.params[0].value = build.binary(BinaryOp::kDiv, build.number(1), build.number(0));
  const auto infinite = bind_params(build.cascade, none);
  REQUIRE_FALSE(infinite);
  CHECK(infinite.error()[0].message.find("infinity") != std::string::npos);
  build.cascade.opaque.push_back({"magic", 1, {}, {}, {}, {}});
  CallExpr call;
  call.function = OpaqueId(0);
  call.args = {build.number(1)};
  build.cascade.params[0].value = build.expr(call);
  const auto opaque = bind_params(build.cascade, none);
  CHECK(opaque.error()[0].code == "E224");
  CHECK(opaque.error()[0].message.find("magic") != std::string::npos);
}

TEST_CASE("built-ins are found by name and compute what the name says", "[ir]") {
  CHECK(find_builtin("rsqrt") == Builtin::kRsqrt);
  CHECK_FALSE(find_builtin("convert"));
  CHECK_FALSE(find_builtin("sine"));
  const auto value = [](Builtin builtin, std::vector<double> args) {
    return apply(builtin, args.data(), args.size());
  };
  CHECK(value(Builtin::kMax, {1, 5, 3}) == 5);
  CHECK(value(Builtin::kMin, {1, 5, -3}) == -3);
  CHECK(std::isnan(value(Builtin::kMax, {1, NAN, 3})));
  CHECK(std::isnan(value(Builtin::kMax, {NAN, 1})));
  CHECK(value(Builtin::kRound, {2.5}) == 2);
  CHECK(value(Builtin::kSelect, {0, 7, 8}) == 8);
  CHECK(value(Builtin::kSign, {-4}) == -1);
  CHECK(value(Builtin::kSigmoid, {0}) == 0.5);
  CHECK(value(Builtin::kLe, {2, 2}) == 1);
  CHECK(value(Builtin::kSilu, {-1000}) == Approx(0).margin(1e-300));
}

}  // namespace
}  // namespace einfall::einsum
