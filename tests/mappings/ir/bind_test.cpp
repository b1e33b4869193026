#include "tests/mappings/ir/fixture.hpp"

using namespace einfall;
using namespace einfall::mappings;
using namespace einfall::tests;

TEST_CASE("binding on 192 x 192 with E other than F follows the closed forms", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const arch::Machine machine = resized(machine_named("fusemax-cloud"), 192);
  const std::int64_t B = 3, H = 5, E = 48, F = 80, P = 1000, M = 2000, D = 192;
  const BoundMapping bound =
      bound_or_fail(mapping_named("binding"), cascade, machine,
                    {{"B", B}, {"H", H}, {"E", E}, {"F", F}, {"P", P}, {"M", M}});
  const std::int64_t tiles = (P + D - 1) / D, M1 = (M + D - 1) / D, n = B * H;
  const auto busy = [&](const char* name) { return step_named(bound, cascade, name).busy_cycles; };
  CHECK(busy("BQK") == n * tiles * M1 * E);
  CHECK(busy("SLNV") == n * tiles * M1 * F);
  CHECK(busy("LM") == n * tiles * M1);
  CHECK(busy("SLN") == n * tiles * M1 * 7);
  CHECK(busy("PRM") == n * tiles * M1 * 7);
  CHECK(busy("SPD") == n * tiles * M1);
  CHECK(busy("SPNV") == n * tiles * M1 * F);
  CHECK(busy("AV") == n * tiles * F);
  CHECK(trips_of(bound, "P1") == tiles);  // all of it fits
  // A block of queries: what it holds, and what all blocks together bring in.
  const BoundKeep& q = keep_of(bound, cascade, "Q");
  CHECK(q.fills == n);
  CHECK(q.filled == n * P * E);
  CHECK(q.slice == P * E);
  const BoundKeep& k = keep_of(bound, cascade, "K");
  CHECK(k.slice == D * E);
  CHECK(k.fills == n * M1);
  CHECK(k.filled == n * M * E);
  CHECK(keep_of(bound, cascade, "RNV").slice == P * F);
  CHECK(keep_of(bound, cascade, "RM").closed);
  CHECK_FALSE(q.closed);
}

TEST_CASE("the operators of a machine set how long an Einsum takes", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  arch::Machine machine = machine_named("fusemax-cloud");
  for (arch::ComputeUnit& unit : machine.units)
    for (arch::Operator& op : unit.operators)
      if (op.name == "exp") op.issue_cycles = 9;
  const BoundMapping bound = bound_or_fail(mapping_named("binding"), cascade, machine,
                                           {{"B", 1}, {"H", 1}, {"P", 512}, {"M", 1024}});
  CHECK(step_named(bound, cascade, "SLN").busy_cycles == 2 * 4 * 10);
  CHECK(step_named(bound, cascade, "PRM").busy_cycles == 2 * 4 * 10);
}

TEST_CASE("an automatic part is the largest divisor that fits", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const Mapping mapping = mapping_named("binding");
  const auto p1 = [&](std::int64_t length, std::int64_t e, std::int64_t f, std::int64_t mib,
                      const BindOptions& options = {}) {
    arch::Machine machine = machine_named("fusemax-cloud");
    for (arch::Memory& memory : machine.memories)
      if (memory.capacity) memory.capacity->value = base::Bytes(mib << 20);
    return trips_of(bound_or_fail(mapping, cascade, machine,
                                  {{"E", e}, {"F", f}, {"P", length}, {"M", length}}, options),
                    "P1");
  };
  // As FuseMax's artifact finds them: 2 (E + F + 2) bytes a query beside one tile of K and V.
  CHECK(p1(16384, 64, 64, 16) == 64);
  CHECK(p1(65536, 64, 64, 16) == 128);
  CHECK(p1(1048576, 64, 64, 16) == 128);
  CHECK(p1(65536, 128, 128, 16) == 64);
  CHECK(p1(65536, 64, 64, 8) == 64);
  // A number of tiles that is no power of two: 45 tiles of 256; all fit, then a third, then a
  // fifth.
  CHECK(p1(45 * 256, 64, 64, 16) == 45);
  CHECK(p1(45 * 256, 64, 64, 2) == 15);
  // The size to fit into may be another than the machine's (one of the artifact's quirks).
  BindOptions options;
  options.sizing_capacity["buffer"] = base::Bytes(4 << 20);
  CHECK(p1(65536, 64, 64, 16, options) == 32);
}

TEST_CASE("+Cascade is sized by the scores in the buffer", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  BindOptions options;
  options.sizing_capacity["buffer"] = base::Bytes(16 << 20);
  for (const std::int64_t length : {std::int64_t{4096}, std::int64_t{16384}, std::int64_t{65536}}) {
    const BoundMapping bound =
        bound_or_fail(mapping_named("cascade"), cascade, machine_named("flat-cloud-cascade"),
                      {{"P", length}, {"M", length}}, options);
    // 2 (E + F + 2 + 2 * 256) bytes a query: at most 50 tiles of 256 queries.
    CHECK(trips_of(bound, "P1") == std::min<std::int64_t>(length / 256, 32));
    const BoundKeep& scores = keep_of(bound, cascade, "BQK");
    CHECK(scores.closed);
    CHECK(scores.filled == 12 * length * length);
    CHECK(step_named(bound, cascade, "SLN").busy_cycles == 12 * length / 256 * length * 2);
  }
}

TEST_CASE("values are forwarded in a leaf, carried between steps, kept elsewhere", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const BoundMapping bound =
      bound_or_fail(mapping_named("binding"), cascade, machine_named("fusemax-cloud"), {});
  const BoundEinsum& prm = step_named(bound, cascade, "PRM");
  REQUIRE(prm.reads.size() == 2);
  CHECK(prm.reads[0].carried);
  CHECK(prm.reads[0].keeps.size() == 1);
  CHECK(prm.reads[1].forwarded);
  CHECK(step_named(bound, cascade, "BQK").write.consumed_in_leaf);
  CHECK_FALSE(step_named(bound, cascade, "RM").write.consumed_in_leaf);
  CHECK_FALSE(step_named(bound, cascade, "AV").write.consumed_in_leaf);
  for (const BoundAccess& read : step_named(bound, cascade, "AV").reads) CHECK(read.final_value);
  // The scale is in the weights: BQK reads Q where the cascade reads QS.
  CHECK(cascade[step_named(bound, cascade, "BQK").reads[0].tensor].name == "Q");
  CHECK(step_named(bound, cascade, "SLNV").stationary == std::size_t{0});
  CHECK_FALSE(bound.step_of[cascade.find_einsum("QS")->index()].valid());
}

TEST_CASE("a fraction of a tensor may spill, and what is in place of another takes no room",
          "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_3pass");
  const SizeMap sizes = {{"B", 1}, {"H", 1}, {"P", 4096}, {"M", 4096}};
  Mapping mapping = mapping_named("flat-4k");
  const arch::Machine machine = machine_named("flat-cloud");
  CHECK(mappings::bind(mapping, cascade, machine, sizes).has_value());  // 128/129 of 32 MiB
  // Twice as many queries do not fit, by nearly the whole buffer.
  const auto twice =
      mappings::bind(mapping, cascade, machine, {{"B", 1}, {"H", 1}, {"P", 8192}, {"M", 4096}});
  REQUIRE_FALSE(twice);
  CHECK(twice.error().front().code == "E815");
  // The check can be switched off for a memory.
  BindOptions options;
  options.unchecked_capacity = {"buffer"};
  CHECK(mappings::bind(mapping, cascade, machine, {{"B", 1}, {"H", 1}, {"P", 8192}, {"M", 4096}},
                       options)
            .has_value());
}

TEST_CASE("blocks of tokens are what the published linear layers need", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("linear_layer");
  const auto blocks = [&](const char* machine, std::int64_t k, std::int64_t n) {
    return trips_of(bound_or_fail(mapping_named("linear-layer-blocked"), cascade,
                                  machine_named(machine), {{"T", 65536}, {"K", k}, {"N", n}}),
                    "T2");
  };
  // The feed-forward layers of XLM at 1K: 78 weight matrices more than the minimum with 32 MiB, 158
  // with 16 MiB, which is the difference to 7.550 GB and 10.234 GB.
  CHECK(blocks("flat-cloud", 2048, 8192) == 16);
  CHECK(blocks("flat-cloud", 8192, 2048) == 64);
  CHECK(blocks("fusemax-cloud", 2048, 8192) == 32);
  CHECK(blocks("fusemax-cloud", 8192, 2048) == 128);
}

TEST_CASE("huge sizes are counted without overflow or refused", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const std::int64_t huge = std::int64_t{1} << 40;
  const auto bound =
      mappings::bind(mapping_named("binding"), cascade, machine_named("fusemax-cloud"),
                     {{"B", huge}, {"H", huge}, {"P", huge}, {"M", huge}});
  REQUIRE(bound);
  CHECK(step_named(*bound, cascade, "BQK").busy_cycles == std::int64_t{1} << 62);
}
