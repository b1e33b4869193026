#include <catch2/catch.hpp>

#include "tests/support/golden.hpp"
#include "tests/support/program.hpp"

// What programs read is kept word for word: these files change on purpose or not at all.
namespace einfall::tests {
namespace {

struct Golden {
  const char* file;
  const char* command;
};

constexpr Golden kCommands[] = {
    {"analyze_attn_1pass.json", "analyze workloads/cascades/attn_1pass.yaml"},
    {"analyze_attn_3pass.json", "analyze workloads/cascades/attn_3pass.yaml"},
    {"analyze_flow_attn.json", "analyze workloads/cascades/flow_attn.yaml"},
    {"analyze_mqa_gqa.json", "analyze workloads/cascades/mqa_gqa.yaml"},
    {"check_fine.json", "check workloads/cascades/gla_chunk.yaml workloads/scenarios/fusemax.yaml"},
    {"check_mistake.json", "check docs/tutorial/mistake.yaml docs/tutorial/array_wrong.yaml"},
    {"cost_binding.json", "cost workloads/scenarios/fusemax.yaml --set seq_len=4K"},
    {"cost_binding_pipelined.json",
     "cost workloads/scenarios/fusemax.yaml --set seq_len=4K --set schedule=pipelined"},
    {"cost_encoder_layer.json",
     "cost workloads/scenarios/encoder_layer.yaml --set model=T5 --set mode=published"},
    {"cost_lightning.json", "cost workloads/scenarios/chunked.yaml --set seq_len=4K"},
    {"cost_product.json", "cost docs/tutorial/product_scenario.yaml"},
};

TEST_CASE("what the program prints for programs is what it printed before", "[golden]") {
  for (const Golden& golden : kCommands) {
    const auto json = einfall_json(golden.command);
    expect_golden(golden.file, json.dump(1) + "\n");
  }
}

TEST_CASE("the same command prints the same bytes", "[golden]") {
  for (const char* command :
       {"cost workloads/scenarios/one_pass.yaml --set schedule=pipelined --json",
        "eval workloads/scenarios/fusemax.yaml --set heads=1 --set seq_len=64 --mode bit-true "
        "--json",
        "reproduce fusemax --json"}) {
    INFO(command);
    const Ran first = einfall(command);
    REQUIRE(first.exit == 0);
    CHECK(first.out == einfall(command).out);
  }
}

}  // namespace
}  // namespace einfall::tests
