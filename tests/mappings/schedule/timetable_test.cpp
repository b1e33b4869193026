#include "mappings/schedule/timetable.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <map>

#include "einsum/language/load.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/schedule/recurrence.hpp"
#include "mappings/schedule/waterfall.hpp"

using namespace einfall;
using namespace einfall::mappings;

namespace {

const std::string kRoot = EINFALL_SOURCE_DIR;

// The shipped pipelined binding on one head; the documents decide everything else.
struct Compiled {
  einsum::Cascade cascade;
  arch::Machine machine;
  Mapping mapping;
  BoundMapping bound;
  Timetable timetable;
};

Compiled compile(std::int64_t tokens, std::int64_t depth,
                 const std::function<void(arch::Machine&)>& change = {},
                 const std::string& name = "binding-pipelined") {
  base::Diagnostics remarks;
  auto cascade = einsum::load_cascade(kRoot + "/workloads/cascades/attn_1pass.yaml", remarks);
  auto machine = arch::load_machine(kRoot + "/arch/specs/fusemax-cloud.yaml");
  auto mapping = load_mapping(kRoot + "/mappings/library/" + name + ".yaml");
  REQUIRE(cascade);
  REQUIRE(machine);
  REQUIRE(mapping);
  if (change) change(*machine);
  auto bound = bind(*mapping, *cascade, *machine,
                    {{"B", 1}, {"H", 1}, {"P", tokens}, {"M", tokens}, {"E", depth}, {"F", depth}});
  INFO((bound ? "" : base::render(bound.error())));
  REQUIRE(bound);
  auto timetable = build_timetable(*cascade, *machine, *mapping, *bound);
  INFO((timetable ? "" : base::render(timetable.error())));
  REQUIRE(timetable);
  return {std::move(*cascade), std::move(*machine), std::move(*mapping), std::move(*bound),
          std::move(*timetable)};
}

std::int64_t unit(const arch::Machine& machine, const std::string& name) {
  return machine.find_unit(name) - machine.units.data();
}

const TimetableOp& op(const Compiled& c, const std::string& einsum) {
  const auto found =
      std::find_if(c.timetable.ops.begin(), c.timetable.ops.end(), [&](const TimetableOp& o) {
        return c.cascade[c.bound[o.tile.back()].einsum].name == einsum;
      });
  REQUIRE(found != c.timetable.ops.end());
  return *found;
}

}  // namespace

TEST_CASE("FuseMax's binding as a pipeline takes max(E + F + 9, 2F + 10) cycles an epoch",
          "[timetable]") {
  for (const std::int64_t depth : {32, 64, 128}) {
    const Compiled c = compile(4096, depth);
    const auto& resource = c.timetable.bounds.resource;
    CHECK(resource[unit(c.machine, "array2d")] == 2 * depth + 9);
    CHECK(resource[unit(c.machine, "array1d")] == 2 * depth + 10);
    CHECK(c.timetable.interval == 2 * depth + 10);
    CHECK(c.timetable.bounds.recurrence < c.timetable.interval);
  }
}

TEST_CASE("Products and scores that take turns keep the interval, and few words wait in a lane",
          "[timetable]") {
  for (const std::int64_t depth : {32, 64, 128}) {
    const Compiled apart = compile(4096, depth);
    const Compiled c = compile(4096, depth, {}, "binding-interleaved");
    CHECK(c.timetable.interval == 2 * depth + 10);
    const TimetableOp& products = op(c, "SLNV");
    const TimetableOp& scores = op(c, "BQK");
    CHECK((products.start + depth) % c.timetable.interval == scores.start % c.timetable.interval);
    CHECK(products.start > scores.start);  // of an older tile
    // The lanes take a word every two cycles, as it comes.
    CHECK(op(c, "RNV").start >= products.start + products.timing.first_result);
    const auto waiting = [&](const Compiled& of) {
      for (std::size_t o = 0; o < of.timetable.ops.size(); ++o)
        if (&of.timetable.ops[o] == &op(of, "SLNV")) return of.timetable.live_values[o];
      return std::int64_t{0};
    };
    CHECK(waiting(apart) > depth / 2);
    CHECK(waiting(c) <= 8);
    CHECK(run_recurrence(c.timetable).cycles <= run_recurrence(apart.timetable).cycles + 2 * depth);
  }
}

TEST_CASE("A tile's exponentials come two epochs after its scores", "[timetable]") {
  // 64 cycles of QK, 1 of LM, 256 down the column, 1 of RM: more than one interval of 138 behind,
  // and the array is busy with another tile's products when the maximum arrives.
  const Compiled c = compile(4096, 64);
  const std::int64_t wait = op(c, "SLN").start - op(c, "BQK").start;
  CHECK(wait >= 64 + 1 + 256 + 1);
  CHECK(wait <= 3 * c.timetable.interval);
}

TEST_CASE("Epochs, runs and the tail follow from the sizes", "[timetable]") {
  const Compiled c = compile(16384, 64);
  CHECK(c.timetable.epochs == 64 * 64);
  CHECK(c.timetable.runs == 1);
  REQUIRE(c.timetable.tails.size() == 1);
  CHECK(c.timetable.tails[0].visits == 64);
  CHECK(c.timetable.tails[0].period == c.timetable.epochs);
  CHECK(c.timetable.epilogue() == 64 * 64);
  std::int64_t bytes = 0;
  for (const TimetableLoad& load : c.timetable.loads)
    bytes += load.bytes * load.pieces * (c.timetable.epochs / load.block);
  CHECK(bytes == 3 * 16384 * 64 * 2);  // Q, K and V once
}

TEST_CASE("The recurrence of shipped documents is within fill and drain of the closed form",
          "[timetable]") {
  for (const std::int64_t tokens : {1024, 4096, 65536}) {
    const Compiled c = compile(tokens, 64);
    const RecurrenceResult held = run_recurrence(c.timetable, {true, true});
    const RecurrenceResult early = run_recurrence(c.timetable);
    CAPTURE(tokens);
    CHECK(early.cycles <= held.cycles);
    CHECK(held.cycles <= c.timetable.run_cycles());
    CHECK(early.cycles >= c.timetable.run_cycles() - 2 * c.timetable.span);
    CHECK(early.busy_cycles[unit(c.machine, "array2d")] == 137 * c.timetable.epochs);
    CHECK(early.busy_cycles[unit(c.machine, "array1d")] ==
          138 * c.timetable.epochs + c.timetable.epilogue());
  }
}

TEST_CASE("A slower exponential lengthens the interval of the unit that computes it",
          "[timetable]") {
  const Compiled c = compile(4096, 64, [](arch::Machine& machine) {
    for (arch::ComputeUnit& u : machine.units)
      for (arch::Operator& o : u.operators)
        if (o.name == "exp") {
          o.issue_cycles = 9;
          for (auto& part : o.primitives) part.second = 9;
        }
  });
  CHECK(c.timetable.interval == 138 + 3);
}

TEST_CASE("Fused multiply-adds halve the vector unit's updates: the array sets the interval",
          "[timetable]") {
  const Compiled c = compile(4096, 64, [](arch::Machine& machine) {
    for (arch::ComputeUnit& u : machine.units) u.fused_multiply_add = true;
  });
  CHECK(c.timetable.bounds.resource[unit(c.machine, "array1d")] == 1 + 7 + 1 + 64);
  CHECK(c.timetable.interval == 137);
}

TEST_CASE("A longer multiply-add lengthens the way down, and sums that grow in their place",
          "[timetable]") {
  const Compiled one = compile(4096, 64);
  const Compiled four = compile(4096, 64, [](arch::Machine& machine) {
    for (arch::ComputeUnit& u : machine.units)
      for (arch::Operator& o : u.operators)
        if (o.name == "mac") o.latency = 4;
  });
  // 64 features of BQK, each waiting for the sum before it: 192 cycles more on the array, which was
  // busy for 137 of 138.
  CHECK(one.timetable.interval == 138);
  CHECK(four.timetable.interval == 137 + 64 * 3);
  CHECK(op(four, "BQK").timing.complete() == 64 * 4);
  CHECK(op(four, "SLNV").timing.issue == op(one, "SLNV").timing.issue);
  CHECK(op(four, "SLNV").timing.first_result == 4 * 256);
  CHECK(op(one, "SLNV").timing.first_result == 256);
  CHECK(four.timetable.span > one.timetable.span);
}

TEST_CASE("A waterfall shows every operation and a full vector unit", "[timetable]") {
  const Compiled c = compile(4096, 64);
  const std::string text = waterfall(c.cascade, c.machine, c.bound, c.timetable);
  for (const char* name :
       {"BQK", "LM", "SLN", "SLD", "SLNV", "RM", "PRM", "SPD", "RD", "SPNV", "RNV"})
    CHECK(text.find(name) != std::string::npos);
  const auto lane = text.find("array1d |");
  REQUIRE(lane != std::string::npos);
  CHECK(text.substr(lane, text.find('\n', lane) - lane).find('.') == std::string::npos);
}
