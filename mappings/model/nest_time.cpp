#include "mappings/model/nest_time.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>

#include "mappings/model/nest_iterations.hpp"
#include "mappings/model/nest_ports.hpp"
#include "mappings/model/nest_queue.hpp"
#include "mappings/model/pin_schedule.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostIterations = 24;  // of a loop that are executed before the last
constexpr std::int64_t kFewIterations = 3;  // of an innermost one, once kManyVisits are; of others
constexpr std::int64_t kFewestIterations = 2;  // these
constexpr std::int64_t kManyVisits = 100000;
constexpr std::int64_t kMostMasked = std::int64_t{1} << 14;  // of one that a mask cuts: visits
constexpr std::size_t kRemembered = 13;  // iterations; periods up to 6 are found

class NestExecution {
 public:
  explicit NestExecution(const NestPlan& plan)
      : plan_(plan),
        free_(plan.engines, 0),
        latest_(plan.engines, 0),
        into_(plan.ops.size()),
        out_of_(plan.ops.size()),
        iterations_(plan, place_),
        pins_(plan.bytes_per_cycle, plan.memory_latency),
        ports_(plan) {
    time_.phases.assign(plan.phases, 0);
    place_.step.assign(kMaxParts, 0);
    for (std::size_t e = 0; e < plan.edges.size(); ++e) {
      queues_.emplace_back(plan.edges[e].ahead, plan.edges[e].room);
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

  void loop(NodeId id, std::size_t level) {
    const NestNode& at = plan_.nodes[id.index()];
    if (level == at.path.levels.size()) return body(id);
    const PartId part = at.path.levels[level].part;
    const std::int64_t steps = iterations_.steps_of(at, level);
    std::int64_t i = iterations_.next_step(id, level, 0, steps);
    std::int64_t executed = 0;
    std::deque<State> past(1);  // behind the last iterations, the latest last
    save(past.back());
    const bool cut = iterations_.is_cut(id, level);
    const std::int64_t begun = visits_;
    const auto begin_again = [&] {
      past.resize(1);
      save(past.back());
    };
    while (i < steps) {
      place_.stand(part, i, steps);
      loop(id, level + 1);
      ++executed;
      const std::int64_t next = iterations_.next_step(id, level, i + 1, steps);
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
      std::size_t period = executed > at.stages + 1 ? steady_period(past) : 0;
      const bool innermost = at.children.empty() && level + 1 == at.path.levels.size();
      if (period > 0 && !cut && steps - i <= most(true) &&
          (innermost || falls_behind(past, period)))
        period = 0;  // which pins are free when is lost where iterations are left out
      const auto length = static_cast<std::int64_t>(period);
      std::int64_t times = 0;
      if (period > 0) {
        const std::int64_t until =
            cut ? iterations_.alike_until(id, level, i - 2 * length, i + length, steps) : steps - 1;
        times = (until - i) / length;
      }
      if (times <= 0 && cut && period > 0) {
        const auto moving = iterations_.moving_until(id, level, i - 2 * length, i + length, steps);
        times = (moving.until - i) / length;
        if (times > 0) move_slots(moving.part, times * length * moving.by);
      }
      if (times > 0) {
        repeat(past, period, static_cast<double>(times));
        move_slots(part, times * length);
        i += times * length;
        begin_again();
      } else if (i + 1 < steps &&
                 (cut ? visits_ - begun >= kMostMasked : executed >= most(innermost))) {
        // Iterations with shortened loops inside tell less than those before them.
        if (!cut && !innermost && visits_ >= kManyVisits && past.size() > 3) past.pop_back();
        const std::size_t span = std::max<std::size_t>(1, (past.size() - 1) / 2);
        go_on(past, span, left(id, level, past, span, {i, steps - 1}));
        i = steps - 1;
        begin_again();
      }
    }
  }

  // How often what passed in the last `span` iterations is still to come in others: by how much
  // there is to do in them, and of what passes anyway as often as there are iterations.
  double left(NodeId id, std::size_t level, const std::deque<State>& past, std::size_t span,
              std::pair<std::int64_t, std::int64_t> others) {
    const auto [from, to] = others;
    const auto length = static_cast<std::int64_t>(span);
    const double recent = iterations_.weight(id, level, from - length, from);
    const double to_come = iterations_.weight(id, level, from, to);
    const std::size_t here = past.size() - 1;
    const double passed = latest(past[here]) - latest(past[here - span]);
    if (here < 2 * span || passed <= 0) return to_come / recent;
    const double before = iterations_.weight(id, level, from - 2 * length, from - length);
    if (before == recent) return to_come / recent;
    const double each =
        (passed - latest(past[here - span]) + latest(past[here - 2 * span])) / (recent - before);
    const double anyway = (passed - each * recent) / static_cast<double>(length);
    return std::max(0.0, anyway * static_cast<double>(to - from) + each * to_come) / passed;
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

  // The pins are asked for more than passes meanwhile: what waits for them moves on at another pace
  // than the units, until something waits for it.
  [[nodiscard]] bool falls_behind(const std::deque<State>& past, std::size_t period) const {
    const State& here = past.back();
    const State& before = past[past.size() - 1 - period];
    return here[plan_.engines] - before[plan_.engines] > latest(here) - latest(before) + 1e-6;
  }

  [[nodiscard]] std::int64_t most(bool innermost) const {
    if (visits_ < kManyVisits) return kMostIterations;
    return innermost ? kFewIterations : kFewestIterations;
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
      if (phase >= 0 && plan_.ops[op].phase != phase) end_phase(at, phase);
      phase = plan_.ops[op].phase;
      const std::int64_t age = plan_.ops[op].stage - behind;
      const auto known = static_cast<std::int64_t>(slots_.size());
      if (age >= 0 && age < known) execute(op, slots_[static_cast<std::size_t>(known - 1 - age)]);
    }
    end_phase(at, phase);
  }

  // Those who share ports hold each other up.
  void end_phase(const NestNode& node, std::int64_t phase) {
    barrier(node);
    delay(ports_.close(phase, mark_, visits_));
  }

  // What is not earlier comes later, but for what the pins decide.
  void delay(const std::vector<NestPorts::Delay>& delays) {
    for (const NestPorts::Delay& each : delays) {
      for (const NestPorts::Delay::Held& held : each.held) {
        const std::size_t engine = plan_.ops[held.op].engine;
        if (plan_.ops[held.op].transfer && latest_[engine] == held.visit)
          free_[engine] += held.cycles;
        for (const std::size_t e : out_of_[held.op])
          queues_[e].visit_made([&](double& time, std::int64_t visit) {
            if (visit == held.visit) time += held.cycles;
          });
      }
      const auto move = [&](double& time) {
        if (time >= each.since) time += each.cycles;
      };
      std::for_each(free_.begin(), free_.begin() + std::ptrdiff_t(plan_.units), move);
      move(mark_);
      move(end_);
      time_.phases[static_cast<std::size_t>(each.phase)] += each.cycles;
      for (std::size_t e = 0; e < queues_.size(); ++e) {
        if (plan_.ops[plan_.edges[e].from.op].transfer) continue;
        queues_[e].visit_made([&](double& time, std::int64_t visit) {
          if (visit > each.last) time += each.cycles;
        });
      }
    }
  }

  void move_slots(PartId part, std::int64_t steps) {
    for (NestPlace& place : slots_) place.step[part.index()] += steps;
  }

  [[nodiscard]] std::int64_t piece(const NestEnd& end, const NestPlace& place) const {
    std::int64_t number = 0;
    for (const std::size_t level : end.pieces) {
      const WalkLevel& loop = iterations_.node_of(end.op).path.levels[level];
      number = number * loop.trips + place.step[loop.part.index()];
    }
    return number;
  }

  // The end of a dependence is in this visit.
  bool is_read(const NestEnd& end, const NestPlace& place) {
    NestMasks& masks = iterations_.masks_of(end.op);
    const SharedMask& mask = plan_.ops[end.op].mask;
    return masks.is_first(mask, place, end.ends) &&
           (end.carried.empty() || !masks.is_first(mask, place, end.carried)) &&
           masks.meets(end.other, place);
  }
  bool is_made(const NestEnd& end, const NestPlace& place) {
    NestMasks& masks = iterations_.masks_of(end.op);
    const SharedMask& mask = plan_.ops[end.op].mask;
    return masks.is_last(mask, place, end.ends) &&
           (end.carried.empty() || !masks.is_last(mask, place, end.carried)) &&
           masks.meets(end.other, place);
  }
  // Where the loops stand that begin slices at this end.
  const std::vector<std::int64_t>& slice(const NestEnd& end, const NestPlace& place) {
    standing_.clear();
    for (const std::size_t level : end.slices)
      standing_.push_back(place.step[iterations_.node_of(end.op).path.levels[level].part.index()]);
    return standing_;
  }

  void execute(std::size_t index, const NestPlace& place) {
    const NestOp& op = plan_.ops[index];
    NestMasks& masks = iterations_.masks_of(index);
    if (!masks.has(op.mask, place) || !masks.is_first(op.mask, place, op.at_first) ||
        !masks.is_last(op.mask, place, op.at_last))
      return;
    ++visits_;
    NestPorts::Begin use{index, visits_, free_[op.engine], {}, 0, 0, {}};
    double ready = use.free;
    for (const std::size_t e : into_[index]) {
      const NestEnd& end = plan_.edges[e].to;
      if (!is_read(end, place)) continue;
      const auto there = queues_[e].take(slice(end, place), piece(end, place));
      if (!there) continue;
      const bool comes = plan_.ops[plan_.edges[e].from.op].transfer;
      double& latest = comes ? use.arrived : ready;
      latest = std::max(latest, there->time);
      if (!comes && !plan_.port_rates.empty()) use.values.push_back(*there);
    }
    const double start = std::max(ready, use.arrived);
    const bool nothing = !op.again.empty() && masks.is_first(op.mask, place, op.again);
    const double share = nothing ? 0 : share_of(op.cuts, place);
    const double issue = op.issue * share;
    const double held = held_of(op, place);
    use.rows = rows_of(op, place);
    double done = start + issue + held;
    const double sooner = op.issue - issue;  // than in a full visit its last result comes
    if (op.transfer) {
      const bool free = pins_.is_free(start);
      const double bytes = op.bytes * share;
      const PinSchedule::Passage passage = pins_.pass(bytes, start);
      free_[op.engine] = passage.passed;
      end_ = std::max(end_, done = passage.delivered);
      use.free = start;
      use.values.clear();
      use.arrived = 0;
      use.cycles = free ? pins_.alone(bytes) : passage.passed - start;
    } else {
      free_[op.engine] = done;
      end_ = std::max(end_, start + std::max(issue, op.complete - sooner) + held);
      phase_ = op.phase;
      use.cycles = issue + held;
      ports_.begin(use);
    }
    latest_[op.engine] = visits_;
    for (const std::size_t e : out_of_[index]) {
      const NestEdge& edge = plan_.edges[e];
      if (!is_made(edge.from, place)) continue;
      const double time =
          edge.at_end ? done : start + held + edge.delay - (edge.of_last ? sooner : 0);
      queues_[e].give(slice(edge.from, place), piece(edge.from, place), time, visits_);
    }
    if (op.transfer) delay(ports_.pass(use));
  }

  // That it asks for, by group.
  [[nodiscard]] std::vector<double> rows_of(const NestOp& op, const NestPlace& place) const {
    std::vector<double> rows(plan_.port_rates.size(), 0);
    if (!rows.empty())
      for (const NestRows& each : op.rows) rows[each.group] += each.at(place);
    return rows;
  }

  static double held_of(const NestOp& op, const NestPlace& place) {
    std::size_t smaller = 0;
    if (op.held.size() > 1)
      for (std::size_t c = 0; c < op.cuts.size(); ++c)
        if (op.cuts[c].share(place) < 1) smaller |= std::size_t{1} << c;
    return op.held[smaller];
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
    for (NestQueue& queue : queues_) queue.visit_all(visit);
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
    ports_.shift((latest(here) - latest(before)) * times);
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
    ports_.shift(passed);
    std::size_t i = 0;
    // What rests meanwhile stays as it is.
    visit_all([&](double& time) {
      if (here[i] > before[i]) time += is_account(i) ? (here[i] - before[i]) * times : passed;
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
  std::vector<double> free_;          // by engine
  std::vector<std::int64_t> latest_;  // visit, by engine
  std::vector<NestQueue> queues_;
  std::vector<std::vector<std::size_t>> into_, out_of_;  // edges, by op
  NestPlace place_;
  NestIterations iterations_;
  PinSchedule pins_;
  NestPorts ports_;
  std::vector<std::int64_t> standing_;
  std::deque<NestPlace> slots_;  // of a phased leaf: the last places of its run
  NestTime time_;
  double mark_ = 0;  // accounted for up to here
  double end_ = 0;
  std::int64_t phase_ = 0;  // of what was executed last
  std::int64_t visits_ = 0;
};

}  // namespace

NestTime nest_time(const NestPlan& plan) { return NestExecution(plan).run(); }

}  // namespace einfall::mappings
