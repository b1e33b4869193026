#include "sim/systemc/channel.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "sim/systemc/link_sc.hpp"

namespace einfall::sim {
namespace {

/// What comes out of two links in a row, made in one order or the other, both ends always ready.
std::vector<std::pair<std::int64_t, float>> through_two(bool far_first) {
  Simulation simulation;
  Channel<float> in("in"), between("between"), out("out");
  std::optional<LinkSc> near, far;
  const auto make_near = [&] { near.emplace("near", LinkSpec{0, 1}); };
  const auto make_far = [&] { far.emplace("far", LinkSpec{2, 1}); };
  far_first ? make_far() : make_near();
  far_first ? make_near() : make_far();
  near->clk(simulation.clock());
  far->clk(simulation.clock());
  near->in(in);
  near->out(between);
  far->in(between);
  far->out(out);
  out.ready.write(1);
  std::vector<std::pair<std::int64_t, float>> seen;
  for (int n = 0; n < 10; ++n) {
    in.offer({static_cast<float>(n)});
    simulation.settle();
    if (out.moves() > 0) seen.emplace_back(simulation.cycle(), out.data.read().items[0]);
    simulation.finish();
  }
  return seen;
}

TEST_CASE("in which order modules are made and called does not matter", "[systemc]") {
  const auto seen = through_two(false);
  REQUIRE(seen.size() == 8);
  for (std::size_t n = 0; n < seen.size(); ++n) {
    CHECK(seen[n].first == static_cast<std::int64_t>(n) + 2);
    CHECK(seen[n].second == static_cast<float>(n));
  }
  CHECK(through_two(true) == seen);
}

TEST_CASE("a wire keeps bits, not numbers", "[systemc]") {
  Simulation simulation;
  Channel<float> channel("channel");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float value : {0.0F, -0.0F, nan, 1.0F}) {
    channel.offer({value});
    simulation.settle();
    CHECK(same_bits(channel.data.read().items[0], value));
    simulation.finish();
  }
  CHECK(Beat<float>{{nan}} == Beat<float>{{nan}});
  CHECK_FALSE(Beat<float>{{0.0F}} == Beat<float>{{-0.0F}});
  CHECK_FALSE(Beat<float>{{0.0F}} == Beat<float>{{0.0F, 0.0F}});
}

TEST_CASE("one kernel can be used inside the life of another, and after it", "[systemc]") {
  Simulation outer;
  Channel<float> held("channel");
  held.offer({1.0F});
  outer.settle();
  for (int n = 0; n < 3; ++n) CHECK(through_two(n % 2 == 0).size() == 8);
  outer.finish();
  CHECK(outer.cycle() == 1);
  CHECK(held.data.read().items == std::vector<float>{1.0F});
}

}  // namespace
}  // namespace einfall::sim
