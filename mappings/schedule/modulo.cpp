#include "mappings/schedule/modulo.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/ensure.hpp"
#include "base/floor_div.hpp"
#include "mappings/schedule/iterative_modulo.hpp"

namespace einfall::mappings {
namespace {

std::int64_t ceil_div_signed(std::int64_t a, std::int64_t b) { return -base::floor_div(-a, b); }

// Longest distances with weights delay - interval * distance; nullopt if a cycle is positive.
std::optional<std::vector<std::int64_t>> longest_paths(const ModuloProblem& problem,
                                                       std::int64_t interval) {
  std::vector<std::int64_t> at(problem.ops.size(), 0);
  for (std::size_t round = 0; round <= problem.ops.size(); ++round) {
    bool changed = false;
    for (const ModuloEdge& e : problem.edges) {
      const std::int64_t t = at[e.from] + e.delay - interval * e.distance;
      if (t > at[e.to]) {
        at[e.to] = t;
        changed = true;
      }
    }
    if (!changed) return at;
  }
  return std::nullopt;
}

std::int64_t total_delay(const ModuloProblem& problem) {
  std::int64_t sum = 1;
  for (const ModuloEdge& e : problem.edges) sum += std::max<std::int64_t>(e.delay, 0);
  for (const ModuloOp& op : problem.ops) sum += op.issue;
  return sum;
}

// Where every operation stands in its unit's packed order, and where each unit's order begins.
struct Packing {
  std::vector<std::vector<std::size_t>> order;  // by unit; those that follow another left out
  std::vector<std::int64_t> phase;              // by unit, in [0, interval)
};

struct Cost {
  std::int64_t makespan = 0;
  std::int64_t lifetimes = 0;
  auto operator<=>(const Cost&) const = default;
};

std::vector<bool> follows_another(const ModuloProblem& problem) {
  std::vector<bool> follows(problem.ops.size(), false);
  for (const ModuloOp& op : problem.ops)
    if (op.followed_by) follows[*op.followed_by] = true;
  return follows;
}

// What the searches of all intervals may do together, in visits of operations and dependences: a
// body of a thousand operations would take minutes.
constexpr std::int64_t kMostWork = std::int64_t{1} << 27;

class Search {
 public:
  // Takes what it does from `work`; with nothing left it stays with the best packing so far.
  Search(const ModuloProblem& problem, std::int64_t interval, std::int64_t& work)
      : problem_(problem), interval_(interval), work_(work), offset_(problem.ops.size()) {}

  std::optional<ModuloSchedule> run();

 private:
  std::optional<Cost> evaluate(const Packing& packing);
  void place(const Packing& packing);
  bool assign_stages();
  bool improve_phases(Packing& packing, std::optional<Cost>& best);
  bool improve_orders(Packing& packing, std::optional<Cost>& best);
  Packing natural() const;

  const ModuloProblem& problem_;
  std::int64_t interval_;
  std::int64_t& work_;
  std::vector<std::int64_t> offset_;
  std::vector<std::int64_t> start_;
};

Packing Search::natural() const {
  Packing packing{std::vector<std::vector<std::size_t>>(problem_.units),
                  std::vector<std::int64_t>(problem_.units, 0)};
  // In the order of the earliest starts that dependences alone allow.
  const auto earliest = longest_paths(problem_, interval_);
  EINFALL_ENSURE(earliest.has_value(), "the interval is at least the recurrence bound");
  std::vector<std::size_t> ops(problem_.ops.size());
  std::iota(ops.begin(), ops.end(), std::size_t{0});
  std::stable_sort(ops.begin(), ops.end(),
                   [&](std::size_t a, std::size_t b) { return (*earliest)[a] < (*earliest)[b]; });
  const std::vector<bool> follows = follows_another(problem_);
  for (const std::size_t op : ops) {
    if (follows[op]) continue;
    auto& order = packing.order[problem_.ops[op].unit];
    if (order.empty()) packing.phase[problem_.ops[op].unit] = (*earliest)[op] % interval_;
    order.push_back(op);
  }
  return packing;
}

void Search::place(const Packing& packing) {
  for (std::size_t u = 0; u < problem_.units; ++u) {
    std::int64_t at = packing.phase[u];
    for (const std::size_t op : packing.order[u]) {
      offset_[op] = at % interval_;
      at += problem_.ops[op].issue;
      if (const auto next = problem_.ops[op].followed_by) {
        offset_[*next] = at % interval_;
        at += problem_.ops[*next].issue;
      }
    }
  }
}

// Whole intervals are added to the offsets until every dependence holds.
bool Search::assign_stages() {
  std::vector<std::int64_t> stage(problem_.ops.size(), 0);
  bool changed = true;
  for (std::size_t round = 0; changed; ++round) {
    if (round > problem_.ops.size()) return false;
    changed = false;
    work_ -= static_cast<std::int64_t>(problem_.edges.size() + problem_.ops.size());
    for (const ModuloEdge& e : problem_.edges) {
      const std::int64_t need =
          stage[e.from] - e.distance +
          ceil_div_signed(offset_[e.from] + e.delay - offset_[e.to], interval_);
      if (need > stage[e.to]) {
        stage[e.to] = need;
        changed = true;
      }
    }
  }
  start_.resize(offset_.size());
  for (std::size_t i = 0; i < offset_.size(); ++i) start_[i] = offset_[i] + stage[i] * interval_;
  return true;
}

std::optional<Cost> Search::evaluate(const Packing& packing) {
  place(packing);
  if (!assign_stages()) return std::nullopt;
  const std::int64_t first = *std::min_element(start_.begin(), start_.end());
  Cost cost;
  for (std::size_t i = 0; i < start_.size(); ++i) {
    start_[i] -= first;
    cost.makespan = std::max(cost.makespan, start_[i] + problem_.ops[i].issue);
  }
  for (const ModuloEdge& e : problem_.edges)
    if (!e.room) cost.lifetimes += start_[e.to] + interval_ * e.distance - start_[e.from];
  return cost;
}

// A unit's phase is worth trying where it makes a dependence to or from another unit tight.
bool Search::improve_phases(Packing& packing, std::optional<Cost>& best) {
  bool improved = false;
  for (std::size_t u = 0; u < problem_.units; ++u) {
    place(packing);
    std::vector<std::int64_t> candidates;
    for (const ModuloEdge& e : problem_.edges) {
      if ((problem_.ops[e.from].unit == u) == (problem_.ops[e.to].unit == u)) continue;
      const std::int64_t slack = offset_[e.from] + e.delay - offset_[e.to];
      const std::int64_t shift = problem_.ops[e.to].unit == u ? slack : -slack;
      const std::int64_t phase = packing.phase[u] + shift;
      candidates.push_back(base::floor_mod(phase, interval_));
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const std::int64_t phase : candidates) {
      if (work_ <= 0) return false;
      const std::int64_t before = std::exchange(packing.phase[u], phase);
      const auto cost = evaluate(packing);
      if (cost && (!best || *cost < *best)) {
        best = cost;
        improved = true;
      } else {
        packing.phase[u] = before;
      }
    }
  }
  return improved;
}

bool Search::improve_orders(Packing& packing, std::optional<Cost>& best) {
  for (std::size_t u = 0; u < problem_.units; ++u) {
    auto& order = packing.order[u];
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j) {
        if (work_ <= 0) return false;
        Packing trial = packing;
        std::swap(trial.order[u][i], trial.order[u][j]);
        std::optional<Cost> cost = evaluate(trial);
        if (best && cost && *cost >= *best) cost.reset();
        if (!cost) cost = best;
        if (improve_phases(trial, cost) || (cost && (!best || *cost < *best))) {
          packing = std::move(trial);
          best = cost;
          return true;
        }
      }
    }
  }
  return false;
}

std::optional<ModuloSchedule> Search::run() {
  Packing packing = natural();
  std::optional<Cost> best = evaluate(packing);
  while (improve_phases(packing, best) || improve_orders(packing, best)) {
  }
  if (!best) return std::nullopt;
  const auto cost = evaluate(packing);
  EINFALL_ENSURE(cost && *cost == *best, "the best packing evaluates as it did");
  return ModuloSchedule{interval_, start_, cost->makespan};
}

ModuloSchedule normalised(const ModuloProblem& problem, std::int64_t interval,
                          std::vector<std::int64_t> start) {
  const std::int64_t first = *std::min_element(start.begin(), start.end());
  ModuloSchedule schedule{interval, std::move(start), 0};
  for (std::size_t i = 0; i < schedule.start.size(); ++i) {
    schedule.start[i] -= first;
    schedule.makespan = std::max(schedule.makespan, schedule.start[i] + problem.ops[i].issue);
  }
  return schedule;
}

}  // namespace

std::int64_t IntervalBounds::largest() const {
  std::int64_t bound = std::max<std::int64_t>(recurrence, 1);
  for (const std::int64_t r : resource) bound = std::max(bound, r);
  return bound;
}

std::optional<IntervalBounds> interval_bounds(const ModuloProblem& problem) {
  IntervalBounds bounds{std::vector<std::int64_t>(problem.units, 0), 0};
  for (const ModuloOp& op : problem.ops) bounds.resource[op.unit] += op.issue;
  std::int64_t high = total_delay(problem);
  if (!longest_paths(problem, high)) return std::nullopt;
  std::int64_t low = 0;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (longest_paths(problem, middle))
      high = middle;
    else
      low = middle + 1;
  }
  bounds.recurrence = low;
  return bounds;
}

std::optional<ModuloSchedule> modulo_schedule(const ModuloProblem& problem, std::int64_t at_least) {
  const auto bounds = interval_bounds(problem);
  if (!bounds) return std::nullopt;
  const std::int64_t first = std::max(at_least, bounds->largest());
  // The interval total_delay holds a whole iteration, so the search ends there at the latest; the
  // steps grow so that a hopeless body does not take that many of them.
  const std::int64_t last = std::max(first, total_delay(problem));
  std::int64_t step = 1;
  std::int64_t work = kMostWork;
  // Gaps would part those that follow each other.
  const bool packed = std::any_of(problem.ops.begin(), problem.ops.end(),
                                  [](const ModuloOp& op) { return op.followed_by.has_value(); });
  for (std::int64_t interval = first; interval < last && work > 0; interval += step) {
    if (auto schedule = Search(problem, interval, work).run()) return schedule;
    if (!packed)
      if (auto start = iterative_modulo(problem, interval, work))
        return normalised(problem, interval, std::move(*start));
    if ((interval - first) / step >= 64) step *= 2;
  }
  if (packed) return Search(problem, last, work).run();
  auto earliest = longest_paths(problem, last);
  EINFALL_ENSURE(earliest.has_value(), "last is at least the recurrence bound");
  // One iteration after another, each unit in dependence order.
  ModuloSchedule schedule{last, std::vector<std::int64_t>(problem.ops.size(), 0), 0};
  std::vector<std::size_t> ops(problem.ops.size());
  std::iota(ops.begin(), ops.end(), std::size_t{0});
  std::stable_sort(ops.begin(), ops.end(),
                   [&](std::size_t a, std::size_t b) { return (*earliest)[a] < (*earliest)[b]; });
  std::vector<std::int64_t> free(problem.units, 0);
  for (const std::size_t op : ops) {
    std::int64_t at = free[problem.ops[op].unit];
    for (const ModuloEdge& e : problem.edges)
      if (e.to == op && e.distance == 0) at = std::max(at, schedule.start[e.from] + e.delay);
    schedule.start[op] = at;
    free[problem.ops[op].unit] = at + problem.ops[op].issue;
    schedule.makespan = std::max(schedule.makespan, at + problem.ops[op].issue);
  }
  return schedule;
}

std::optional<std::size_t> first_violation(const ModuloProblem& problem,
                                           const ModuloSchedule& schedule) {
  for (std::size_t i = 0; i < problem.edges.size(); ++i) {
    const ModuloEdge& e = problem.edges[i];
    if (schedule.start[e.to] + e.distance * schedule.interval < schedule.start[e.from] + e.delay)
      return i;
  }
  for (std::size_t a = 0; a < problem.ops.size(); ++a)
    if (const auto next = problem.ops[a].followed_by;
        next &&
        (schedule.start[*next] - schedule.start[a] - problem.ops[a].issue) % schedule.interval != 0)
      return problem.edges.size() + *next;
  for (std::size_t a = 0; a < problem.ops.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      if (problem.ops[a].unit != problem.ops[b].unit) continue;
      const std::int64_t gap =
          ((schedule.start[a] - schedule.start[b]) % schedule.interval + schedule.interval) %
          schedule.interval;
      if (gap < problem.ops[b].issue || schedule.interval - gap < problem.ops[a].issue)
        return problem.edges.size() + a;
    }
  return std::nullopt;
}

}  // namespace einfall::mappings
