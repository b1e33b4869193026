#include <catch2/catch.hpp>
#include <fstream>

#include "einsum/language/load.hpp"
#include "mappings/model/cost.hpp"

namespace einfall::mappings {
namespace {

std::int64_t words(const Counts& counts, const einsum::Cascade& cascade, FlowKind kind,
                   const std::string& tensor) {
  std::int64_t sum = 0;
  for (const Flow& flow : counts.flows)
    if (flow.kind == kind && cascade[flow.tensor].name == tensor) sum += flow.words;
  return sum;
}

// A layer of 1024 tokens, 512 features in and 768 out on a 256 x 256 array, weights stationary, all
// tokens inside a tile of weights: 2 x 3 tiles of weights, 4 tiles of tokens.
TEST_CASE("a stationary operand is fetched where another slice begins, sums return each visit",
          "[model]") {
  const std::string root = EINFALL_SOURCE_DIR;
  const std::string file = std::string(EINFALL_BINARY_DIR) + "/weight_stationary_layer.yaml";
  std::ofstream(file) << "einfall: 1\nmapping: weight-stationary-layer\n"
                         "partition: {K: [K1, K0: 256], N: [N1, N0: 256], T: [T1, T0: 256]}\n"
                         "nest:\n  - keep: {buffer: [X, Y]}\n    nest:\n      - loops: [N1, K1, "
                         "T1]\n        einsums: [Y]\nbind:\n  Y: {unit: array2d, dataflow: "
                         "weight-stationary, rows: K0, columns: N0, time: T0, stationary: W}\n"
                         "schedule: {kind: sequential}\n";
  base::Diagnostics remarks;
  const auto cascade =
      einsum::load_cascade(root + "/workloads/cascades/linear_layer.yaml", remarks);
  const auto machine = arch::load_machine(root + "/arch/specs/fusemax-cloud.yaml");
  const auto mapping = load_mapping(file);
  REQUIRE(cascade);
  REQUIRE(machine);
  if (!mapping) FAIL(base::render(mapping.error()));
  const auto bound = bind(*mapping, *cascade, *machine, {{"T", 1024}, {"K", 512}, {"N", 768}});
  if (!bound) FAIL(base::render(bound.error()));
  const auto counts = count(*bound, *cascade, *machine, {});
  REQUIRE(counts);
  CHECK(words(*counts, *cascade, FlowKind::kOperand, "W") == 512 * 768);
  CHECK(words(*counts, *cascade, FlowKind::kOperand, "X") == 1024 * 512 * 3);
  CHECK(words(*counts, *cascade, FlowKind::kFill, "X") == 1024 * 512);
  CHECK(words(*counts, *cascade, FlowKind::kPartialWrite, "Y") == 1024 * 768 * 2);
  CHECK(words(*counts, *cascade, FlowKind::kPartialRead, "Y") == 1024 * 768);
  CHECK(words(*counts, *cascade, FlowKind::kWriteBack, "Y") == 1024 * 768);
  CHECK(counts->steps[0].busy_cycles == 1024 * 2 * 3);
  CHECK(counts->steps[0].points == std::int64_t{1024} * 512 * 768);
}

}  // namespace
}  // namespace einfall::mappings
