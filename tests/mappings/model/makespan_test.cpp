#include "mappings/model/makespan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace einfall::mappings {
namespace {

// Every task looked at by itself: who is free first gets it.
double one_by_one(const TaskList& tasks, std::size_t places, DispatchOrder order) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < tasks.repeats; ++i)
    for (const TaskRun& run : tasks.pattern)
      all.insert(all.end(), static_cast<std::size_t>(run.count), run.cycles);
  if (order == DispatchOrder::kReverse) std::reverse(all.begin(), all.end());
  if (order == DispatchOrder::kLongestFirst) std::sort(all.rbegin(), all.rend());
  std::vector<double> free(places, 0.0);
  for (std::size_t t = 0; t < all.size(); ++t)
    *(order == DispatchOrder::kPersistent ? free.begin() + static_cast<std::ptrdiff_t>(t % places)
                                          : std::min_element(free.begin(), free.end())) += all[t];
  return *std::max_element(free.begin(), free.end());
}

constexpr DispatchOrder kOrders[] = {DispatchOrder::kGrid, DispatchOrder::kReverse,
                                     DispatchOrder::kLongestFirst, DispatchOrder::kPersistent};

TEST_CASE("equal tasks run in whole rounds", "[model]") {
  for (const DispatchOrder order : kOrders) {
    CHECK(*makespan({{{10, 132}}, 1}, 132, order) == 10);
    CHECK(*makespan({{{10, 133}}, 1}, 132, order) == 20);
    CHECK(*makespan({{{10, 1}}, 1'000'000'000'000}, 100, order) == 1e11);
    CHECK(*makespan({{}, 5}, 132, order) == 0);
    CHECK(*makespan({{{10, 1}}, 3}, 1'000'000'000'000, order) == 10);
  }
}

TEST_CASE("the order of dispatch decides who is left at the end", "[model]") {
  // 1 1 4 on two places: the long one starts last, or first.
  const TaskList tasks{{{1, 2}, {4, 1}}, 1};
  CHECK(*makespan(tasks, 2, DispatchOrder::kGrid) == 5);
  CHECK(*makespan(tasks, 2, DispatchOrder::kReverse) == 4);
  CHECK(*makespan(tasks, 2, DispatchOrder::kLongestFirst) == 4);
  CHECK(*makespan(tasks, 2, DispatchOrder::kPersistent) == 5);
}

TEST_CASE("rounds that are skipped end when every event does", "[model]") {
  std::mt19937 random(7);
  const auto below = [&](int most) { return std::uniform_int_distribution(1, most)(random); };
  for (int trial = 0; trial < 200; ++trial) {
    TaskList tasks;
    tasks.repeats = below(6);
    for (int run = below(8); run > 0; --run)
      tasks.pattern.push_back({static_cast<double>(below(50)), below(40)});
    const auto places = static_cast<std::size_t>(below(13));
    for (const DispatchOrder order : kOrders)
      CHECK(*makespan(tasks, static_cast<std::int64_t>(places), order) ==
            Approx(one_by_one(tasks, places, order)));
  }
}

TEST_CASE("too many events are not followed", "[model]") {
  const TaskList tasks{{{1, 1}, {2, 1}}, std::int64_t{1} << 40};
  CHECK_FALSE(makespan(tasks, 7, DispatchOrder::kGrid).has_value());
  CHECK_FALSE(makespan({{{1, std::int64_t{1} << 62}}, 4}, 7, DispatchOrder::kGrid).has_value());
}

}  // namespace
}  // namespace einfall::mappings
