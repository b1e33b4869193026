#include "mappings/model/shared_places.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

namespace einfall::mappings {
namespace {

constexpr auto kGrid = DispatchOrder::kGrid;

std::vector<std::size_t> of_one_kind(std::size_t count) {
  return std::vector<std::size_t>(count, 0);
}
double run(const std::vector<SharedTask>& tasks, const std::vector<std::size_t>& order,
           std::int64_t instances, std::int64_t residents) {
  const auto last = shared_run(tasks, order, 1, instances, residents, kGrid);
  REQUIRE(last);
  return *last;
}

// The same by small steps of time.
double by_steps(const std::vector<SharedTask>& tasks, const std::vector<std::size_t>& order,
                std::size_t instances, std::size_t residents, double step) {
  struct Left {
    std::size_t task;
    double cycles;
  };
  std::vector<std::vector<Left>> on(instances);
  std::size_t next = 0;
  const auto refill = [&] {
    for (std::size_t filled = 0; filled < residents; ++filled)
      for (auto& instance : on)
        if (instance.size() == filled && next < order.size()) {
          instance.push_back({order[next], tasks[order[next]].alone});
          ++next;
        }
  };
  refill();
  double now = 0;
  while (std::any_of(on.begin(), on.end(), [](const auto& i) { return !i.empty(); })) {
    for (auto& instance : on) {
      std::vector<double> asked(tasks.front().pipes.size(), 0.0);
      for (const Left& left : instance)
        for (std::size_t p = 0; p < asked.size(); ++p)
          asked[p] += tasks[left.task].pipes[p] / tasks[left.task].alone;
      const double slower = std::max(1.0, *std::max_element(asked.begin(), asked.end()));
      for (Left& left : instance) left.cycles -= step / slower;
      std::erase_if(instance, [](const Left& left) { return left.cycles <= 1e-9; });
    }
    now += step;
    refill();
  }
  return now;
}

TEST_CASE("a task alone takes its own time, however full it keeps its pipes", "[model]") {
  CHECK(run({{100, {100, 0}}}, {0}, 4, 3) == 100);
  CHECK(run({{100, {40, 60}}}, {0}, 1, 8) == 100);
}

TEST_CASE("tasks that ask a pipe for more than it has slow each other down", "[model]") {
  // Three with 60 of 100 cycles on a pipe: 180.
  CHECK(run({{100, {60}}}, of_one_kind(3), 1, 3) == 180);
  // Each on an instance of its own.
  CHECK(run({{100, {60}}}, of_one_kind(3), 3, 3) == 100);
  // On different pipes they do not meet.
  CHECK(run({{100, {60, 0}}, {100, {0, 60}}}, {0, 1}, 1, 2) == Approx(100));
}

TEST_CASE("a round that is not full runs at the pace of those that are there", "[model]") {
  // 4 instances with room for 3: a full round of 12, then one task.
  CHECK(run({{100, {60}}}, of_one_kind(13), 4, 3) == 180 + 100);
  CHECK(run({{100, {60}}}, of_one_kind(17), 4, 3) == 180 + 120);
}

TEST_CASE("tasks of different length are followed exactly", "[model]") {
  std::mt19937 random(7);
  const std::vector<SharedTask> kinds = {{64, {40, 8}}, {32, {8, 24}}, {96, {32, 64}}};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::size_t> order(1 + random() % 30);
    for (std::size_t& task : order) task = random() % kinds.size();
    const std::size_t instances = 1 + random() % 4, residents = 1 + random() % 4;
    const double step = 1.0 / 64;
    const double steps = by_steps(kinds, order, instances, residents, step);
    const double events = run(kinds, order, std::int64_t(instances), std::int64_t(residents));
    // A step of time too much for each task that ends, at most.
    CHECK(std::abs(steps - events) <= step * double(order.size() + 1) * 4);
  }
}

TEST_CASE("orders of dispatch change who comes last", "[model]") {
  const std::vector<SharedTask> kinds = {{10, {0}}, {90, {0}}};
  const std::vector<std::size_t> order = {0, 0, 0, 0, 1};
  CHECK(*shared_run(kinds, order, 1, 1, 2, kGrid) == Approx(110));
  CHECK(*shared_run(kinds, order, 1, 1, 2, DispatchOrder::kReverse) == Approx(90));
  CHECK(*shared_run(kinds, order, 1, 1, 2, DispatchOrder::kLongestFirst) == Approx(90));
}

}  // namespace
}  // namespace einfall::mappings
