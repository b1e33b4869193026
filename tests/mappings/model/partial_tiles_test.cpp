#include <catch2/catch.hpp>

#include "einsum/language/load.hpp"
#include "mappings/model/cost.hpp"

namespace einfall::mappings {
namespace {

Counts counted(const std::string& mapping_name, std::int64_t length, BoundMapping& bound) {
  const std::string root = EINFALL_SOURCE_DIR;
  base::Diagnostics remarks;
  const auto cascade = einsum::load_cascade(root + "/workloads/cascades/attn_1pass.yaml", remarks);
  const auto machine = arch::load_machine(root + "/arch/specs/fusemax-cloud.yaml");
  const auto mapping = load_mapping(root + "/mappings/library/" + mapping_name + ".yaml");
  REQUIRE(cascade);
  REQUIRE(machine);
  REQUIRE(mapping);
  auto result = bind(*mapping, *cascade, *machine,
                     {{"B", 1}, {"H", 1}, {"E", 64}, {"F", 64}, {"P", length}, {"M", length}}, {});
  if (!result) FAIL(base::render(result.error()));
  bound = std::move(*result);
  const auto counts = count(bound, *cascade, *machine, {});
  REQUIRE(counts);
  return *counts;
}

// The cascade cuts M into M1 and M0, the mapping cuts P: of both the last tile runs in full.
TEST_CASE("partial tiles issue all their lanes whoever cut the rank", "[model]") {
  BoundMapping bound;
  const Counts counts = counted("binding", 1000, bound);
  CHECK(counts.steps[0].points == std::int64_t{4 * 256} * (4 * 256) * 64);
  CHECK(counts.steps[0].useful == std::int64_t{1000} * 1000 * 64);
  CHECK(counts.steps[0].lane_cycles == Exact(counts.steps[0].useful));
  CHECK(counts.steps[0].busy_cycles == 4 * 4 * 64);
}

TEST_CASE("a rank shorter than its tile occupies one tile", "[model]") {
  BoundMapping bound;
  const Counts counts = counted("binding", 100, bound);
  CHECK(counts.steps[0].points == std::int64_t{256} * 256 * 64);
  CHECK(counts.steps[0].useful == std::int64_t{100} * 100 * 64);
}

TEST_CASE("whole tiles issue what is useful", "[model]") {
  BoundMapping bound;
  const Counts counts = counted("binding", 1024, bound);
  for (const StepCounts& step : counts.steps) CHECK(step.points == step.useful);
}

}  // namespace
}  // namespace einfall::mappings
