#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/property/times.hpp"

/// Causal and windowed attention of random sizes, on a small machine of random bandwidth: the
/// analytic model's recurrences take as long as the simulator, which executes every visit.
namespace einfall::mappings {
namespace {

struct Case {
  std::string cascade, mapping;
  tests::SizeMap sizes;
  std::int64_t block = 1;      // P1
  std::int64_t bandwidth = 0;  // MB/s
  int ports = 0;               // of the buffer; 0: the machine's
};

Case any_case(bool pipelined, bool whole) {
  Case c;
  const bool window = *rc::gen::arbitrary<bool>();
  c.cascade = window ? "attn_1pass_window" : "attn_1pass_causal";
  c.mapping = pipelined ? "one-pass-pipelined" : "one-pass";
  c.block = *rc::gen::inRange<std::int64_t>(1, 6);
  c.bandwidth = *rc::gen::element<std::int64_t>(8000, 30000, 400000);
  const std::int64_t keys =
      whole ? 4 * *rc::gen::inRange<std::int64_t>(1, 40) : *rc::gen::inRange<std::int64_t>(1, 160);
  c.sizes = {{"B", 1},    {"H", *rc::gen::inRange<std::int64_t>(1, 5)},
             {"E", 4},    {"F", *rc::gen::element<std::int64_t>(4, 8)},
             {"P", keys}, {"M", keys}};
  if (window) c.sizes["W"] = *rc::gen::inRange<std::int64_t>(1, keys + 1);
  return c;
}

Times times_of(const Case& c) {
  arch::Machine machine = tests::resized(tests::machine_named("fusemax-cloud"), 4);
  machine.memories.front().bandwidth = base::BytesPerSecond(c.bandwidth * 1000000);
  if (c.ports > 0) machine.memories[1].shared_ports = c.ports;
  Mapping mapping = tests::mapping_named(c.mapping);
  for (Partition& partition : mapping.partitions)
    for (RankPart& part : partition.parts)
      if (part.automatic) part.automatic = false, part.size = c.block;
  return times_by_both(tests::cascade_named(c.cascade), machine, mapping, c.sizes);
}

void check(bool pipelined, bool whole, double most_cycles, double most_share) {
  const Case c = any_case(pipelined, whole);
  const Times times = times_of(c);
  RC_LOG() << c.cascade << ' ' << c.mapping << " P1=" << c.block << " MB/s=" << c.bandwidth;
  for (const auto& [name, size] : c.sizes) RC_LOG() << ' ' << name << '=' << size;
  RC_LOG() << ": " << times.simulated << " simulated, " << times.model << " by the model\n";
  RC_ASSERT(std::abs(times.simulated - times.model) <=
            std::max(most_cycles, most_share * times.model));
}

// Of 3000 such nests 2982 take the same, the others up to 7 cycles more in the simulator, with
// partial tiles 2983. Of 3000 pipelines 943 do, 18 differ by more than 3 %, the worst by 7.1 %.
TEST_CASE("masked nests take in the model what they take in the simulator", "[masked_times]") {
  rc::prop("phased", [] { check(false, true, 10, 0); });
  rc::prop("phased, with partial tiles", [] { check(false, false, 10, 0.1); });
  rc::prop("pipelined", [] { check(true, true, 0, 0.1); });
}

// Where neither pins nor ports hold anything up, runs of fewer blocks than others are exact: their
// tails come for the blocks that are there.
TEST_CASE("causal pipelines whose last run is cut take the same where nothing is contended",
          "[masked_times]") {
  for (std::int64_t blocks = 1; blocks <= 8; ++blocks)
    for (const std::int64_t block : {1, 2, 3, 4, 8}) {
      INFO(blocks << " blocks of queries, " << block << " in a run");
      const Case c{"attn_1pass_causal",
                   "one-pass-pipelined",
                   {{"B", 1}, {"H", 2}, {"E", 4}, {"F", 8}, {"P", 4 * blocks}, {"M", 4 * blocks}},
                   block,
                   4'000'000,
                   64};
      const Times times = times_of(c);
      CHECK(times.simulated == times.model);
    }
}

}  // namespace
}  // namespace einfall::mappings
