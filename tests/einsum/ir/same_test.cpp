#include <catch2/catch.hpp>
#include <functional>

#include "einsum/ir/cascade.hpp"
#include "einsum/ir/types.hpp"
#include "tests/support/cascade_builder.hpp"

namespace einfall::einsum {
namespace {

// Y[m] = exp(A[m] * 2) where m < 3, with the ranks and tensors in either order.
Cascade sample(bool other_order) {
  tests::CascadeBuilder build;
  RankId m;
  TensorId a, y;
  if (other_order) {
    build.rank("N", 2);
    m = build.rank("M", 4);
    y = build.tensor("Y", {m});
    a = build.tensor("A", {m});
  } else {
    m = build.rank("M", 4);
    build.rank("N", 2);
    a = build.tensor("A", {m});
    y = build.tensor("Y", {m});
  }
  const VarId v = build.var("m", m);
  const ExprId twice = build.mul(build.read(a, {build.at(v)}), build.number(2));
  const ExprId body = build.call(Builtin::kExp, {twice});
  build.cascade.conds.push_back({CompareCond{CompareOp::kLt, build.at(v), build.at(3)}, {}});
  Einsum& einsum = build.einsum("Y", build.access(y, {build.at(v)}), body);
  einsum.where = {CondId(0)};
  einsum.vars = {v};
  build.cascade.assumptions.push_back({FiniteAssumption{a}, {}});
  build.cascade.expectations.push_back({"passes", {"M"}, "1", {}});
  return build.cascade;
}

TEST_CASE("equality follows names, not ids", "[ir]") {
  CHECK(same(sample(false), sample(false)));
  CHECK(same(sample(false), sample(true)));
  CHECK(same(sample(true), sample(false)));
}

TEST_CASE("equality ignores documentation and how a line came about", "[ir]") {
  Cascade other = sample(false);
  other.doc = "text";
  other.einsums[0].doc = "text";
  other.einsums[0].generated = true;
  CHECK(same(sample(false), other));
  Cascade implied = sample(false), written = sample(false);
  implied.einsums[0].root = ReduceRoot{ReduceOp::kSum, {VarId(0)}, true};
  written.einsums[0].root = ReduceRoot{ReduceOp::kSum, {VarId(0)}, false};
  CHECK(same(implied, written));
}

TEST_CASE("every part of a cascade takes part in equality", "[ir]") {
  const std::vector<std::pair<std::string, std::function<void(Cascade&)>>> changes{
      {"name", [](Cascade& c) { c.name = "other"; }},
      {"rank size", [](Cascade& c) { c.ranks[0].size->steps[0].constant = 5; }},
      {"no rank size", [](Cascade& c) { c.ranks[0].size.reset(); }},
      {"rank name", [](Cascade& c) { c.ranks[1].name = "O"; }},
      {"tensor ranks", [](Cascade& c) { c.tensors[0].ranks[0] = RankId(1); }},
      {"role", [](Cascade& c) { c.tensors[1].role = TensorRole::kOutput; }},
      {"iterative", [](Cascade& c) { c.tensors[1].iterative_position = 0; }},
      {"type", [](Cascade& c) { c.tensors[0].type.dtype = DataType::kBf16; }},
      {"class type", [](Cascade& c) { c.type_classes["default"].fill = 1; }},
      {"alias", [](Cascade& c) { c.alias["M"] = "N"; }},
      {"variable", [](Cascade& c) { c.variables[0].name = "n"; }},
      {"constant", [](Cascade& c) { c.exprs[1].node = ConstExpr{3}; }},
      {"operator", [](Cascade& c) { std::get<BinaryExpr>(c.exprs[2].node).op = BinaryOp::kAdd; }},
      {"function",
       [](Cascade& c) { std::get<CallExpr>(c.exprs[3].node).function = Builtin::kExp2; }},
      {"kind of node", [](Cascade& c) { c.exprs[3].node = NegExpr{ExprId(2)}; }},
      {"tensor read", [](Cascade& c) { c.accesses[0].tensor = TensorId(1); }},
      {"index", [](Cascade& c) { c.indices[0].constant = SizePoly::constant(1); }},
      {"coefficient",
       [](Cascade& c) { c.indices[0].terms[0].coefficient = SizePoly::size(RankId(1)); }},
      {"condition", [](Cascade& c) { std::get<CompareCond>(c.conds[0].node).op = CompareOp::kLe; }},
      {"conditions", [](Cascade& c) { c.einsums[0].where.clear(); }},
      {"root",
       [](Cascade& c) {
         c.einsums[0].root = ReduceRoot{ReduceOp::kMax, {}, false};
       }},
      {"init", [](Cascade& c) { c.einsums[0].is_init = true; }},
      {"einsums", [](Cascade& c) { c.einsums.push_back(c.einsums[0]); }},
      {"assumption", [](Cascade& c) { c.assumptions[0].what = PositiveAssumption{TensorId(0)}; }},
      {"expectation", [](Cascade& c) { c.expectations[0].count = "2"; }}};
  for (const auto& [what, change] : changes) {
    Cascade changed = sample(false);
    change(changed);
    INFO(what);
    CHECK_FALSE(same(sample(false), changed));
    CHECK_FALSE(same(changed, sample(false)));
    CHECK(same(changed, changed));
  }
}

TEST_CASE("widely shared expressions are compared in linear time", "[ir]") {
  tests::CascadeBuilder build;
  ExprId root = build.number(1);
  for (int i = 0; i < 60; ++i) root = build.plus(root, root);  // 2^60 paths
  build.einsum("X", build.access(build.tensor("X", {}), {}), root);
  CHECK(same(build.cascade, build.cascade));
}

TEST_CASE("find looks up by name and prefers the step over its init", "[ir]") {
  tests::CascadeBuilder build;
  const RankId m = build.rank("M", 2);
  const TensorId x = build.tensor("X", {m});
  build.einsum("X", build.access(x, {build.at(0)}), build.number(0)).is_init = true;
  build.einsum("X", build.access(x, {build.at(build.var("m", m), 1)}), build.number(1));
  CHECK(build.cascade.find_rank("M") == m);
  CHECK_FALSE(build.cascade.find_rank("N"));
  CHECK(build.cascade.find_tensor("X") == x);
  CHECK_FALSE(build.cascade.find_tensor("x"));
  CHECK(build.cascade.find_einsum("X") == EinsumId(1));
}

TEST_CASE("data types are found by the name they have", "[ir]") {
  for (const char* text : {"fp64", "fp32", "bf16", "fp16", "fp8e4m3", "fp8e5m2", "int32", "int8",
                           "int4", "bool", "index"}) {
    REQUIRE(data_type(text));
    CHECK(name(*data_type(text)) == text);
  }
  CHECK_FALSE(data_type("float"));
  CHECK(bits(DataType::kInt4) == 4);
  CHECK(bits(DataType::kBool) == 1);
  CHECK(bits(DataType::kIndex) == 32);
}

}  // namespace
}  // namespace einfall::einsum
