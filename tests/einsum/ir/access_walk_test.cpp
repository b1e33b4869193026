#include "einsum/ir/access_walk.hpp"

#include <catch2/catch.hpp>

#include "tests/support/cascade_builder.hpp"

namespace einfall::einsum {
namespace {

struct Fixture {
  tests::CascadeBuilder build;
  RankId m1 = build.rank("M1", 3), m0 = build.rank("M0", 4);
  VarId outer = build.var("m1", m1), inner = build.var("m0", m0);
  TensorId k = build.tensor("K", {m1}), table = build.tensor("BT", {m1});

  std::vector<std::string> names(const std::vector<AccessId>& accesses) const {
    std::vector<std::string> all;
    for (const AccessId id : accesses) all.push_back(build.cascade[build.cascade[id].tensor].name);
    return all;
  }
};

TEST_CASE("reads lists body, gathers and conditions, outer before inner", "[ir]") {
  Fixture f;
  const AccessId page = f.build.access(f.table, {f.build.at(f.outer)});
  const ExprId value = f.build.read(f.k, {f.build.gather(page)});
  const TensorId length = f.build.tensor("LEN", {}), mask = f.build.tensor("MASK", {});
  Einsum& einsum =
      f.build.einsum("X", f.build.access(f.build.tensor("X", {f.m1}), {f.build.at(f.outer)}),
                     f.build.plus(value, value));
  const IndexId bound = f.build.gather(f.build.access(length, {}));
  f.build.cascade.conds.push_back({CompareCond{CompareOp::kLt, f.build.at(f.outer), bound}, {}});
  f.build.cascade.conds.push_back({TruthCond{f.build.access(mask, {})}, {}});
  f.build.cascade.conds.push_back({NotCond{CondId(1)}, {}});
  f.build.cascade.conds.push_back({AndCond{{CondId(0), CondId(2)}}, {}});
  einsum.where = {CondId(3)};
  CHECK(f.names(reads(f.build.cascade, einsum)) ==
        std::vector<std::string>{"K", "BT", "LEN", "MASK"});
}

TEST_CASE("a gather on the left side is read, the written tensor is not", "[ir]") {
  Fixture f;
  const AccessId page = f.build.access(f.table, {f.build.at(f.outer)});
  const AccessId written = f.build.access(f.k, {f.build.gather(page)});
  CHECK(f.names(reads(f.build.cascade, f.build.einsum("K", written, f.build.number(1)))) ==
        std::vector<std::string>{"BT"});
}

TEST_CASE("walk visits children first and a shared node once", "[ir]") {
  Fixture f;
  const ExprId one = f.build.number(1);
  const ExprId sum = f.build.plus(one, one);
  const ExprId product = f.build.mul(sum, sum);
  std::vector<ExprId> order;
  walk(f.build.cascade, product, [&](ExprId id) { order.push_back(id); });
  CHECK(order == std::vector<ExprId>{one, sum, product});
}

TEST_CASE("a deep expression costs no stack", "[ir]") {
  Fixture f;
  ExprId root = f.build.number(1);
  for (int i = 0; i < 200000; ++i) root = f.build.expr(NegExpr{root});
  std::size_t visited = 0;
  walk(f.build.cascade, root, [&](ExprId) { ++visited; });
  CHECK(visited == 200001);
  CHECK(reads(f.build.cascade, f.build.einsum("X", f.build.access(f.k, {}), root)).empty());
  CHECK(same(f.build.cascade, f.build.cascade));
}

TEST_CASE("variables_of looks through quotients and gathers", "[ir]") {
  Fixture f;
  const VarId p = f.build.var("p", f.m0);
  const AccessId page = f.build.access(f.table, {f.build.at(f.outer, 2)});
  Index index;
  index.terms.push_back(
      {SizePoly::constant(2), DivMod{false, f.build.at(f.inner), SizePoly::constant(3)}});
  index.terms.push_back({SizePoly::constant(1), page});
  index.terms.push_back({SizePoly::constant(1), p});
  CHECK(variables_of(f.build.cascade, f.build.add(index)) ==
        std::vector<VarId>{f.inner, f.outer, p});
}

TEST_CASE("a variable plus a constant is recognised", "[ir]") {
  Fixture f;
  const auto shifted = as_shifted_variable(f.build.cascade, f.build.at(f.outer, -2));
  REQUIRE(shifted);
  CHECK(shifted->variable == f.outer);
  CHECK(shifted->offset == -2);
  CHECK_FALSE(as_shifted_variable(f.build.cascade, f.build.end(f.m1)));
  CHECK_FALSE(as_shifted_variable(f.build.cascade, f.build.split(f.outer, f.m0, f.inner)));
  const Index twice{{{SizePoly::constant(2), f.outer}}, {}, {}};
  CHECK_FALSE(as_shifted_variable(f.build.cascade, f.build.add(twice)));
}

TEST_CASE("outer times the inner size plus inner is a split", "[ir]") {
  Fixture f;
  const auto split = as_split(f.build.cascade, f.build.split(f.outer, f.m0, f.inner));
  REQUIRE(split);
  CHECK(split->outer == f.outer);
  CHECK(split->inner == f.inner);
  CHECK_FALSE(as_split(f.build.cascade, f.build.split(f.outer, f.m1, f.inner)));
  CHECK_FALSE(as_split(f.build.cascade, f.build.at(f.outer)));
}

TEST_CASE("a rank declared with the size of another splits like it", "[ir]") {
  Fixture f;
  const RankId i = f.build.rank("I");
  f.build.cascade.ranks[i.index()].size = SizeExpr{{{SizeExpr::Op::kRank, 0, f.m0}}};
  const VarId v = f.build.var("i", i);
  CHECK(as_split(f.build.cascade, f.build.split(f.outer, f.m0, v)));
}

}  // namespace
}  // namespace einfall::einsum
