#include "mappings/model/nest_time.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "mappings/model/nest_place.hpp"
#include "mappings/model/pin_schedule.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostIterations = 24;  // of a loop that are executed before the last
constexpr std::int64_t kFewIterations = 3;    // once kManyVisits are
constexpr std::int64_t kManyVisits = 100000;
constexpr std::int64_t kMostMasked = std::int64_t{1} << 20;  // visits, where a mask cuts loops
constexpr std::int64_t kLookedAt = 32;                       // steps that stand for more of them
constexpr std::size_t kLongestQueue = 64;
constexpr std::size_t kRemembered = 13;  // iterations; periods up to 6 are found

// When the pieces of a slice are there: at even distances between the first and the last.
struct Slice {
  double first = 0, last = 0;
  std::int64_t from = 0, latest = 0;
  [[nodiscard]] double at(std::int64_t piece) const {
    if (piece <= from || latest == from) return first;
    return first + (last - first) * std::min(1.0, double(piece - from) / double(latest - from));
  }
};

struct Queue {
  std::deque<Slice> slices;
  bool begun = false;  // the reader is at the first of them
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
    masks_.reserve(plan.nodes.size());
    for (const NestNode& node : plan.nodes) masks_.emplace_back(node.path);
    below_.resize(plan.nodes.size());
    for (std::size_t n = 0; n < plan.nodes.size(); ++n)
      for (const std::size_t op : plan.nodes[n].ops)
        for (NodeId at(n); at.valid(); at = plan.nodes[at.index()].parent)
          below_[at.index()].push_back(op);
    ends_.resize(plan.ops.size());
    for (std::size_t e = 0; e < plan.edges.size(); ++e) {
      queues_[e].slices.assign(plan.edges[e].ahead, {});
      for (const NestEnd* end : {&plan.edges[e].from, &plan.edges[e].to})
        for (const PartSet set : {end->ends, end->carried, pieces_of(*end)})
          if (!set.empty()) ends_[end->op].push_back(set);
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

  [[nodiscard]] const NestNode& node_of(std::size_t op) const {
    return plan_.nodes[plan_.ops[op].leaf.index()];
  }
  NestMasks& masks_of(std::size_t op) { return masks_[plan_.ops[op].leaf.index()]; }
  [[nodiscard]] PartSet pieces_of(const NestEnd& end) const {
    PartSet set;
    for (const std::size_t level : end.pieces) set.insert(node_of(end.op).path.levels[level].part);
    return set;
  }

  void node(NodeId id) {
    const NodeId leaf = run_of(id);
    if (leaf.valid()) slots_.clear();
    loop(id, plan_.nodes[id.index()].own_from);
    if (!leaf.valid() || slots_.empty()) return;
    for (std::int64_t extra = 1; extra <= plan_.nodes[leaf.index()].stages; ++extra)
      slot(leaf, extra);
  }

  // The phased leaf whose runs are this node's loops, if there is one.
  NodeId run_of(NodeId id) const {
    const NodeId parent = plan_.nodes[id.index()].parent;
    if (parent.valid() && plan_.nodes[parent.index()].children.size() == 1) return NodeId();
    while (plan_.nodes[id.index()].children.size() == 1)
      id = plan_.nodes[id.index()].children.front();
    return plan_.nodes[id.index()].phased ? id : NodeId();
  }

  // Steps of a loop, the last tile of a rank cut off.
  [[nodiscard]] std::int64_t steps_of(const NestNode& at, std::size_t level) const {
    const WalkLevel& here = at.path.levels[level];
    if (!here.may_be_partial) return here.trips;
    std::int64_t before = 0;
    for (const std::size_t outer : here.outer)
      before += place_.step[at.path.levels[outer].part.index()] * at.path.levels[outer].stride;
    return std::min(here.trips, base::ceil_div(here.extent - before, here.stride));
  }

  // The next step in which something below has a visit.
  std::int64_t next_step(NodeId id, std::size_t level, std::int64_t from, std::int64_t steps) {
    std::int64_t nearest = steps;
    const WalkMask* asked = nullptr;
    for (const std::size_t op : below_[id.index()]) {
      if (nearest <= from) break;
      const SharedMask& mask = plan_.ops[op].mask;
      if (mask && mask.get() == asked) continue;
      asked = mask.get();
      nearest = std::min(nearest, masks_of(op).next(mask, place_, level, from, nearest));
    }
    return nearest;
  }

  // Up to which step of a level all is alike from `from` on, at least `enough` of them; else
  // `from`.
  std::int64_t alike_until(NodeId id, std::size_t level, std::int64_t from, std::int64_t enough,
                           std::int64_t steps) {
    const auto alike = [&](std::int64_t to) {
      return std::all_of(below_[id.index()].begin(), below_[id.index()].end(), [&](std::size_t op) {
        NestMasks& masks = masks_of(op);
        if (!masks.alike(plan_.ops[op].mask, ends_[op], place_, level, from, to)) return false;
        const auto same = [&](const NestEnd& end) {
          return !end.other || masks.alike(*end.other, place_, level, from, to);
        };
        return std::all_of(into_[op].begin(), into_[op].end(),
                           [&](std::size_t e) { return same(plan_.edges[e].to); }) &&
               std::all_of(out_of_[op].begin(), out_of_[op].end(),
                           [&](std::size_t e) { return same(plan_.edges[e].from); });
      });
    };
    std::int64_t end = steps - 1;
    if (from < 1 || end < enough) return from;
    if (alike(end)) return end;
    if (!alike(enough)) return from;
    for (std::int64_t low = enough; end - low > 1;) {
      const std::int64_t middle = low + (end - low) / 2;
      (alike(middle) ? low : end) = middle;
      if (end - low <= 1) end = low;
    }
    return end;
  }

  // A mask decides what the steps of this level have inside.
  bool is_cut(NodeId id, std::size_t level) {
    return std::any_of(below_[id.index()].begin(), below_[id.index()].end(), [&](std::size_t op) {
      const SharedMask& mask = plan_.ops[op].mask;
      return mask && (mask->levels() >> level & 1U) != 0;
    });
  }

  void loop(NodeId id, std::size_t level) {
    const NestNode& at = plan_.nodes[id.index()];
    if (level == at.path.levels.size()) return body(id);
    const PartId part = at.path.levels[level].part;
    const std::int64_t steps = steps_of(at, level);
    std::int64_t i = next_step(id, level, 0, steps);
    std::int64_t executed = 0;
    std::deque<State> past(1);  // behind the last iterations, the latest last
    save(past.back());
    const bool cut = is_cut(id, level);
    const auto begin_again = [&] {
      past.resize(1);
      save(past.back());
    };
    while (i < steps) {
      place_.stand(part, i, steps);
      loop(id, level + 1);
      ++executed;
      const std::int64_t next = next_step(id, level, i + 1, steps);
      if (next >= steps) break;
      const bool follows = next == i + 1;
      i = next;
      if (!follows) {
        begin_again();
        continue;
      }
      past.emplace_back();
      save(past.back());
      if (past.size() > kRemembered) past.pop_front();
      const std::size_t period = executed > at.stages + 1 ? steady_period(past) : 0;
      const auto length = static_cast<std::int64_t>(period);
      std::int64_t times = 0;
      if (period > 0) {
        const std::int64_t until =
            cut ? alike_until(id, level, i - 2 * length, i + length, steps) : steps - 1;
        times = (until - i) / length;
      }
      if (times > 0) {
        repeat(past, period, static_cast<double>(times));
        move_slots(part, times * length);
        i += times * length;
        begin_again();
      } else if (executed >= most(cut) && i + 1 < steps) {
        const std::size_t span = std::max<std::size_t>(1, past.size() / 2);
        go_on(past, span,
              weight(id, level, i, steps - 1, cut) /
                  weight(id, level, i - std::int64_t(span), i, cut));
        i = steps - 1;
        begin_again();
      }
    }
  }

  // How much there is to do in these steps, in terms of one.
  double weight(NodeId id, std::size_t level, std::int64_t from, std::int64_t to, bool cut) {
    const auto steps = static_cast<double>(to - from);
    if (!cut) return steps;
    double sum = 0;
    const std::int64_t samples = std::min(kLookedAt, to - from);
    for (std::int64_t k = 0; k < samples; ++k) {
      double most = 0;
      for (const std::size_t op : below_[id.index()])
        most = std::max(most, masks_of(op).visits(plan_.ops[op].mask, place_, level,
                                                  from + (to - from) / samples * k));
      sum += most;
    }
    return std::max(1.0, sum) * steps / static_cast<double>(samples);
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

  [[nodiscard]] std::int64_t most(bool cut) const {
    if (cut && visits_ < kMostMasked) return std::int64_t{1} << 62;
    return visits_ < kManyVisits ? kMostIterations : kFewIterations;
  }

  void body(NodeId id) {
    const NestNode& at = plan_.nodes[id.index()];
    if (at.phased) {
      slots_.push_back(place_);
      if (slots_.size() > static_cast<std::size_t>(at.stages) + 1) slots_.pop_front();
      return slot(id, 0);
    }
    for (const std::size_t op : at.ops) execute(op, place_);
    for (std::size_t c = 0; c < at.children.size(); ++c) {
      if (at.parted[c]) barrier(at);
      node(at.children[c]);
    }
    if (at.closed) barrier(at);
  }

  // All phases of a slot, so many behind the last visit of the run; each op does the visit that
  // falls into it.
  void slot(NodeId id, std::int64_t behind) {
    const NestNode& at = plan_.nodes[id.index()];
    std::int64_t phase = -1;
    for (const std::size_t op : at.ops) {
      if (phase >= 0 && plan_.ops[op].phase != phase) barrier(at);
      phase = plan_.ops[op].phase;
      const std::int64_t age = plan_.ops[op].stage - behind;
      const auto known = static_cast<std::int64_t>(slots_.size());
      if (age >= 0 && age < known) execute(op, slots_[static_cast<std::size_t>(known - 1 - age)]);
    }
    barrier(at);
  }

  void move_slots(PartId part, std::int64_t steps) {
    for (NestPlace& place : slots_) place.step[part.index()] += steps;
  }

  [[nodiscard]] std::int64_t piece(const NestEnd& end, const NestPlace& place) const {
    std::int64_t number = 0;
    for (const std::size_t level : end.pieces) {
      const WalkLevel& loop = node_of(end.op).path.levels[level];
      number = number * loop.trips + place.step[loop.part.index()];
    }
    return number;
  }

  // The end of a dependence is in this visit.
  bool is_read(const NestEnd& end, const NestPlace& place) {
    NestMasks& masks = masks_of(end.op);
    const SharedMask& mask = plan_.ops[end.op].mask;
    return masks.is_first(mask, place, end.ends) &&
           (end.carried.empty() || !masks.is_first(mask, place, end.carried)) &&
           masks.meets(end.other, place);
  }
  bool is_made(const NestEnd& end, const NestPlace& place) {
    NestMasks& masks = masks_of(end.op);
    const SharedMask& mask = plan_.ops[end.op].mask;
    return masks.is_last(mask, place, end.ends) &&
           (end.carried.empty() || !masks.is_last(mask, place, end.carried)) &&
           masks.meets(end.other, place);
  }
  bool begins_slice(const NestEnd& end, const NestPlace& place) {
    return masks_of(end.op).is_first(plan_.ops[end.op].mask, place, pieces_of(end));
  }

  void execute(std::size_t index, const NestPlace& place) {
    const NestOp& op = plan_.ops[index];
    NestMasks& masks = masks_of(index);
    if (!masks.has(op.mask, place) || !masks.is_first(op.mask, place, op.at_first) ||
        !masks.is_last(op.mask, place, op.at_last))
      return;
    ++visits_;
    double start = free_[op.engine];
    for (const std::size_t e : into_[index]) {
      const NestEnd& end = plan_.edges[e].to;
      if (!is_read(end, place)) continue;
      Queue& queue = queues_[e];
      if (begins_slice(end, place)) {
        if (queue.begun && !queue.slices.empty()) queue.slices.pop_front();
        queue.begun = true;
      }
      if (queue.slices.empty()) continue;
      start = std::max(start, queue.slices.front().at(piece(end, place)));
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
      if (!is_made(edge.from, place)) continue;
      const double time = edge.at_end ? done : start + op.held + edge.delay;
      give(queues_[e], begins_slice(edge.from, place), piece(edge.from, place), time);
    }
  }

  static void give(Queue& queue, bool begins, std::int64_t number, double time) {
    if (begins) {
      if (queue.slices.size() >= kLongestQueue) queue.slices.pop_front();
      queue.slices.push_back({time, time, number, number});
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
  NestPlace place_;
  std::vector<NestMasks> masks_;                 // by node
  std::vector<std::vector<std::size_t>> below_;  // ops, by node
  std::vector<std::vector<PartSet>> ends_;       // by op: of which visits first and last matter
  std::deque<NestPlace> slots_;                  // of a phased leaf: the last places of its run
  NestTime time_;
  double mark_ = 0;  // accounted for up to here
  double end_ = 0;
  std::int64_t phase_ = 0;  // of what was executed last
  std::int64_t visits_ = 0;
};

}  // namespace

NestTime nest_time(const NestPlan& plan) { return NestExecution(plan).run(); }

}  // namespace einfall::mappings
