#include "einsum/ir/graph.hpp"

#include <catch2/catch.hpp>

#include "tests/support/cascade_builder.hpp"

namespace einfall::einsum {
namespace {

// Ranks R (stepped along) and input A[r].
struct Fixture {
  tests::CascadeBuilder build;
  RankId rank = build.rank("R", 5);
  VarId r = build.var("r", rank);
  TensorId a = build.tensor("A", {rank});

  ExprId read_a() { return build.read(a, {build.at(r)}); }
  TensorId tensor(const std::string& name) { return build.tensor(name, {rank}); }
  TensorId iterative(const std::string& name) {
    const TensorId id = tensor(name);
    build.cascade.tensors[id.index()].iterative_position = 0;
    return id;
  }
  void map(TensorId tensor, std::int64_t offset, ExprId body) {
    build.einsum(build.cascade[tensor].name, build.access(tensor, {build.at(r, offset)}), body);
  }
  void step(TensorId tensor, ExprId body) {
    map(tensor, 1, body);
    build.cascade.einsums.back().iterative_var = r;
  }
  void init(TensorId tensor) {
    build.einsum(build.cascade[tensor].name, build.access(tensor, {build.at(0)}), build.number(0))
        .is_init = true;
  }
  std::vector<std::vector<std::string>> names(const Graph& graph) const {
    std::vector<std::vector<std::string>> all;
    for (const Component& component : graph.components) {
      all.emplace_back();
      for (const EinsumId id : component.einsums) all.back().push_back(build.cascade[id].name);
    }
    return all;
  }
  std::string error() const {
    const auto graph = dependence_graph(build.cascade);
    REQUIRE_FALSE(graph);
    REQUIRE(graph.error().size() == 1);
    return graph.error()[0].code;
  }
};

using Names = std::vector<std::vector<std::string>>;

TEST_CASE("independent Einsums come in file order, dependent ones after what they read", "[ir]") {
  Fixture f;
  const TensorId z = f.tensor("Z"), x = f.tensor("X"), y = f.tensor("Y");
  f.map(z, 0, f.build.plus(f.build.read(y, {f.build.at(f.r)}), f.read_a()));
  f.map(x, 0, f.read_a());
  f.map(y, 0, f.read_a());
  const auto graph = dependence_graph(f.build.cascade);
  REQUIRE(graph);
  CHECK(f.names(*graph) == Names{{"X"}, {"Y"}, {"Z"}});
  REQUIRE(graph->edges.size() == 1);
  CHECK(graph->edges[0].writer == EinsumId(2));
  CHECK(graph->edges[0].reader == EinsumId(0));
  CHECK_FALSE(graph->components[0].iterative_rank);
}

TEST_CASE("an iterative tensor and what feeds it back are one component in step order", "[ir]") {
  Fixture f;
  const TensorId x = f.iterative("X"), y = f.tensor("Y"), o = f.build.tensor("O", {});
  f.init(x);
  f.build.einsum("O", f.build.access(o, {}), f.build.read(x, {f.build.end(f.rank)}));
  // X of the next step needs Y of this one; Y needs X of this one.
  f.step(x, f.build.read(y, {f.build.at(f.r)}));
  f.map(y, 0, f.build.plus(f.build.read(x, {f.build.at(f.r)}), f.read_a()));
  const auto graph = dependence_graph(f.build.cascade);
  REQUIRE(graph);
  CHECK(f.names(*graph) == Names{{"X"}, {"Y", "X"}, {"O"}});
  CHECK(f.build.cascade[graph->components[0].einsums[0]].is_init);
  CHECK(graph->components[1].iterative_rank == f.rank);
  CHECK_FALSE(graph->components[2].iterative_rank);
}

TEST_CASE("a running tensor may be read at the step that has just been written", "[ir]") {
  Fixture f;
  const TensorId x = f.iterative("X"), y = f.iterative("Y");
  // Y first in the file: its read of X at r+1 has distance 0, so X must come first in the step.
  const auto old_y = [&] { return f.build.read(y, {f.build.at(f.r)}); };
  f.step(y, f.build.plus(old_y(), f.build.read(x, {f.build.at(f.r, 1)})));
  f.step(x, f.build.plus(f.build.read(x, {f.build.at(f.r)}), old_y()));
  const auto graph = dependence_graph(f.build.cascade);
  REQUIRE(graph);
  CHECK(f.names(*graph) == Names{{"X", "Y"}});
}

TEST_CASE("the first slice of an iterative tensor depends on its init alone", "[ir]") {
  Fixture f;
  const TensorId x = f.iterative("X");
  f.init(x);
  f.step(x, f.build.plus(f.build.read(x, {f.build.at(f.r)}), f.build.read(x, {f.build.at(0)})));
  const auto graph = dependence_graph(f.build.cascade);
  REQUIRE(graph);
  REQUIRE(graph->edges.size() == 3);  // X[r] from init and step, X[0] from init
  CHECK(f.names(*graph) == Names{{"X"}, {"X"}});
}

TEST_CASE("a plain shift is no cycle", "[ir]") {
  Fixture f;
  f.map(f.tensor("X"), 1, f.read_a());
  const auto graph = dependence_graph(f.build.cascade);
  REQUIRE(graph);
  CHECK_FALSE(graph->components[0].iterative_rank);
}

TEST_CASE("reading what a later step writes is E302", "[ir]") {
  Fixture f;
  const TensorId x = f.iterative("X");
  f.step(x, f.build.read(x, {f.build.at(f.r, 2)}));
  CHECK(f.error() == "E302");
}

TEST_CASE("a cycle inside one step is E302", "[ir]") {
  Fixture f;
  const TensorId x = f.iterative("X"), y = f.tensor("Y");
  f.step(x, f.build.read(y, {f.build.at(f.r)}));
  f.map(y, 0, f.build.read(x, {f.build.at(f.r, 1)}));
  CHECK(f.error() == "E302");
}

TEST_CASE("a cycle without an iterative rank is E303", "[ir]") {
  Fixture f;
  const TensorId x = f.tensor("X"), y = f.tensor("Y");
  f.map(x, 0, f.build.read(y, {f.build.at(f.r)}));
  f.map(y, 0, f.build.read(x, {f.build.at(f.r)}));
  CHECK(f.error() == "E303");
}

TEST_CASE("feeding a final value back into its own iteration is E303", "[ir]") {
  Fixture f;
  const TensorId x = f.iterative("X");
  f.step(x, f.build.read(x, {f.build.end(f.rank)}));
  CHECK(f.error() == "E303");
}

TEST_CASE("two ranks stepping through each other are E303", "[ir]") {
  Fixture f;
  const RankId other = f.build.rank("T", 3);
  const VarId t = f.build.var("t", other);
  const TensorId x = f.iterative("X"), y = f.build.tensor("Y", {other});
  f.build.cascade.tensors[y.index()].iterative_position = 0;
  f.step(x, f.build.read(y, {f.build.end(other)}));
  f.build.einsum("Y", f.build.access(y, {f.build.at(t, 1)}),
                 f.build.read(x, {f.build.end(f.rank)}));
  f.build.cascade.einsums.back().iterative_var = t;
  CHECK(f.error() == "E303");
}

TEST_CASE("a long chain of statements costs no stack", "[ir]") {
  Fixture f;
  TensorId before = f.a;
  for (int i = 0; i < 20000; ++i) {
    const TensorId next = f.tensor("X" + std::to_string(i));
    f.map(next, 0, f.build.read(before, {f.build.at(f.r)}));
    before = next;
  }
  const auto graph = dependence_graph(f.build.cascade);
  REQUIRE(graph);
  CHECK(graph->components.size() == 20000);
}

}  // namespace
}  // namespace einfall::einsum
