#include <catch2/catch.hpp>

#include "einsum/analysis/bounds.hpp"
#include "explore/costing.hpp"

/// The bound on traffic against the shipped mappings: what any order of computation moves, with all
/// that a machine has on its chip as one buffer, is no more than what a mapping moves over its
/// pins.
namespace einfall::explore {
namespace {

constexpr std::int64_t kOnTheirWay = 4;  // operands and results of a lane beside its registers

std::int64_t on_chip(const arch::Machine& machine) {
  std::int64_t bytes = 0;
  for (std::size_t m = 1; m < machine.memories.size(); ++m) {
    REQUIRE(machine.memories[m].capacity);
    bytes += machine.memories[m].capacity->value.value();
  }
  for (const arch::ComputeUnit& unit : machine.units) {
    const std::int64_t lane = unit.registers.entries * unit.registers.width.value() / 8 +
                              kOnTheirWay * machine.word.value();
    bytes += unit.instances * unit.lanes() * lane;
  }
  return bytes;
}

// Tensors without a type have the machine's word.
einsum::Cascade typed(einsum::Cascade cascade, base::Bytes word) {
  REQUIRE(word == base::Bytes(2));
  for (einsum::Tensor& tensor : cascade.tensors)
    if (!tensor.type.dtype) tensor.type.dtype = einsum::DataType::kBf16;
  return cascade;
}

struct Point {
  std::string scenario;
  Settings settings;
};

TEST_CASE("no shipped mapping moves less than the bound for its machine", "[scenarios]") {
  int binding = 0;
  for (const Point& point :
       std::vector<Point>{{"fusemax", {{"design", "unfused"}, {"seq_len", "256K"}}},
                          {"fusemax", {{"design", "flat"}, {"seq_len", "256K"}}},
                          {"fusemax", {{"design", "cascade"}, {"seq_len", "1M"}}},
                          {"fusemax", {{"design", "architecture"}, {"seq_len", "1M"}}},
                          {"fusemax", {{"design", "binding"}, {"seq_len", "1M"}}},
                          {"fusemax", {{"design", "binding"}, {"seq_len", "4K"}}},
                          {"flash_attention_1", {{"seq_len", "1M"}}},
                          {"two_pass", {{"seq_len", "1M"}}},
                          {"two_pass", {{"seq_len", "64K"}, {"model", "T5"}}},
                          {"one_pass", {{"seq_len", "1M"}}},
                          {"one_pass", {{"seq_len", "1M"}, {"form", "sink"}}},
                          {"one_pass", {{"seq_len", "1M"}, {"machine", "fusemax-edge"}}},
                          {"pointwise", {{"seq_len", "1M"}}},
                          {"linear", {{"seq_len", "64K"}}},
                          {"flow", {{"seq_len", "64K"}}},
                          {"decode", {{"seq_len", "128K"}}},
                          {"latent_decode", {{"seq_len", "128K"}}},
                          {"prompt_layer", {{"seq_len", "64K"}}},
                          {"linear_layer", {{"seq_len", "64K"}}}}) {
    Documents documents;
    const auto run =
        cost_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/" + point.scenario + ".yaml",
                      point.settings, documents);
    if (!run) FAIL(point.scenario << '\n' << base::render(run.error()));
    const auto bound =
        einsum::traffic_bound(typed(*run->cascade, run->machine->word), run->bound->sizes,
                              base::Bytes(on_chip(*run->machine)));
    if (!bound) FAIL(point.scenario << '\n' << base::render(bound.error()));
    std::string settings;
    for (const auto& [name, value] : point.settings) settings += " " + name + "=" + value;
    INFO(point.scenario << settings << ": inputs and outputs once " << bound->compulsory.value());
    const std::int64_t moved = run->cost.memories.front().traffic.bytes().ceil().value();
    CHECK(moved >= bound->total.value());
    binding += bound->total > bound->compulsory;
  }
  CHECK(binding > 5);
}

}  // namespace
}  // namespace einfall::explore
