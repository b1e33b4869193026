#include "mappings/model/dispatch_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mappings/ir/measure.hpp"
#include "mappings/model/latency.hpp"
#include "mappings/model/makespan.hpp"
#include "mappings/model/shared_places.hpp"
#include "mappings/model/task_classes.hpp"

namespace einfall::mappings {
namespace {

constexpr std::size_t kOutermost = 0;

// What a task with an instance to itself spends its cycles on, the same slots for every class:
// start, units, ports by memory, loads.
class Account {
 public:
  Account(std::size_t units, std::size_t memories) : units_(units), cycles_(2 + units + memories) {}
  double& start() { return cycles_[0]; }
  double& loads() { return cycles_[1]; }
  double& unit(std::size_t u) { return cycles_[2 + u]; }
  double& ports(std::size_t m) { return cycles_[2 + units_ + m]; }
  [[nodiscard]] double sum() const {
    double all = 0;
    for (const double c : cycles_) all += c;
    return all;
  }
  void add(const Account& other, double times) {
    for (std::size_t i = 0; i < cycles_.size(); ++i) cycles_[i] += other.cycles_[i] * times;
  }

 private:
  std::size_t units_;
  std::vector<double> cycles_;
};

// Cycles over a link, of the whole run or of one task.
struct Load {
  StepId step;
  bool once = false;    // a task has one slice of it
  bool leaves = false;  // to where other instances see it
  bool waited = false;  // for every slice
  bool first = false;   // its first slice is needed to begin
  double cycles = 0;    // of the run
  double latency = 0;   // of one slice
  double slices = 0;    // of the run
  NodeId node;          // of the keep: what it brings in a step is asked for together
  KeepId keep;          // invalid: it is not kept there
};

class DispatchTimer {
 public:
  DispatchTimer(const BoundMapping& bound, const arch::Machine& machine, const Counts& counts)
      : bound_(bound), machine_(machine), counts_(counts) {
    for (const BoundSection& section : bound.schedule.sections)
      for (const BoundPhase& phase : section.phases) phases_.push_back(&phase);
    out_.tasks = bound.tasks;
    out_.instances = bound.slots;
    out_.residents = std::min(bound.dispatch->per_instance,
                              base::ceil_div(std::max<std::int64_t>(1, bound.tasks), bound.slots));
    for (const Flow& flow : counts.flows)
      if (flow.kind != FlowKind::kExtraRead) add_flow(flow);
  }

  base::Result<DispatchTime> run(const base::SourceSpan& span) {
    const auto classes = task_classes(bound_);
    if (!classes) return too_many(span, "too many tasks of different length");
    std::vector<Account> accounts;
    std::vector<SharedTask> tasks;
    for (const TaskClass& task : classes->classes) {
      std::vector<double> pipes;
      accounts.push_back(account(task, pipes));
      tasks.push_back({accounts.back().sum(), std::move(pipes)});
    }
    const auto places = static_cast<double>(bound_.slots * out_.residents);
    const auto last = run_of(tasks, *classes);
    if (!last) return too_many(span, "too many tasks to follow one by one");
    out_.makespan = std::max(*last, shared_units());
    for (std::size_t c = 0; c < tasks.size(); ++c) {
      const double part =
          static_cast<double>(classes->classes[c].tasks) / static_cast<double>(out_.tasks);
      out_.alone += part * tasks[c].alone;
      out_.asked += part * *std::max_element(tasks[c].pipes.begin(), tasks[c].pipes.end());
    }
    Account mean(machine_.units.size(), machine_.memories.size());
    for (std::size_t c = 0; c < accounts.size(); ++c)
      mean.add(accounts[c], static_cast<double>(classes->classes[c].tasks) / places);
    settle(mean);
    return std::move(out_);
  }

 private:
  // When the last task has ended; and `apart_`, when it would have if none shared an instance.
  std::optional<double> run_of(const std::vector<SharedTask>& tasks, const TaskClasses& classes) {
    const bool shares = out_.residents > 1;
    // Tasks that belong to their places are as slow as full instances make them.
    const bool fixed = shares && bound_.dispatch->order == DispatchOrder::kPersistent;
    TaskList list, full;
    list.repeats = full.repeats = classes.repeats;
    for (const std::size_t c : classes.order) {
      add(list, tasks[c].alone);
      if (fixed) add(full, slowest(tasks[c], out_.residents));
    }
    const std::int64_t places = bound_.slots * out_.residents;
    const auto apart = makespan(list, places, bound_.dispatch->order);
    if (!apart) return apart;
    apart_ = *apart;
    if (fixed) return makespan(full, places, bound_.dispatch->order);
    if (!shares) return apart;
    return shared_run(tasks, classes.order, classes.repeats, bound_.slots, out_.residents,
                      bound_.dispatch->order);
  }
  static void add(TaskList& list, double cycles) {
    if (!list.pattern.empty() && list.pattern.back().cycles == cycles)
      ++list.pattern.back().count;
    else
      list.pattern.push_back({cycles, 1});
  }

  static base::Result<DispatchTime> too_many(const base::SourceSpan& span, const char* what) {
    return base::failure(base::error(
        "E902", span,
        fmt::format("{}: at most {} lengths and {} events", what, kMostClasses, kMostEvents),
        "cut the ranks that masks name into larger tiles, or cost one head"));
  }

  [[nodiscard]] bool beside_instance(const Place& place) const {
    return place.memory ? machine_.memories[place.index].instances > 1
                        : machine_.units[place.index].instances > 1;
  }
  [[nodiscard]] const arch::Link* link(const Place& from, const Place& to) const {
    const auto name = [&](const Place& place) -> const std::string& {
      return place.memory ? machine_.memories[place.index].name : machine_.units[place.index].name;
    };
    for (const arch::Link& link : machine_.links)
      if (link.from == name(from) && link.to == name(to)) return &link;
    return nullptr;
  }
  // The keep that a flow fills or empties, if it has one at that place.
  [[nodiscard]] const BoundKeep* keep_at(const Flow& flow, const Place& place) const {
    for (const BoundKeep& keep : bound_.keeps)
      if (keep.tensor == flow.tensor &&
          (place.memory ? keep.memory && keep.memory->index() == place.index
                        : keep.unit && keep.unit->index() == place.index))
        return &keep;
    return nullptr;
  }
  [[nodiscard]] bool in_first_phase(einsum::TensorId tensor) const {
    const auto& einsums = phases_.front()->einsums;
    return std::any_of(einsums.begin(), einsums.end(),
                       [&](StepId id) { return reads(id, tensor) && !follows_a_step(id); });
  }
  [[nodiscard]] bool reads(StepId id, einsum::TensorId tensor) const {
    const auto& all = bound_[id].reads;
    return std::any_of(all.begin(), all.end(), [&](const BoundAccess& read) {
      return read.tensor == tensor && !read.carried;
    });
  }
  // It goes on with what a later phase, or another Einsum beside it, has made in the step before:
  // in a task's first step it has nothing to do.
  [[nodiscard]] bool follows_a_step(StepId id) const {
    for (const BoundPhase* phase : phases_)
      for (const StepId other : phase->einsums)
        if (other != id && reads(id, bound_[other].write.tensor)) return true;
    return false;
  }

  void add_flow(const Flow& flow) {
    const double bytes = static_cast<double>(flow.words) * static_cast<double>(flow.bits) / 8;
    if (flow.from == Place{true, kOutermost}) out_.bytes += bytes * flow.from_share.value();
    if (flow.to == Place{true, kOutermost}) out_.bytes += bytes * flow.to_share.value();
    const bool in = beside_instance(flow.to), of = beside_instance(flow.from);
    if (in == of) return;
    const arch::Link* over = link(flow.from, flow.to);
    if (over == nullptr || over->width.value() == 0) return;
    const Place& near = in ? flow.to : flow.from;
    const BoundKeep* keep = keep_at(flow, near);
    Load load;
    load.step = flow.step;
    load.leaves = of;
    load.cycles = bytes / static_cast<double>(over->width.value());
    if (keep != nullptr) {
      load.once = (renewing_loops(bound_, *keep) - PartSet(bound_.distributed)).empty();
      load.waited = in && !load.once && keep->copies == 1;
      load.node = keep->node;
      load.keep = KeepId(static_cast<std::size_t>(keep - bound_.keeps.data()));
      load.first = in && in_first_phase(flow.tensor);
      load.slices = static_cast<double>(std::max<std::int64_t>(1, keep->fills));
      if (in && flow.from.memory)
        load.latency = static_cast<double>(machine_.memories[flow.from.index].latency.value() +
                                           over->latency.value());
    }
    loads_.push_back(load);
  }

  [[nodiscard]] double clock_ratio(const arch::ComputeUnit& unit) const {
    if (!unit.clock) return 1;
    return static_cast<double>(machine_.clock.value()) / static_cast<double>(unit.clock->value());
  }
  [[nodiscard]] double busy(StepId id) const {
    return static_cast<double>(counts_.steps[id.index()].busy_cycles) *
           clock_ratio(machine_.units[bound_[id].unit.index()]);
  }

  // Cycles that the ports of a memory beside the instance need for an Einsum, of the run.
  [[nodiscard]] double ports(StepId id, std::size_t memory) const {
    if (machine_.memories[memory].instances == 1) return 0;
    std::vector<Flow> flows;
    for (const Flow& flow : counts_.flows)
      if (flow.step == id && flow.kind != FlowKind::kExtraRead) flows.push_back(flow);
    const std::vector<MemoryTraffic> moved = traffic(flows, machine_.memories.size());
    return static_cast<double>(port_cycles(machine_.memories[memory], moved[memory]));
  }

  // Units that all instances share are not through before they have done everything.
  [[nodiscard]] double shared_units() const {
    double longest = 0;
    for (std::size_t u = 0; u < machine_.units.size(); ++u) {
      if (machine_.units[u].instances > 1) continue;
      double all = 0;
      for (std::size_t s = 0; s < bound_.einsums.size(); ++s)
        if (machine_.hardware_of(bound_.einsums[s].unit.index()) == u) all += busy(StepId(s));
      longest = std::max(longest, all);
    }
    return longest;
  }

  // `pipes`: cycles that the task asks of each unit, port and the links.
  Account account(const TaskClass& task, std::vector<double>& pipes) {
    const std::size_t units = machine_.units.size(), memories = machine_.memories.size();
    Account out(units, memories);
    const auto share = [&](StepId id) { return task.share[id.index()]; };
    pipes.assign(units + memories, 0.0);
    double phases = 0;
    for (const BoundPhase* phase : phases_) {
      std::vector<double> here(units + memories, 0.0);
      std::vector<double> forms(units, 0.0);  // of what hardware does, by unit
      for (const StepId id : phase->einsums) {
        const std::size_t unit = bound_[id].unit.index();
        here[machine_.hardware_of(unit)] += busy(id) * share(id);
        forms[unit] += busy(id) * share(id);
        for (std::size_t m = 0; m < memories; ++m) here[units + m] += port_of(id, m) * share(id);
      }
      const auto longest = std::max_element(here.begin(), here.end());
      const auto at = static_cast<std::size_t>(longest - here.begin());
      if (at >= units) out.ports(at - units) += *longest;
      for (std::size_t u = 0; u < units; ++u)
        if (machine_.hardware_of(u) == at) out.unit(u) += forms[u];
      phases += *longest;
      for (std::size_t p = 0; p < here.size(); ++p) pipes[p] += here[p];
    }
    add_loads(task, phases, out, pipes);
    return out;
  }

  void add_loads(const TaskClass& task, double phases, Account& out, std::vector<double>& pipes) {
    double start = 0, latency = 0, waited = 0, beside = 0, all = 0;
    std::vector<double> asked(bound_.nodes.size(), 0.0);  // latencies, by node
    for (const Load& load : loads_) {
      // A task's results leave behind its last step, and it stays until they have.
      const bool last = load.leaves && bound_[load.step].visits <= out_.tasks;
      const double share =
          load.once ? 1.0 / static_cast<double>(bound_.tasks) : task.share[load.step.index()];
      const double moved = last                ? task.result[load.step.index()]
                           : load.keep.valid() ? task.fill[load.keep.index()]
                                               : share;
      const double cycles = load.cycles * moved;
      all += cycles;
      if (load.once || last) {
        start += cycles;
        latency = std::max(latency, load.latency);
      } else if (load.waited) {
        waited += cycles;
        double& ways = asked[load.node.index()];
        ways = std::max(ways, load.slices * share * load.latency);
      } else {
        beside += cycles;
        if (load.first && share > 0) start += std::min(cycles, cycles / (load.slices * share));
        if (load.first) latency = std::max(latency, load.latency);
      }
    }
    for (const double ways : asked) waited += ways;
    waits_ = waits_ || waited > 0;
    out.start() = static_cast<double>(machine_.tasks.start.value()) + start + latency;
    out.loads() = waited + std::max(0.0, beside - phases - waited);
    pipes.push_back(all);
  }

  double port_of(StepId id, std::size_t memory) {
    if (ports_.empty())
      for (std::size_t s = 0; s < bound_.einsums.size(); ++s)
        for (std::size_t m = 0; m < machine_.memories.size(); ++m)
          ports_.push_back(ports(StepId(s), m));
    return ports_[id.index() * machine_.memories.size() + memory];
  }

  void settle(Account& mean) {
    const arch::Memory& outermost = machine_.memories[kOutermost];
    const auto clock = static_cast<double>(machine_.clock.value());
    double cold = 0;
    if (outermost.bandwidth) {
      const double rate = static_cast<double>(outermost.bandwidth->value()) / clock;
      out_.memory = out_.bytes / rate;
      if (outermost.cold) {
        const double first =
            std::min(out_.bytes, static_cast<double>(outermost.cold->bytes.value()));
        cold =
            std::max(0.0, first / (static_cast<double>(outermost.cold->bandwidth.value()) / clock) -
                              first / rate);
        out_.memory += cold;
      }
    }
    // Who waits for every slice waits for slow ones longer.
    const double tasks = out_.makespan + (waits_ ? cold : 0);
    const auto launch = static_cast<double>(machine_.tasks.launch.value());
    out_.cycles = launch + std::max(tasks, out_.memory);
    const double work = mean.sum();
    out_.effects = {{"launch", launch}, {"start", mean.start()}};
    for (std::size_t u = 0; u < machine_.units.size(); ++u)
      out_.effects.push_back({machine_.units[u].name, mean.unit(u)});
    for (std::size_t m = 0; m < machine_.memories.size(); ++m)
      if (machine_.memories[m].instances > 1)
        out_.effects.push_back({machine_.memories[m].name + " ports", mean.ports(m)});
    out_.effects.push_back({"loads", mean.loads()});
    const double beyond = std::max(0.0, out_.makespan - work);
    const double sharing =
        std::clamp(out_.makespan - std::max(apart_, shared_units()), 0.0, beyond);
    out_.effects.push_back({"sharing", sharing});
    out_.effects.push_back({"imbalance", beyond - sharing});
    out_.effects.push_back({outermost.name, out_.cycles - launch - std::max(out_.makespan, work)});
  }

  const BoundMapping& bound_;
  const arch::Machine& machine_;
  const Counts& counts_;
  std::vector<const BoundPhase*> phases_;
  std::vector<Load> loads_;
  std::vector<double> ports_;  // by StepId and memory
  bool waits_ = false;         // for slices one by one
  double apart_ = 0;           // the makespan of tasks that do not share instances
  DispatchTime out_;
};

}  // namespace

base::Result<DispatchTime> dispatch_time(const BoundMapping& bound, const einsum::Cascade& cascade,
                                         const arch::Machine& machine, const Counts& counts) {
  return DispatchTimer(bound, machine, counts).run(cascade[bound.einsums.front().einsum].span);
}

}  // namespace einfall::mappings
