#include <catch2/catch.hpp>
#include <functional>

#include "einsum/language/load.hpp"
#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {
namespace {

const std::string kRoot = EINFALL_SOURCE_DIR;

// The code that compiling the shipped pipelined binding gives once its bound form is broken so.
std::string code_of(const std::function<void(BoundMapping&, Mapping&)>& broken) {
  base::Diagnostics remarks;
  const auto cascade = einsum::load_cascade(kRoot + "/workloads/cascades/attn_1pass.yaml", remarks);
  const auto machine = arch::load_machine(kRoot + "/arch/specs/fusemax-cloud.yaml");
  auto mapping = load_mapping(kRoot + "/mappings/library/binding-pipelined.yaml");
  REQUIRE(cascade);
  REQUIRE(machine);
  REQUIRE(mapping);
  auto bound = bind(*mapping, *cascade, *machine,
                    {{"B", 1}, {"H", 1}, {"P", 1024}, {"M", 1024}, {"E", 64}, {"F", 64}});
  REQUIRE(bound);
  broken(*bound, *mapping);
  const auto timetable = build_timetable(*cascade, *machine, *mapping, *bound);
  return timetable ? "none" : timetable.error().front().code;
}

BoundNode& body(BoundMapping& bound) {
  for (BoundNode& node : bound.nodes)
    if (node.einsums.size() > 1) return node;
  return bound.nodes.front();
}

TEST_CASE("the shipped binding compiles", "[timetable]") {
  CHECK(code_of([](BoundMapping&, Mapping&) {}) == "none");
}

TEST_CASE("a mapping without a steady state is E880", "[timetable]") {
  CHECK(code_of([](BoundMapping& bound, Mapping&) { bound.schedule.over.clear(); }) == "E880");
  CHECK(code_of([](BoundMapping& bound, Mapping&) {
          std::swap(bound.schedule.over.front(), bound.schedule.over.back());
        }) == "E880");
}

TEST_CASE("a steady state in two leaves is E881", "[timetable]") {
  CHECK(code_of([](BoundMapping& bound, Mapping&) {
          bound.nodes.push_back(BoundNode(body(bound)));
        }) == "E881");
}

TEST_CASE("slots for some Einsums only are E883", "[timetable]") {
  CHECK(code_of([](BoundMapping& bound, Mapping& mapping) {
          bound.schedule.slots.push_back({body(bound).einsums.front(), 0, 0});
          mapping.schedule.slots.emplace_back();
        }) == "E883");
}

TEST_CASE("a cycle inside one epoch is E884", "[timetable]") {
  // Reads of the step before, taken for reads of this one.
  CHECK(code_of([](BoundMapping& bound, Mapping&) {
          for (BoundEinsum& einsum : bound.einsums)
            for (BoundAccess& read : einsum.reads) read.carried = false;
        }) == "E884");
}

}  // namespace
}  // namespace einfall::mappings
