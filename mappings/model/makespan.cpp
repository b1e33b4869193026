#include "mappings/model/makespan.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostPlaces = std::int64_t{1} << 24;

// Places by when they are free, the first at the front.
class Places {
 public:
  explicit Places(std::int64_t count) : free_(static_cast<std::size_t>(count), 0.0) {}

  // False: too many events.
  bool run(TaskRun tasks) {
    const auto places = static_cast<std::int64_t>(free_.size());
    while (tasks.count > 0) {
      const bool in_rounds = last_ - free_.front() <= tasks.cycles;
      if (in_rounds && tasks.count >= places) {
        // Each place takes one before any takes a second: the order of places stays as it is.
        const double longer = tasks.cycles * static_cast<double>(tasks.count / places);
        for (double& free : free_) free += longer;
        last_ += longer;
        tasks.count %= places;
        continue;
      }
      if (++events_ > kMostEvents) return false;
      std::pop_heap(free_.begin(), free_.end(), std::greater<>());
      last_ = std::max(last_, free_.back() += tasks.cycles);
      std::push_heap(free_.begin(), free_.end(), std::greater<>());
      --tasks.count;
    }
    return true;
  }
  [[nodiscard]] double last() const { return last_; }

 private:
  std::vector<double> free_;
  double last_ = 0;
  std::int64_t events_ = 0;
};

std::optional<double> first_free(const TaskList& tasks, std::int64_t places) {
  Places at(places);
  for (std::int64_t i = 0; i < tasks.repeats; ++i)
    for (const TaskRun& run : tasks.pattern)
      if (!at.run(run)) return std::nullopt;
  return at.last();
}

std::optional<double> longest_first(TaskList tasks, std::int64_t places) {
  for (TaskRun& run : tasks.pattern)
    if (__builtin_mul_overflow(run.count, tasks.repeats, &run.count)) return std::nullopt;
  std::stable_sort(tasks.pattern.begin(), tasks.pattern.end(),
                   [](const TaskRun& a, const TaskRun& b) { return a.cycles > b.cycles; });
  tasks.repeats = 1;
  return first_free(tasks, places);
}

// Task i at place i modulo their number, whatever is free.
std::optional<double> in_turn(const TaskList& tasks, std::int64_t places) {
  std::vector<double> busy(static_cast<std::size_t>(places), 0.0);
  std::int64_t at = 0, events = 0;
  const auto deal = [&](TaskRun run) {
    const double rounds = run.cycles * static_cast<double>(run.count / places);
    if (rounds > 0)
      for (double& b : busy) b += rounds;
    for (run.count %= places; run.count > 0; --run.count) {
      busy[static_cast<std::size_t>(at)] += run.cycles;
      at = (at + 1) % places;
      ++events;
    }
    return ++events <= kMostEvents;
  };
  for (std::int64_t i = 0; i < tasks.repeats; ++i)
    for (const TaskRun& run : tasks.pattern)
      if (!deal(run)) return std::nullopt;
  return *std::max_element(busy.begin(), busy.end());
}

}  // namespace

std::optional<double> makespan(const TaskList& tasks, std::int64_t places, DispatchOrder order) {
  std::int64_t all = 0;
  for (const TaskRun& run : tasks.pattern)
    if (__builtin_add_overflow(all, run.count, &all)) return std::nullopt;
  if (all == 0 || tasks.repeats == 0) return 0.0;
  if (__builtin_mul_overflow(all, tasks.repeats, &all)) return std::nullopt;
  // Places that no task comes to make no difference.
  places = std::min(places, all);
  if (places > kMostPlaces) return std::nullopt;
  TaskList list = tasks;
  if (list.pattern.size() == 1) list = {{{list.pattern.front().cycles, all}}, 1};
  if (order == DispatchOrder::kPersistent) return in_turn(list, places);
  if (order == DispatchOrder::kLongestFirst) return longest_first(std::move(list), places);
  if (order == DispatchOrder::kReverse) std::reverse(list.pattern.begin(), list.pattern.end());
  return first_free(list, places);
}

}  // namespace einfall::mappings
