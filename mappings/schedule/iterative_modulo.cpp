#include "mappings/schedule/iterative_modulo.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

constexpr std::int64_t kUnplaced = -1;
constexpr std::size_t kPlacementsPerOp = 60;

class Scheduler {
 public:
  Scheduler(const ModuloProblem& problem, std::int64_t interval, std::int64_t& work)
      : problem_(problem),
        interval_(interval),
        work_(work),
        at_(problem.ops.size(), kUnplaced),
        last_(problem.ops.size(), kUnplaced) {}

  std::optional<std::vector<std::int64_t>> run();

 private:
  bool find_heights();
  [[nodiscard]] std::optional<std::size_t> next() const;
  [[nodiscard]] std::int64_t earliest(std::size_t op) const;
  [[nodiscard]] bool overlap(std::size_t a, std::int64_t at, std::size_t b) const;
  [[nodiscard]] std::optional<std::int64_t> free_time(std::size_t op, std::int64_t from);
  void place(std::size_t op, std::int64_t at);

  const ModuloProblem& problem_;
  std::int64_t interval_;
  std::int64_t& work_;
  std::vector<std::int64_t> at_, last_, height_;
};

// Longest way to the end of an iteration: what is farthest from it goes first.
bool Scheduler::find_heights() {
  height_.assign(problem_.ops.size(), 0);
  for (std::size_t round = 0; round <= problem_.ops.size(); ++round) {
    bool changed = false;
    for (const ModuloEdge& e : problem_.edges) {
      const std::int64_t h = height_[e.to] + e.delay - interval_ * e.distance;
      if (h > height_[e.from]) {
        height_[e.from] = h;
        changed = true;
      }
    }
    if (!changed) return true;
    work_ -= static_cast<std::int64_t>(problem_.edges.size());
  }
  return false;
}

std::optional<std::size_t> Scheduler::next() const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < at_.size(); ++i)
    if (at_[i] == kUnplaced && (!best || height_[i] > height_[*best])) best = i;
  return best;
}

std::int64_t Scheduler::earliest(std::size_t op) const {
  std::int64_t from = 0;
  for (const ModuloEdge& e : problem_.edges)
    if (e.to == op && e.from != op && at_[e.from] != kUnplaced)
      from = std::max(from, at_[e.from] + e.delay - interval_ * e.distance);
  return from;
}

bool Scheduler::overlap(std::size_t a, std::int64_t at, std::size_t b) const {
  if (problem_.ops[a].unit != problem_.ops[b].unit || at_[b] == kUnplaced) return false;
  const std::int64_t gap = ((at - at_[b]) % interval_ + interval_) % interval_;
  return gap < problem_.ops[b].issue || interval_ - gap < problem_.ops[a].issue;
}

// Only the ends of what is placed are worth trying: between them nothing changes.
std::optional<std::int64_t> Scheduler::free_time(std::size_t op, std::int64_t from) {
  std::vector<std::int64_t> candidates{from};
  for (std::size_t b = 0; b < at_.size(); ++b) {
    if (b == op || at_[b] == kUnplaced || problem_.ops[b].unit != problem_.ops[op].unit) continue;
    const std::int64_t end = at_[b] + problem_.ops[b].issue;
    candidates.push_back(from + ((end - from) % interval_ + interval_) % interval_);
  }
  std::sort(candidates.begin(), candidates.end());
  for (const std::int64_t at : candidates) {
    work_ -= static_cast<std::int64_t>(at_.size());
    bool clear = problem_.ops[op].issue <= interval_;
    for (std::size_t b = 0; b < at_.size() && clear; ++b) clear = b == op || !overlap(op, at, b);
    if (clear) return at;
  }
  return std::nullopt;
}

void Scheduler::place(std::size_t op, std::int64_t at) {
  for (std::size_t b = 0; b < at_.size(); ++b)
    if (b != op && overlap(op, at, b)) at_[b] = kUnplaced;
  at_[op] = at;
  last_[op] = at;
  for (const ModuloEdge& e : problem_.edges)
    if (e.from == op && e.to != op && at_[e.to] != kUnplaced &&
        at_[e.to] + e.distance * interval_ < at + e.delay)
      at_[e.to] = kUnplaced;
}

std::optional<std::vector<std::int64_t>> Scheduler::run() {
  if (!find_heights()) return std::nullopt;
  for (std::size_t budget = kPlacementsPerOp * at_.size(); budget > 0 && work_ > 0; --budget) {
    work_ -= static_cast<std::int64_t>(at_.size() + problem_.edges.size());
    const auto op = next();
    if (!op) return at_;
    const std::int64_t from = earliest(*op);
    const auto free = free_time(*op, from);
    place(*op, free ? *free : std::max(from, last_[*op] + 1));
  }
  return next() ? std::nullopt : std::optional(at_);
}

}  // namespace

std::optional<std::vector<std::int64_t>> iterative_modulo(const ModuloProblem& problem,
                                                          std::int64_t interval,
                                                          std::int64_t& work) {
  return Scheduler(problem, interval, work).run();
}

}  // namespace einfall::mappings
