#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "mappings/ir/result_words.hpp"
#include "mappings/model/flows.hpp"
#include "tests/mappings/ir/fixture.hpp"

/// What an Einsum moves when some of its ranks are stepped in time, against running through every
/// point in order: one lane, a register for each operand and one for the sum.
namespace einfall::mappings {
namespace {

using tests::SizeMap;

arch::Machine one_lane() {
  arch::Machine machine;
  machine.name = "one lane";
  machine.word = base::Bytes(2);
  machine.no_energy = "counts only";
  arch::ComputeUnit lane;
  lane.name = "lane";
  arch::Operator mac;
  mac.name = "mac";
  lane.operators = {mac};
  lane.dataflows = {arch::Dataflow::kVector};
  machine.units = {lane};
  arch::Memory dram;
  dram.name = "dram";
  machine.memories = {dram};
  return machine;
}

struct Moved {
  std::map<std::string, std::int64_t> fetched;  // by operand
  std::int64_t written = 0, read_back = 0;
};

// Y[t, n] = X[t, k] * W[k, n] with the ranks in this order, the first `loops` of them in the nest
// (operands are fetched in each of their iterations), the others in time.
Moved run(const std::vector<std::string>& order, std::size_t loops, const SizeMap& sizes) {
  const std::map<std::string, std::set<std::string>> ranks = {
      {"X", {"T", "K"}}, {"W", {"K", "N"}}, {"Y", {"T", "N"}}};
  Moved moved;
  std::map<std::string, std::vector<std::int64_t>> in_register;
  std::set<std::vector<std::int64_t>> begun;
  std::vector<std::int64_t> point(3, 0), last_iteration;
  bool first = true;
  for (;;) {
    std::vector<std::int64_t> iteration(point.begin(),
                                        point.begin() + static_cast<std::ptrdiff_t>(loops));
    const bool again = first || iteration != last_iteration;
    for (const auto& [tensor, own] : ranks) {
      std::vector<std::int64_t> element;
      for (std::size_t i = 0; i < 3; ++i)
        if (own.count(order[i]) > 0) element.push_back(point[i]);
      const bool other = first || in_register[tensor] != element;
      if (tensor != "Y" && (other || again)) ++moved.fetched[tensor];
      if (tensor == "Y" && other) {
        ++moved.written;
        if (!begun.insert(element).second) ++moved.read_back;
      }
      in_register[tensor] = element;
    }
    first = false;
    last_iteration = std::move(iteration);
    std::size_t digit = 3;
    while (digit > 0 && ++point[digit - 1] == sizes.at(order[digit - 1])) point[--digit] = 0;
    if (digit == 0) return moved;
  }
}

TEST_CASE("parts stepped in time are the innermost loops: what moves is what running shows",
          "[property]") {
  const auto cascade = tests::cascade_named("linear_layer");
  const arch::Machine machine = one_lane();
  rc::check([&] {
    std::vector<std::string> order = {"T", "K", "N"};
    const int shuffle = *rc::gen::inRange(0, 6);
    for (int i = 0; i < shuffle; ++i) std::next_permutation(order.begin(), order.end());
    const auto loops = *rc::gen::inRange<std::size_t>(0, 4);
    SizeMap sizes;
    for (const std::string& rank : order) sizes[rank] = *rc::gen::inRange<std::int64_t>(1, 5);
    Mapping mapping;
    mapping.name = "stepped";
    LoopNode leaf;
    leaf.einsums = {{"Y", {}}};
    Binding binding;
    binding.einsum = "Y";
    binding.unit = {"lane", {}};
    for (std::size_t i = 0; i < 3; ++i)
      (i < loops ? leaf.loops : binding.time).push_back({order[i], {}});
    mapping.nest = {leaf};
    mapping.bindings = {binding};
    const auto bound = tests::bound_or_fail(mapping, cascade, machine, sizes);
    const BoundEinsum& step = bound.einsums.front();
    const Moved moved = run(order, loops, sizes);
    for (std::size_t r = 0; r < 2; ++r) {
      const auto& name = cascade[step.reads[r].tensor].name;
      RC_ASSERT(fetched_words(bound, step, r) == moved.fetched.at(name));
    }
    RC_ASSERT(result_words(bound, step).writes == moved.written);
    RC_ASSERT(result_words(bound, step).reads == moved.read_back);
  });
}

TEST_CASE("passes over lanes that are too few repeat what changes inside of them", "[property]") {
  const auto cascade = tests::cascade_named("linear_layer");
  arch::Machine machine = one_lane();
  machine.units[0].columns = 4;
  Mapping mapping;
  mapping.name = "folded";
  LoopNode leaf;
  leaf.einsums = {{"Y", {}}};
  leaf.loops = {{"T", {}}};
  Binding binding;
  binding.einsum = "Y";
  binding.unit = {"lane", {}};
  binding.columns = {{"N", {}}};
  binding.time = {{"K", {}}};
  mapping.nest = {leaf};
  mapping.bindings = {binding};
  const auto bound =
      tests::bound_or_fail(mapping, cascade, machine, {{"T", 3}, {"K", 5}, {"N", 12}});
  const BoundEinsum& step = bound.einsums.front();
  for (std::size_t r = 0; r < 2; ++r)
    CHECK(fetched_words(bound, step, r) ==
          (cascade[step.reads[r].tensor].name == "X" ? 3 * 3 * 5 : 3 * 5 * 12));
  CHECK(result_words(bound, step).writes == 3 * 12);
}

}  // namespace
}  // namespace einfall::mappings
