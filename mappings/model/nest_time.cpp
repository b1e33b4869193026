#include "mappings/model/nest_time.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "mappings/model/pin_schedule.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostIterations = 24;  // of a loop that are executed before the last
constexpr std::int64_t kFewIterations = 3;    // once kManyVisits are
constexpr std::int64_t kManyVisits = 100000;
constexpr std::size_t kLongestQueue = 64;
constexpr std::size_t kRemembered = 13;  // iterations; periods up to 6 are found

// When the pieces of a slice are there: at even distances between the first and the last.
struct Slice {
  double first = 0, last = 0;
  std::int64_t latest = 0;
  [[nodiscard]] double at(std::int64_t piece) const {
    if (piece == 0 || latest == 0) return first;
    return first + (last - first) * std::min(1.0, double(piece) / double(latest));
  }
};

struct Queue {
  std::deque<Slice> slices;
  bool begun = false;  // the reader is at the first of them
};

// Where the loops around something stand.
struct Place {
  PartSet first, last;
  std::vector<std::int64_t> step;  // by part

  void stand(PartId part, std::int64_t at, std::int64_t trips) {
    step[part.index()] = at;
    first.erase(part);
    last.erase(part);
    if (at == 0) first.insert(part);
    if (at + 1 == trips) last.insert(part);
  }
};

class NestExecution {
 public:
  explicit NestExecution(const NestPlan& plan)
      : plan_(plan),
        free_(plan.engines, 0),
        queues_(plan.edges.size()),
        into_(plan.ops.size()),
        out_of_(plan.ops.size()),
        pins_(plan.bytes_per_cycle, plan.memory_latency) {
    time_.phases.assign(plan.phases, 0);
    place_.step.assign(kMaxParts, 0);
    for (std::size_t e = 0; e < plan.edges.size(); ++e) {
      queues_[e].slices.assign(plan.edges[e].ahead, {});
      out_of_[plan.edges[e].from.op].push_back(e);
      into_[plan.edges[e].to.op].push_back(e);
    }
  }

  NestTime run() {
    for (std::size_t r = 0; r < plan_.roots.size(); ++r) {
      if (plan_.parted[r]) meet(plan_.engines);
      node(plan_.roots[r]);
    }
    meet(plan_.units);
    time_.drain = std::max(0.0, end_ - mark_);
    return std::move(time_);
  }

 private:
  using State = std::vector<double>;

  static std::int64_t whole(double trips) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(trips - 1e-9)));
  }

  void node(NodeId id) {
    loop(id, plan_.nodes[id.index()].own_from);
    const NodeId leaf = run_of(id);
    if (!leaf.valid()) return;
    const NestNode& drained = plan_.nodes[leaf.index()];
    std::int64_t visits = 1;
    for (std::size_t l = drained.run_from; l < drained.path.size(); ++l)
      visits *= whole(drained.path[l].trips);
    for (std::int64_t extra = 0; extra < drained.stages; ++extra) slot(leaf, visits + extra);
  }

  // The phased leaf whose runs are this node's loops, if there is one.
  NodeId run_of(NodeId id) const {
    const NodeId parent = plan_.nodes[id.index()].parent;
    if (parent.valid() && plan_.nodes[parent.index()].children.size() == 1) return NodeId();
    while (plan_.nodes[id.index()].children.size() == 1)
      id = plan_.nodes[id.index()].children.front();
    return plan_.nodes[id.index()].phased ? id : NodeId();
  }

  void loop(NodeId id, std::size_t level) {
    const NestNode& at = plan_.nodes[id.index()];
    if (level == at.path.size()) return body(id);
    const auto& [part, trips] = at.path[level];
    const std::int64_t steps = whole(trips);
    std::deque<State> past(1);  // behind the last iterations, the latest last
    save(past.back());
    for (std::int64_t i = 0; i < steps; ++i) {
      place_.stand(part, i, steps);
      loop(id, level + 1);
      if (i + 1 == steps) break;
      past.emplace_back();
      save(past.back());
      if (past.size() > kRemembered) past.pop_front();
      const double left = trips - static_cast<double>(i + 2);
      const std::size_t period = i > at.stages ? steady_period(past) : 0;
      if (period > 0 && left >= static_cast<double>(period)) {
        const double times = std::floor(left / static_cast<double>(period));
        repeat(past, period, times);
        i += static_cast<std::int64_t>(times) * static_cast<std::int64_t>(period);
        past.clear();
        past.emplace_back();
        save(past.back());
      } else if (i + 2 == steps && left != 0) {
        go_on(past, 1, left);
      } else if (i + 1 >= most() && left > 0) {
        const std::size_t span = std::max<std::size_t>(1, past.size() / 2);
        go_on(past, span, left / static_cast<double>(span));
        i = steps - 2;
      }
    }
  }

  // Iterations after which all times have grown by the same amounts twice; 0: not so far.
  static std::size_t steady_period(const std::deque<State>& past) {
    for (std::size_t period = 1; 2 * period < past.size(); ++period) {
      const State& here = past.back();
      const State& before = past[past.size() - 1 - period];
      const State& earlier = past[past.size() - 1 - 2 * period];
      if (here.size() != before.size() || here.size() != earlier.size()) continue;
      bool same = true;
      for (std::size_t i = 0; same && i < here.size(); ++i)
        same = std::abs(here[i] - 2 * before[i] + earlier[i]) <= std::max(1e-6, 1e-12 * here[i]);
      if (same) return period;
    }
    return 0;
  }

  [[nodiscard]] std::int64_t most() const {
    return visits_ < kManyVisits ? kMostIterations : kFewIterations;
  }

  void body(NodeId id) {
    const NestNode& at = plan_.nodes[id.index()];
    if (at.phased) {
      std::int64_t visit = 0;
      for (std::size_t l = at.run_from; l < at.path.size(); ++l)
        visit = visit * whole(at.path[l].trips) + place_.step[at.path[l].part.index()];
      return slot(id, visit);
    }
    for (const std::size_t op : at.ops) execute(op, place_);
    for (std::size_t c = 0; c < at.children.size(); ++c) {
      if (at.parted[c]) barrier(at);
      node(at.children[c]);
    }
    if (at.closed) barrier(at);
  }

  // All phases of a slot; each op does the visit that falls into it.
  void slot(NodeId id, std::int64_t number) {
    const NestNode& at = plan_.nodes[id.index()];
    std::int64_t phase = -1;
    for (const std::size_t op : at.ops) {
      if (phase >= 0 && plan_.ops[op].phase != phase) barrier(at);
      phase = plan_.ops[op].phase;
      std::int64_t visit = number - plan_.ops[op].stage;
      if (visit < 0) continue;
      Place place = place_;
      for (std::size_t l = at.path.size(); l-- > at.run_from;) {
        const std::int64_t trips = whole(at.path[l].trips);
        place.stand(at.path[l].part, visit % trips, trips);
        visit /= trips;
      }
      if (visit == 0) execute(op, place);
    }
    barrier(at);
  }

  static std::int64_t piece(const NestNode& node, const NestEnd& end, const Place& place) {
    std::int64_t number = 0;
    for (const std::size_t level : end.pieces)
      number = number * whole(node.path[level].trips) + place.step[node.path[level].part.index()];
    return number;
  }

  static bool within(PartSet set, PartSet of) { return (set - of).empty(); }
  static bool goes_over(const NestEnd& end, PartSet ends) {
    return within(end.ends, ends) && (end.carried.empty() || !within(end.carried, ends));
  }

  void execute(std::size_t index, const Place& place) {
    const NestOp& op = plan_.ops[index];
    if (!within(op.at_first, place.first) || !within(op.at_last, place.last)) return;
    const NestNode& leaf = plan_.nodes[op.leaf.index()];
    ++visits_;
    double start = free_[op.engine];
    for (const std::size_t e : into_[index]) {
      const NestEnd& end = plan_.edges[e].to;
      if (!goes_over(end, place.first)) continue;
      const std::int64_t number = piece(leaf, end, place);
      Queue& queue = queues_[e];
      if (number == 0) {
        if (queue.begun && !queue.slices.empty()) queue.slices.pop_front();
        queue.begun = true;
      }
      if (queue.slices.empty()) continue;
      start = std::max(start, queue.slices.front().at(number));
    }
    double done = start + op.issue + op.held;
    if (op.transfer) {
      const PinSchedule::Passage passage = pins_.pass(op.bytes, start);
      free_[op.engine] = passage.passed;
      end_ = std::max(end_, done = passage.delivered);
    } else {
      free_[op.engine] = done;
      end_ = std::max(end_, start + std::max(op.issue, op.complete) + op.held);
      phase_ = op.phase;
    }
    for (const std::size_t e : out_of_[index]) {
      const NestEdge& edge = plan_.edges[e];
      if (!goes_over(edge.from, place.last)) continue;
      const double time = edge.at_end ? done : start + op.held + edge.delay;
      give(queues_[e], piece(leaf, edge.from, place), time);
    }
  }

  static void give(Queue& queue, std::int64_t number, double time) {
    if (number == 0) {
      if (queue.slices.size() >= kLongestQueue) queue.slices.pop_front();
      queue.slices.push_back({time, time, 0});
    } else if (!queue.slices.empty()) {
      queue.slices.back().last = time;
      queue.slices.back().latest = number;
    }
  }

  void close(double now) {
    if (now <= mark_) return;
    time_.phases[static_cast<std::size_t>(phase_)] += now - mark_;
    mark_ = now;
  }

  void barrier(const NestNode& node) {
    double now = 0;
    for (const std::size_t engine : node.units) now = std::max(now, free_[engine]);
    for (const std::size_t engine : node.units) free_[engine] = now;
    close(now);
  }

  void meet(std::size_t engines) {
    const double now = *std::max_element(free_.begin(), free_.begin() + std::ptrdiff_t(engines));
    std::fill(free_.begin(), free_.begin() + std::ptrdiff_t(engines), now);
    close(now);
  }

  // Every time there is.
  template <typename Visit>
  void visit_all(Visit visit) {
    for (double& time : free_) visit(time);
    visit(pins_.busy());
    for (double& time : time_.phases) visit(time);
    visit(mark_);
    visit(end_);
    for (Queue& queue : queues_)
      for (Slice& slice : queue.slices) {
        visit(slice.first);
        visit(slice.last);
      }
  }
  // Of them those that add up what was spent.
  [[nodiscard]] bool is_account(std::size_t time) const {
    return time >= plan_.engines && time <= plan_.engines + plan_.phases;
  }
  void save(State& state) {
    state.clear();
    visit_all([&](double& time) { state.push_back(time); });
  }
  // Goes on as in the last `period` iterations, so many times, exactly if that is what they do.
  void repeat(const std::deque<State>& past, std::size_t period, double times) {
    const State& before = past[past.size() - 1 - period];
    const State& here = past.back();
    book(before, here, times);
    std::size_t i = 0;
    visit_all([&](double& time) {
      time += (here[i] - before[i]) * times;
      ++i;
    });
  }

  // The same where they do not repeat: all times move on by what has passed.
  void go_on(const std::deque<State>& past, std::size_t period, double times) {
    if (past.size() <= period) return;
    const State& before = past[past.size() - 1 - period];
    const State& here = past.back();
    book(before, here, times);
    const double passed = (latest(here) - latest(before)) * times;
    std::size_t i = 0;
    // What is accounted for stays together with its mark, which may lie before all of this.
    visit_all([&](double& time) {
      if (is_account(i))
        time += (here[i] - before[i]) * times;
      else if (&time != &mark_ || here[i] > before[i])
        time += passed;
      ++i;
    });
  }
  // The pins are asked as before meanwhile, from the earliest time on that moves with the rest.
  void book(const State& before, const State& here, double times) {
    const double passed = latest(here) - latest(before);
    double from = latest(before);
    for (std::size_t i = 0; i < here.size() && i < before.size(); ++i)
      if (!is_account(i) && here[i] > before[i]) from = std::min(from, before[i]);
    const double taken = here[plan_.engines] - before[plan_.engines];
    pins_.stretch(from, passed * times, passed > 0 ? 1 - taken / passed : 0);
  }
  double latest(const State& state) const {
    return *std::max_element(state.begin(), state.begin() + std::ptrdiff_t(plan_.units));
  }

  const NestPlan& plan_;
  std::vector<double> free_;  // by engine
  std::vector<Queue> queues_;
  std::vector<std::vector<std::size_t>> into_, out_of_;  // edges, by op
  PinSchedule pins_;
  Place place_;
  NestTime time_;
  double mark_ = 0;  // accounted for up to here
  double end_ = 0;
  std::int64_t phase_ = 0;  // of what was executed last
  std::int64_t visits_ = 0;
};

}  // namespace

NestTime nest_time(const NestPlan& plan) { return NestExecution(plan).run(); }

}  // namespace einfall::mappings
