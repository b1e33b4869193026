#include "einsum/ir/operations.hpp"

#include <catch2/catch.hpp>

#include "tests/support/cascade_builder.hpp"

namespace einfall::einsum {
namespace {

using Operations = std::vector<Operation>;

// One Einsum with scalars A, B, C to read and a variable m to reduce over.
struct Fixture {
  tests::CascadeBuilder build;
  RankId rank = build.rank("M", 4);
  VarId m = build.var("m", rank);
  ExprId a = build.read(build.tensor("A", {}), {});
  ExprId b = build.read(build.tensor("B", {}), {});
  ExprId c = build.read(build.tensor("C", {}), {});

  Operations of(ExprId body, std::variant<MapRoot, ReduceRoot, PopulateRoot> root = MapRoot{}) {
    Einsum einsum;
    einsum.body = body;
    einsum.root = std::move(root);
    return operations(build.cascade, einsum);
  }
  ReduceRoot reduce(ReduceOp op) const { return {op, {m}, false}; }
};

TEST_CASE("a summed product is one multiply-add", "[ir]") {
  Fixture f;
  CHECK(f.of(f.build.mul(f.a, f.b), f.reduce(ReduceOp::kSum)) == Operations{{"mac", 1, true}});
  CHECK(f.of(f.build.mul(f.build.mul(f.a, f.b), f.c), f.reduce(ReduceOp::kSum)) ==
        Operations{{"mul", 1, false}, {"mac", 1, true}});
  const ExprId present = f.build.expr(ElseExpr{f.build.mul(f.a, f.b), f.build.number(0)});
  CHECK(f.of(present, f.reduce(ReduceOp::kSum)) == Operations{{"mac", 1, true}});
}

TEST_CASE("a product that is not summed is a multiplication", "[ir]") {
  Fixture f;
  CHECK(f.of(f.build.mul(f.a, f.b)) == Operations{{"mul", 1, false}});
  CHECK(f.of(f.build.mul(f.a, f.b), f.reduce(ReduceOp::kMax)) ==
        Operations{{"mul", 1, false}, {"max", 1, true}});
}

TEST_CASE("a reduction of a plain read is one operator a point", "[ir]") {
  Fixture f;
  CHECK(f.of(f.a, f.reduce(ReduceOp::kMax)) == Operations{{"max", 1, true}});
  CHECK(f.of(f.a, f.reduce(ReduceOp::kSum)) == Operations{{"add", 1, true}});
  CHECK(f.of(f.a, f.reduce(ReduceOp::kProd)) == Operations{{"mul", 1, true}});
  CHECK(f.of(f.a, f.reduce(ReduceOp::kAny)) == Operations{{"max", 1, true}});
  CHECK(f.of(f.a, f.reduce(ReduceOp::kAll)) == Operations{{"min", 1, true}});
  CHECK(f.of(f.a, ReduceRoot{ReduceOp::kSum, {}, false}).empty());
}

TEST_CASE("a populate compares once a point", "[ir]") {
  Fixture f;
  CHECK(f.of(f.a, PopulateRoot{PopulateOp::kArgmax, {f.m}, {}}) ==
        Operations{{"compare", 1, true}});
}

TEST_CASE("exp of a difference is a subtraction and an exp", "[ir]") {
  Fixture f;
  CHECK(f.of(f.build.call(Builtin::kExp, {f.build.minus(f.a, f.b)})) ==
        Operations{{"sub", 1, false}, {"exp", 1, false}});
}

TEST_CASE("equal operators are merged and a shared subexpression counts once", "[ir]") {
  Fixture f;
  const ExprId product = f.build.mul(f.a, f.b);
  CHECK(f.of(f.build.mul(product, product)) == Operations{{"mul", 2, false}});
  CHECK(f.of(f.build.plus(product, f.build.mul(f.b, f.c))) ==
        Operations{{"mul", 2, false}, {"add", 1, false}});
}

TEST_CASE("constants are folded", "[ir]") {
  Fixture f;
  const ExprId two = f.build.number(2);
  const ExprId size = f.build.expr(IndexValueExpr{f.build.end(f.rank)});
  const ExprId scale = f.build.call(Builtin::kRsqrt, {f.build.mul(two, size)});
  CHECK(f.of(scale).empty());
  CHECK(f.of(f.build.mul(scale, f.a)) == Operations{{"mul", 1, false}});
  CHECK(f.of(f.build.mul(two, two), f.reduce(ReduceOp::kSum)) == Operations{{"add", 1, true}});
}

TEST_CASE("index arithmetic costs nothing, an operator on an index costs itself", "[ir]") {
  Fixture f;
  const ExprId position = f.build.expr(IndexValueExpr{f.build.at(f.m, 1)});
  CHECK(f.of(position).empty());
  CHECK(f.of(f.build.call(Builtin::kPow, {f.build.number(0.5), position})) ==
        Operations{{"pow", 1, false}});
}

TEST_CASE("built-ins that are another operator in disguise count as that one", "[ir]") {
  Fixture f;
  CHECK(f.of(f.build.call(Builtin::kSq, {f.a})) == Operations{{"mul", 1, false}});
  CHECK(f.of(f.build.call(Builtin::kRelu, {f.a})) == Operations{{"max", 1, false}});
  CHECK(f.of(f.build.call(Builtin::kMax, {f.a, f.b, f.c})) == Operations{{"max", 2, false}});
  CHECK(f.of(f.build.call(Builtin::kLt, {f.a, f.b})) == Operations{{"compare", 1, false}});
  CHECK(f.of(f.build.expr(NegExpr{f.a})) == Operations{{"neg", 1, false}});
}

TEST_CASE("an opaque function is an operator of its own name", "[ir]") {
  Fixture f;
  f.build.cascade.opaque.push_back({"softcap", 1, {}, {}, {}, {}});
  CallExpr call;
  call.function = OpaqueId(0);
  call.args = {f.a};
  CHECK(f.of(f.build.expr(call)) == Operations{{"softcap", 1, false}});
}

TEST_CASE("an opaque function with a cost is that many multiply-adds", "[ir]") {
  Fixture f;
  f.build.cascade.opaque.push_back({"softcap", 1, {}, {}, 6, {}});
  f.build.cascade.opaque.push_back({"free", 1, {}, {}, 0, {}});
  CallExpr call;
  call.function = OpaqueId(0);
  call.args = {f.a};
  CHECK(f.of(f.build.expr(call)) == Operations{{"mac", 6, false}});
  call.function = OpaqueId(1);
  CHECK(f.of(f.build.expr(call)).empty());
}

}  // namespace
}  // namespace einfall::einsum
