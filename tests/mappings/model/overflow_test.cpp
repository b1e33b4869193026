#include <catch2/catch.hpp>
#include <limits>

#include "einsum/language/load.hpp"
#include "mappings/model/cost.hpp"

namespace einfall::mappings {
namespace {

TEST_CASE("counts that do not fit 64 bits are refused", "[model]") {
  const std::string root = EINFALL_SOURCE_DIR;
  base::Diagnostics remarks;
  const auto cascade =
      einsum::load_cascade(root + "/workloads/cascades/linear_layer.yaml", remarks);
  const auto machine = arch::load_machine(root + "/arch/specs/fusemax-cloud.yaml");
  const auto mapping = load_mapping(root + "/mappings/library/linear-layer-blocked.yaml");
  REQUIRE(cascade);
  REQUIRE(machine);
  REQUIRE(mapping);
  const std::int64_t large = std::int64_t{1} << 40;
  BindOptions options;
  options.unchecked_capacity = {"buffer"};
  const auto bound =
      bind(*mapping, *cascade, *machine, {{"T", large}, {"K", large}, {"N", large}}, options);
  REQUIRE(bound);
  const auto result = cost({*bound, *cascade, *machine, *mapping}, rates(*machine), {});
  REQUIRE_FALSE(result);
  CHECK(result.error().front().code == "E901");
}

}  // namespace
}  // namespace einfall::mappings
