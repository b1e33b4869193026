#include "mappings/model/shared_places.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "base/units.hpp"
#include "mappings/model/makespan.hpp"

namespace einfall::mappings {
namespace {

constexpr double kNever = 1e300;
// Tasks that would end within this part of a cycle end together.
constexpr double kTogether = 1e-6;

// The tasks in the order in which they are given out.
class Queue {
 public:
  Queue(const std::vector<SharedTask>& tasks, std::vector<std::size_t> order, std::int64_t repeats,
        DispatchOrder dispatch)
      : order_(std::move(order)), repeats_(repeats) {
    if (dispatch == DispatchOrder::kReverse) std::reverse(order_.begin(), order_.end());
    if (dispatch != DispatchOrder::kLongestFirst) return;
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return tasks[a].alone > tasks[b].alone; });
    each_ = repeats_;
    repeats_ = 1;
  }
  [[nodiscard]] bool empty() const { return repeats_ == 0 || order_.empty(); }
  std::size_t take() {
    const std::size_t task = order_[at_];
    if (++taken_ < each_) return task;
    taken_ = 0;
    if (++at_ == order_.size()) {
      at_ = 0;
      --repeats_;
    }
    return task;
  }

 private:
  std::vector<std::size_t> order_;
  std::int64_t repeats_;
  std::int64_t each_ = 1, taken_ = 0;  // of a task behind each other
  std::size_t at_ = 0;
};

// The tasks that are on one instance.
class Instance {
 public:
  explicit Instance(const std::vector<SharedTask>& tasks) : tasks_(&tasks) {}

  [[nodiscard]] std::size_t size() const { return left_.size(); }
  void add(std::size_t task) { left_.push_back({task, (*tasks_)[task].alone}); }
  // Cycles of the run at which the next one ends.
  [[nodiscard]] double next() const {
    double least = kNever;
    for (const Left& left : left_) least = std::min(least, left.cycles);
    return left_.empty() ? kNever : now_ + least * slower_;
  }
  void settle() {
    slower_ = 1;
    std::vector<double> asked;
    for (const Left& left : left_) {
      const SharedTask& task = (*tasks_)[left.task];
      asked.resize(task.pipes.size(), 0.0);
      for (std::size_t p = 0; p < task.pipes.size(); ++p)
        if (task.alone > 0) asked[p] += task.pipes[p] / task.alone;
    }
    for (const double share : asked) slower_ = std::max(slower_, share);
  }
  void move_to(double time) {
    for (Left& left : left_) left.cycles -= (time - now_) / slower_;
    now_ = time;
    std::erase_if(left_, [](const Left& left) { return left.cycles <= kTogether; });
  }

 private:
  struct Left {
    std::size_t task;
    double cycles;  // alone
  };
  const std::vector<SharedTask>* tasks_;
  std::vector<Left> left_;
  double now_ = 0;
  double slower_ = 1;
};

class Run {
 public:
  Run(const std::vector<SharedTask>& tasks, Queue queue, std::int64_t instances,
      std::int64_t residents)
      : queue_(std::move(queue)),
        residents_(static_cast<std::size_t>(residents)),
        instances_(static_cast<std::size_t>(instances), Instance(tasks)) {}

  std::optional<double> last() {
    for (std::size_t round = 0; round < residents_; ++round)
      for (std::size_t i = 0; i < instances_.size() && !queue_.empty(); ++i)
        instances_[i].add(queue_.take());
    for (std::size_t i = 0; i < instances_.size(); ++i) wait_for(i);
    double end = 0;
    for (std::int64_t events = 0; !ends_.empty(); ++events) {
      if (events * static_cast<std::int64_t>(residents_) > kMostEvents) return std::nullopt;
      end = ends_.top().first;
      std::vector<std::size_t> free;
      while (!ends_.empty() && ends_.top().first <= end + kTogether) {
        free.push_back(ends_.top().second);
        instances_[free.back()].move_to(end);
        ends_.pop();
      }
      refill(free);
    }
    return end;
  }

 private:
  // The emptiest first.
  void refill(const std::vector<std::size_t>& free) {
    for (std::size_t filled = 0; filled < residents_; ++filled)
      for (const std::size_t i : free)
        if (instances_[i].size() == filled && !queue_.empty()) instances_[i].add(queue_.take());
    for (const std::size_t i : free) wait_for(i);
  }
  void wait_for(std::size_t i) {
    instances_[i].settle();
    if (instances_[i].size() > 0) ends_.emplace(instances_[i].next(), i);
  }

  using End = std::pair<double, std::size_t>;
  Queue queue_;
  std::size_t residents_;
  std::vector<Instance> instances_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
};

// Alike tasks run in rounds; those of the last one have the instances to fewer.
double in_rounds(const SharedTask& task, std::int64_t count, std::int64_t instances,
                 std::int64_t residents) {
  const std::int64_t places = instances * residents;
  const std::int64_t rest = base::ceil_div(count % places, instances);
  return static_cast<double>(count / places) * slowest(task, residents) +
         (rest > 0 ? slowest(task, rest) : 0);
}

}  // namespace

double slowest(const SharedTask& task, std::int64_t sharing) {
  double busiest = 0;
  for (const double pipe : task.pipes) busiest = std::max(busiest, pipe);
  return std::max(task.alone, busiest * static_cast<double>(sharing));
}

std::optional<double> shared_run(const std::vector<SharedTask>& tasks,
                                 std::vector<std::size_t> order, std::int64_t repeats,
                                 std::int64_t instances, std::int64_t residents,
                                 DispatchOrder dispatch) {
  const auto one = static_cast<std::int64_t>(order.size());
  if (order.empty() || repeats == 0) return 0.0;
  const bool alike = std::all_of(order.begin(), order.end(),
                                 [&](std::size_t task) { return task == order.front(); });
  if (alike) return in_rounds(tasks[order.front()], one * repeats, instances, residents);
  instances = std::min(instances, one * repeats);
  return Run(tasks, {tasks, std::move(order), repeats, dispatch}, instances, residents).last();
}

}  // namespace einfall::mappings
