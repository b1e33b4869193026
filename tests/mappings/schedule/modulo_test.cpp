#include "mappings/schedule/modulo.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

using namespace einfall::mappings;

namespace {

// Two operations on one unit, each waiting for the other one's last iteration.
ModuloProblem ring(std::int64_t delay, std::int64_t distance) {
  return {1, {{0, 2}, {0, 3}}, {{0, 1, delay, 0}, {1, 0, delay, distance}}};
}

rc::Gen<ModuloProblem> problems() {
  return rc::gen::exec([] {
    ModuloProblem problem;
    problem.units = *rc::gen::inRange<std::size_t>(1, 4);
    const auto ops = *rc::gen::inRange<std::size_t>(1, 9);
    for (std::size_t i = 0; i < ops; ++i)
      problem.ops.push_back({*rc::gen::inRange<std::size_t>(0, problem.units),
                             *rc::gen::inRange<std::int64_t>(1, 40)});
    const auto edges = *rc::gen::inRange<std::size_t>(0, 14);
    for (std::size_t i = 0; i < edges; ++i) {
      const auto from = *rc::gen::inRange<std::size_t>(0, ops);
      const auto to = *rc::gen::inRange<std::size_t>(0, ops);
      // Forward inside an iteration, anywhere across iterations: never a cycle of distance 0.
      const std::int64_t distance =
          from < to ? *rc::gen::inRange<std::int64_t>(0, 3) : *rc::gen::inRange<std::int64_t>(1, 4);
      problem.edges.push_back({from, to, *rc::gen::inRange<std::int64_t>(0, 120), distance});
    }
    return problem;
  });
}

}  // namespace

TEST_CASE("The resource bound is the work of the busiest unit", "[modulo]") {
  const ModuloProblem problem{2, {{0, 5}, {0, 7}, {1, 9}}, {}};
  const auto bounds = interval_bounds(problem);
  REQUIRE(bounds);
  CHECK(bounds->resource == std::vector<std::int64_t>{12, 9});
  CHECK(bounds->recurrence == 0);
  CHECK(bounds->largest() == 12);
}

TEST_CASE("The recurrence bound is the delay of a dependence cycle over its distance", "[modulo]") {
  CHECK(interval_bounds(ring(50, 1))->recurrence == 100);
  CHECK(interval_bounds(ring(50, 3))->recurrence == 34);  // ceil(100 / 3)
  CHECK(modulo_schedule(ring(50, 1))->interval == 100);
}

TEST_CASE("A cycle inside one iteration has no schedule", "[modulo]") {
  CHECK_FALSE(interval_bounds(ring(1, 0)));
  CHECK_FALSE(modulo_schedule(ring(1, 0)));
}

TEST_CASE("An interval asked for is kept where it is possible", "[modulo]") {
  CHECK(modulo_schedule(ring(1, 1), 17)->interval == 17);
}

TEST_CASE("Violations are found: a broken dependence, an overlap", "[modulo]") {
  const ModuloProblem problem{1, {{0, 4}, {0, 4}}, {{0, 1, 6, 0}}};
  CHECK_FALSE(first_violation(problem, {10, {0, 6}, 10}));
  CHECK(first_violation(problem, {10, {0, 5}, 9}) == std::size_t{0});
  CHECK(first_violation(problem, {10, {0, 12}, 16}) == std::size_t{2});  // 12 mod 10 = 2 < 4
  CHECK(first_violation(problem, {10, {0, 7}, 11}) == std::size_t{2});   // wraps into the next
}

TEST_CASE("Every schedule found keeps all dependences and shares no unit", "[modulo][property]") {
  rc::prop("schedules are legal and not below the bounds", [] {
    const ModuloProblem problem = *problems();
    const auto bounds = interval_bounds(problem);
    RC_ASSERT(bounds.has_value());
    const auto schedule = modulo_schedule(problem);
    RC_ASSERT(schedule.has_value());
    RC_ASSERT(!first_violation(problem, *schedule));
    RC_ASSERT(schedule->interval >= bounds->largest());
    RC_ASSERT(*std::min_element(schedule->start.begin(), schedule->start.end()) == 0);
    std::int64_t end = 0;
    for (std::size_t i = 0; i < problem.ops.size(); ++i)
      end = std::max(end, schedule->start[i] + problem.ops[i].issue);
    RC_ASSERT(schedule->makespan == end);
  });
}

TEST_CASE("Without dependence cycles the bound of the busiest unit is reached",
          "[modulo][property]") {
  rc::prop("acyclic bodies reach the resource bound", [] {
    ModuloProblem problem = *problems();
    auto& edges = problem.edges;
    edges.erase(std::remove_if(edges.begin(), edges.end(),
                               [](const ModuloEdge& e) { return e.from >= e.to; }),
                edges.end());
    const auto schedule = modulo_schedule(problem);
    RC_ASSERT(schedule->interval == interval_bounds(problem)->largest());
  });
}

TEST_CASE("An operation comes directly behind the one that it follows, in whatever iteration",
          "[modulo][property]") {
  rc::prop("followed", [] {
    ModuloProblem problem = *problems();
    for (std::size_t a = 0; a + 1 < problem.ops.size(); a += 2) {
      problem.ops[a + 1].unit = problem.ops[a].unit;
      problem.ops[a].followed_by = a + 1;
    }
    const auto schedule = modulo_schedule(problem);
    if (!schedule) return;  // a packing that has them so may not be there
    RC_ASSERT(!first_violation(problem, *schedule));
    for (std::size_t a = 0; a + 1 < problem.ops.size(); a += 2)
      RC_ASSERT(schedule->offset(a + 1) ==
                (schedule->offset(a) + problem.ops[a].issue) % schedule->interval);
    if (problem.ops.size() < 2) return;
    ModuloSchedule apart = *schedule;
    apart.start[1] += 1;
    RC_ASSERT(first_violation(problem, apart).has_value());
  });
}
