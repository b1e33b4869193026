#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "mappings/model/cost.hpp"
#include "mappings/model/task_classes.hpp"
#include "tests/mappings/ir/fixture.hpp"

namespace einfall::mappings {
namespace {

using tests::SizeMap;

struct Bound {
  einsum::Cascade cascade;
  arch::Machine machine;
  Mapping mapping;
  BoundMapping bound;
};
Bound bound_of(const std::string& cascade, const std::string& mapping, const SizeMap& sizes,
               const std::string& machine = "h200") {
  Bound out{tests::cascade_named(cascade),
            tests::machine_named(machine),
            tests::mapping_named(mapping),
            {}};
  out.bound = tests::bound_or_fail(out.mapping, out.cascade, out.machine, sizes);
  return out;
}
DispatchTime time_of(const Bound& b) {
  auto costed = cost({b.bound, b.cascade, b.machine, b.mapping}, rates(b.machine), {});
  if (!costed) FAIL(base::render(costed.error()));
  return *costed->dispatch;
}
double effect(const DispatchTime& time, const std::string& name) {
  for (const Effect& e : time.effects)
    if (e.name == name) return e.cycles;
  FAIL("no effect " << name);
  return 0;
}
SizeMap square(std::int64_t heads, std::int64_t n, std::int64_t d) {
  return {{"B", 1}, {"H", heads}, {"G", 1}, {"E", d}, {"F", d}, {"P", n}, {"M", n}, {"M0", 128}};
}

TEST_CASE("tasks under a causal mask have the iterations that it leaves them", "[model]") {
  const Bound b = bound_of("attn_1pass_gqa_causal", "gpu-one-pass", square(3, 512, 128));
  const auto classes = task_classes(b.bound);
  REQUIRE(classes);
  REQUIRE(classes->classes.size() == 4);
  CHECK(classes->order == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(classes->repeats == 3);
  // 1 + 2 + 3 + 4 blocks of keys for each of 3 heads.
  for (std::size_t s = 0; s < b.bound.einsums.size(); ++s) {
    double sum = 0;
    for (std::size_t c = 0; c < 4; ++c) {
      CHECK(classes->classes[c].tasks == 3);
      sum += 3 * classes->classes[c].share[s];
      if (b.bound.einsums[s].loops.size() == 5)
        CHECK(classes->classes[c].share[s] == Approx(double(c + 1) / 30));
      else
        CHECK(classes->classes[c].share[s] == Approx(1.0 / 12));
    }
    CHECK(sum == Approx(1));
  }
}

TEST_CASE("a window leaves its tasks no more than its blocks", "[model]") {
  SizeMap sizes = square(1, 1024, 64);
  sizes["W"] = 256;
  const Bound b = bound_of("attn_1pass_gqa_window", "gpu-one-pass", sizes);
  const auto classes = task_classes(b.bound);
  REQUIRE(classes);
  // A tile of 128 queries sees at most three blocks: 1, 2, 3, 3...
  const double all = 1 + 2 + 3 * 6;
  for (std::size_t c = 0; c < 8; ++c)
    CHECK(classes->classes[c].share[0] == Approx(std::min<double>(double(c) + 1, 3) / all));
}

TEST_CASE("one task takes the cycles of its phases, start and end", "[model]") {
  // 4 blocks of 128 keys, 128 queries, 128 elements.
  SizeMap sizes = square(1, 512, 128);
  sizes["P"] = 128;
  const DispatchTime time = time_of(bound_of("attn_1pass_gqa", "gpu-one-pass", sizes));
  // QK and SLNV: 128 steps of two tiles of 64 columns, four cycles each, at 1830 of 1980 MHz.
  CHECK(effect(time, "tensor") == Approx(4 * 2 * (128 * 2 * 4) * 1980.0 / 1830 / 132));
  // An exponential for each of 128 columns, and one for the correction, 8 cycles each.
  CHECK(effect(time, "mufu") == Approx(4 * 129 * 8.0 / 132));
  // One division an element of the result.
  CHECK(effect(time, "vector") == Approx(128 * 8.0 / 132));
  // Q and the first K come over 38 B a cycle, behind 650 cycles; the first V is needed later. The
  // result leaves.
  CHECK(effect(time, "start") == Approx((650 + 3 * 128 * 128 * 2 / 38.0) / 132));
  CHECK(effect(time, "launch") == 4950);
  CHECK(effect(time, "loads") == 0);
  CHECK(effect(time, "sharing") == 0);
  CHECK(time.makespan == Approx(132 * (effect(time, "tensor") + effect(time, "mufu") +
                                       effect(time, "vector") + effect(time, "start"))));
}

TEST_CASE("effects add up to the cycles of the run", "[model]") {
  const SizeMap decode = {{"B", 8}, {"H", 8},    {"G", 8}, {"E", 256}, {"F", 256},
                          {"P", 1}, {"M", 8192}, {"S", 2}, {"M0", 128}};
  for (const Bound& b : {bound_of("attn_1pass_gqa_causal", "gpu-one-pass", square(16, 2048, 128)),
                         bound_of("attn_1pass_gqa", "gpu-one-pass", square(5, 1000, 64)),
                         bound_of("attn_split_gqa", "gpu-split-kv", decode)}) {
    const DispatchTime time = time_of(b);
    const double sum = std::accumulate(time.effects.begin(), time.effects.end(), 0.0,
                                       [](double all, const Effect& e) { return all + e.cycles; });
    CHECK(sum == Approx(time.cycles).epsilon(1e-9));
    for (const Effect& e : time.effects) CHECK(e.cycles >= 0);
  }
}

TEST_CASE("waves: one task more than places costs a round", "[model]") {
  const auto makespan = [](std::int64_t heads) {
    return time_of(bound_of("attn_1pass_gqa", "gpu-one-pass", square(heads, 128, 128))).makespan;
  };
  CHECK(makespan(132) == Approx(makespan(1)));
  CHECK(makespan(133) == Approx(2 * makespan(1)));
}

TEST_CASE("as many tasks share an instance as its memory holds, and no more", "[model]") {
  const auto residents = [](std::int64_t d) {
    return bound_of("attn_split_gqa", "gpu-split-kv",
                    {{"B", 64},
                     {"H", 8},
                     {"G", 8},
                     {"E", d},
                     {"F", d},
                     {"P", 1},
                     {"M", 4096},
                     {"S", 1},
                     {"M0", 128}})
        .bound.dispatch->per_instance;
  };
  // K and V of 128 keys, Q of 8 rows, 2 bytes each, in 227 KiB.
  CHECK(residents(64) == 227 * 1024 / (2 * 64 * (2 * 128 + 8)));
  CHECK(residents(128) == 3);
  CHECK(residents(256) == 1);
}

TEST_CASE("a task that waits for every slice is slower than one that fetches ahead", "[model]") {
  Bound b = bound_of("attn_1pass_gqa", "gpu-one-pass", square(132, 4096, 64));
  const double ahead = time_of(b).makespan;
  for (BoundKeep& keep : b.bound.keeps) keep.copies = 1;
  const DispatchTime waiting = time_of(b);
  CHECK(waiting.makespan > ahead * 1.3);
  // 32 tasks a place, 32 steps each: a way of 650 cycles, K and V at 38 B a cycle.
  const double step = 650 + 2 * 128 * 64 * 2 / 38.0;
  CHECK(effect(waiting, "loads") == Approx(32 * 32 * step));
}

TEST_CASE("a last task that has less loads less, and none is shorter for it", "[model]") {
  const auto time = [](std::int64_t queries) {
    SizeMap sizes = square(1, 256, 128);
    sizes["P"] = queries;
    return time_of(bound_of("attn_1pass_gqa", "gpu-one-pass", sizes));
  };
  // A second tile with one query, beside the first.
  CHECK(time(129).makespan == Approx(time(128).makespan));
  const auto split = [](std::int64_t keys) {
    return time_of(bound_of("attn_split_gqa", "gpu-split-kv",
                            {{"B", 1},
                             {"H", 1},
                             {"G", 8},
                             {"E", 128},
                             {"F", 128},
                             {"P", 1},
                             {"M", keys},
                             {"S", 2},
                             {"M0", 128}}));
  };
  // Spans of a block each, of which the second has one key.
  CHECK(split(129).makespan == Approx(split(256).makespan));
}

TEST_CASE("what goes on with another's result waits for nothing to begin", "[model]") {
  // A tile of queries over 8 blocks of keys, on one SM.
  SizeMap sizes = square(1, 128, 128);
  sizes["M"] = 1024;
  const auto start = [&](const char* mapping) {
    const Bound b = bound_of("attn_1pass_gqa", mapping, sizes, "h200-kernels");
    return effect(time_of(b), "start") * static_cast<double>(b.bound.slots);
  };
  // Queries, the first keys, results; values are not asked for before there are scores.
  const double tile = 128 * 128 * 2 / 38.0;
  CHECK(start("gpu-k4-no-ping-pong") == Approx(3 * tile + 650));
  CHECK(start("gpu-k4-ping-pong") == Approx(3 * tile + 650));
}

TEST_CASE("tasks that run together fetch a head's keys once", "[model]") {
  SizeMap sizes = square(2, 1024, 128);
  sizes["G"] = 4;
  Bound b = bound_of("attn_1pass_gqa", "gpu-one-pass", sizes);
  const double together = time_of(b).bytes;
  b.bound.dispatch->together.clear();
  const double apart = time_of(b).bytes;
  const double q_and_result = 2 * 4 * 1024 * 128 * 2 * 2, keys = 2 * 2 * 1024 * 128 * 2;
  CHECK(together == Approx(q_and_result + keys));
  CHECK(apart == Approx(q_and_result + keys * 4 * 8));
  // Reports of traffic say the same.
  const auto costed = cost({b.bound, b.cascade, b.machine, b.mapping}, rates(b.machine), {});
  REQUIRE(costed);
  CHECK(costed->memories[0].traffic.bytes().value() == Approx(apart));
}

TEST_CASE("the first bytes of a run may come slower", "[model]") {
  const SizeMap sizes = {{"B", 64}, {"H", 8},    {"G", 8}, {"E", 128}, {"F", 128},
                         {"P", 1},  {"M", 8192}, {"S", 1}, {"M0", 128}};
  Bound b = bound_of("attn_split_gqa", "gpu-split-kv", sizes);
  const double before = time_of(b).memory;
  b.machine.memories[0].cold =
      arch::ColdStart{base::Bytes(50'000'000), base::BytesPerSecond(2'400'000'000'000)};
  const double seconds = 50e6 * (1 / 2.4e12 - 1 / 4.8e12);
  CHECK(time_of(b).memory - before == Approx(seconds * 1.98e9));
}

TEST_CASE("units that are forms of the same hardware take turns", "[model]") {
  SizeMap sizes = square(16, 2048, 64);
  sizes["M0"] = 64;
  Bound b = bound_of("attn_1pass_gqa", "gpu-k8-int8", sizes, "h200-kernels");
  const auto least = [&] {  // the products of every form, one after another on all instances
    auto costed = cost({b.bound, b.cascade, b.machine, b.mapping}, rates(b.machine), {});
    REQUIRE(costed);
    double cycles = 0;
    for (std::size_t s = 0; s < b.bound.einsums.size(); ++s) {
      const arch::ComputeUnit& unit = b.machine.units[b.bound.einsums[s].unit.index()];
      if (unit.rows > 1)
        cycles += static_cast<double>(costed->counts.steps[s].busy_cycles) *
                  static_cast<double>(b.machine.clock.value()) /
                  static_cast<double>(unit.clock->value()) / static_cast<double>(unit.instances);
    }
    return cycles;
  };
  const DispatchTime turns = time_of(b);
  CHECK(turns.cycles >= least());
  CHECK(effect(turns, "mma_32") > 0);
  CHECK(effect(turns, "mma_s8_32") == Approx(effect(turns, "mma_32") / 2).epsilon(1e-3));
  // Hardware of their own would have them beside each other.
  for (arch::ComputeUnit& unit : b.machine.units) unit.form_of.reset();
  CHECK(time_of(b).cycles < least());
}

}  // namespace
}  // namespace einfall::mappings
