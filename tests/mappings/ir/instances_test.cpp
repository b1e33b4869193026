#include <fmt/format.h>

#include <algorithm>

#include "mappings/model/cost.hpp"
#include "tests/mappings/ir/fixture.hpp"

namespace einfall::mappings {
namespace {

using tests::SizeMap;

// 7 tiles of output features on two arrays of 128 x 128: the busier one takes 4 of them.
const SizeMap kSizes = {{"T", 1024}, {"K", 512}, {"N", 896}};

Cost cost_of(const arch::Machine& machine, const Mapping& mapping) {
  const auto cascade = tests::cascade_named("linear_layer");
  const BoundMapping bound = tests::bound_or_fail(mapping, cascade, machine, kSizes);
  ModelOptions options;
  options.unlimited_ports = true;
  auto costed = cost({bound, cascade, machine, mapping}, rates(machine), options);
  if (!costed) FAIL(base::render(costed.error()));
  return *std::move(costed);
}

TEST_CASE("tasks are dealt to the instances of a unit, each holding its own slices", "[mappings]") {
  const auto two = tests::machine_named("tpu-like");
  arch::Machine one = two;
  one.units[0].instances = 1;
  const Mapping mapping = tests::mapping_named("linear-layer-dealt");
  const Cost dealt = cost_of(two, mapping);
  const Cost alone = cost_of(one, mapping);
  constexpr std::int64_t kTile = 1024 * 4;  // tokens past each of 4 tiles of weights
  CHECK(alone.units[0].busy == Exact(7 * kTile));
  CHECK(dealt.units[0].busy == Exact(4 * kTile));
  CHECK(alone.latency.sections[0].phases[0].busiest() == 7 * kTile);
  CHECK(dealt.latency.sections[0].phases[0].cycles == 4 * kTile);
  CHECK(dealt.units[0].lane_cycles == alone.units[0].lane_cycles);
  // Y, X and W tiles of both instances; traffic and energy do not depend on who works.
  CHECK(alone.memories[1].bytes_kept == 2 * (1024 * 128 + 1024 * 128 + 128 * 128));
  CHECK(dealt.memories[1].bytes_kept == 2 * alone.memories[1].bytes_kept);
  for (std::size_t m = 0; m < 2; ++m)
    CHECK(dealt.memories[m].traffic.bytes() == alone.memories[m].traffic.bytes());
}

std::string refusal(const arch::Machine& machine, const Mapping& mapping) {
  const auto bound = mappings::bind(mapping, tests::cascade_named("linear_layer"), machine, kSizes);
  if (bound) return "accepted";
  CHECK(bound.error().front().code == "E822");
  return bound.error().front().message;
}

TEST_CASE("what instances cannot share out is refused", "[mappings]") {
  const auto machine = tests::machine_named("tpu-like");
  const Mapping right = tests::mapping_named("linear-layer-dealt");
  Mapping wrong = right;
  wrong.distributed.clear();
  CHECK(refusal(machine, wrong).find("has 2 instances") != std::string::npos);
  wrong = right;
  wrong.distributed[0].value = "K1";
  CHECK(refusal(machine, wrong).find("not the outermost") != std::string::npos);
  wrong = right;
  std::swap(wrong.nest[0].loops, wrong.nest[0].children[0].loops);
  wrong.distributed[0].value = "K1";
  CHECK(refusal(machine, wrong).find("reduces over 'K'") != std::string::npos);
}

TEST_CASE("elements wider than the unit or a link takes are refused", "[mappings]") {
  auto machine = tests::machine_named("tpu-like");
  const auto cascade = tests::cascade_named("linear_layer");
  Mapping mapping = tests::mapping_named("linear-layer-dealt");
  Keep& weights = mapping.nest[0].children[0].keeps[1];
  REQUIRE(weights.tensor == "W");
  weights.type = Located<std::string>{"fp32", {}};
  const auto wide = mappings::bind(mapping, cascade, machine, kSizes);
  REQUIRE_FALSE(wide);
  CHECK(wide.error().front().code == "E824");
  CHECK(wide.error().front().message.find("16 too many") != std::string::npos);
  weights.type.reset();
  for (arch::Link& link : machine.links)
    if (link.to == "array2d") link.width = base::Bytes(1);
  const auto narrow = mappings::bind(mapping, cascade, machine, kSizes);
  REQUIRE_FALSE(narrow);
  CHECK(narrow.error().front().code == "E824");
  CHECK(narrow.error().front().message.find("'buffer' to 'array2d'") != std::string::npos);
}

TEST_CASE("the parts of the energy account add up to its total digit for digit", "[mappings]") {
  const auto cascade = tests::cascade_named("attn_1pass");
  const auto machine = tests::machine_named("fusemax-cloud");
  const Mapping mapping = tests::mapping_named("binding");
  for (const std::int64_t length : {1024, 16384, 1048576}) {
    const BoundMapping bound = tests::bound_or_fail(
        mapping, cascade, machine,
        {{"B", 64}, {"H", 12}, {"E", 64}, {"F", 64}, {"P", length}, {"M", length}});
    const auto costed = cost({bound, cascade, machine, mapping}, rates(machine), {});
    REQUIRE(costed);
    const auto digits = [&](double joules) {
      std::string text = fmt::format("{:.{}f}", joules, costed->energy_decimals);
      text.erase(std::remove(text.begin(), text.end(), '.'), text.end());
      return std::stoll(text);
    };
    std::int64_t sum = 0;
    for (const EnergyPart& part : costed->energy) sum += digits(part.joules);
    CHECK(sum == digits(costed->energy_j));
    CHECK(sum > 999999999);
  }
}

}  // namespace
}  // namespace einfall::mappings
