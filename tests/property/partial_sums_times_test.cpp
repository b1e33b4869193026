#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/property/times.hpp"

/// A linear layer whose partial sums leave and come back, of random sizes on an array of 4 x 4 with
/// more ports than it needs: weights, tokens and sums share the pins, tiles are cut along every
/// rank, and the model's recurrence has every visit where the simulator has it.
namespace einfall::mappings {
namespace {

// Of 3000 such layers 2990 take the same, the others up to 3 cycles more in the model: what a slice
// leaves free is known for its first and its last piece, and taken to come evenly in between.
TEST_CASE("partial sums that leave and come back take the same in both witnesses",
          "[partial_sums]") {
  rc::prop("random sizes", [] {
    arch::Machine machine = tests::resized(tests::machine_named("fusemax-cloud"), 4);
    machine.memories.front().bandwidth =
        base::BytesPerSecond(*rc::gen::element<std::int64_t>(4000, 8000, 30000) * 1000000);
    machine.memories[1].shared_ports = 64;
    Mapping mapping = tests::mapping_named("linear-layer-partial");
    const auto size = [](std::int64_t most) {
      return *rc::gen::inRange<std::int64_t>(1, most + 1);
    };
    const std::int64_t tiles = size(12), depth = size(24);
    for (Partition& partition : mapping.partitions)
      for (RankPart& part : partition.parts) {
        if (part.name == "T1") part.size = tiles;
        if (part.name == "K0") part.size = depth;
      }
    const tests::SizeMap sizes{{"T", size(150)}, {"K", size(5 * depth)}, {"N", size(20)}};
    const Times times =
        times_by_both(tests::cascade_named("linear_layer"), machine, mapping, sizes);
    RC_LOG() << "T1=" << tiles << " K0=" << depth;
    for (const auto& [name, points] : sizes) RC_LOG() << ' ' << name << '=' << points;
    RC_LOG() << ' ' << machine.memories.front().bandwidth->value() << " B/s: " << times.simulated
             << " simulated, " << times.model << " by the model\n";
    RC_ASSERT(std::abs(times.simulated - times.model) <= 5);
  });
}

}  // namespace
}  // namespace einfall::mappings
