#include "mappings/model/latency.hpp"

#include <algorithm>
#include <cmath>

#include "mappings/model/nest_time.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kLimit = std::int64_t{1} << 62;
constexpr std::size_t kOutermost = 0;

struct Position {
  std::size_t section = 0;
  std::size_t phase = 0;
};

class PhasedTime {
 public:
  PhasedTime(const BoundMapping& bound, const einsum::Cascade& cascade,
             const arch::Machine& machine, const Counts& counts, const ModelOptions& options)
      : bound_(bound),
        cascade_(cascade),
        machine_(machine),
        counts_(counts),
        options_(options),
        position_(bound.einsums.size()) {
    const auto& sections = bound.schedule.sections;
    for (std::size_t s = 0; s < sections.size(); ++s)
      for (std::size_t p = 0; p < sections[s].phases.size(); ++p)
        for (const StepId id : sections[s].phases[p].einsums) position_[id.index()] = {s, p};
  }

  Latency run() {
    Latency out;
    // Nothing is known of how tasks on several instances wait for each other.
    if (options_.fill_and_drain && !options_.drain_listed_only && bound_.slots == 1)
      waiting_ = nest_time(nest_plan(bound_, cascade_, machine_, counts_, options_));
    for (std::size_t s = 0; s < bound_.schedule.sections.size(); ++s) {
      out.sections.push_back(section(s));
      out.cycles += out.sections.back().cycles;
    }
    if (waiting_) not_before_memory(out);
    return out;
  }

 private:
  SectionTime section(std::size_t s) {
    SectionTime out;
    const BoundSection& planned = bound_.schedule.sections[s];
    for (std::size_t p = 0; p < planned.phases.size(); ++p)
      out.phases.push_back(busy_times(s, p, planned.phases[p]));
    if (waiting_)
      wait_for_each_other(s, out);
    else
      overlap(planned, s, out);
    for (const PhaseTime& phase : out.phases) out.compute += phase.cycles;
    out.compute += out.fill_and_drain;
    out.bytes = flows_of(s).at(kOutermost).bytes();
    const arch::Memory& outermost = machine_.memories[kOutermost];
    if (outermost.bandwidth)
      out.memory = out.bytes * Exact(machine_.clock.value(), outermost.bandwidth->value());
    // The recurrence knows what waits for data.
    out.cycles = waiting_ ? Exact(out.compute) : max(Exact(out.compute), out.memory);
    return out;
  }

  // What each phase takes by the recurrence; who is not busy waits.
  void wait_for_each_other(std::size_t s, SectionTime& out) {
    std::int64_t missing = most_rows(s);
    for (PhaseTime& phase : out.phases) {
      phase.cycles = std::max(whole_cycles(waiting_->phases[phases_seen_++]), phase.busiest_unit());
      missing -= phase.cycles;
    }
    // The rows of a phase may pass beside others of its section, but in no less than they take.
    for (PhaseTime& phase : out.phases) {
      const std::int64_t more = std::clamp<std::int64_t>(phase.busiest() - phase.cycles, 0,
                                                         std::max<std::int64_t>(0, missing));
      phase.cycles += more;
      missing -= more;
      for (UnitShare& share : phase.units) share.wait = phase.cycles - share.busy;
    }
    if (s + 1 == bound_.schedule.sections.size())
      out.fill_and_drain = whole_cycles(waiting_->drain);
  }

  // Cycles that the busiest memory's ports need in a section.
  std::int64_t most_rows(std::size_t s) const {
    if (options_.unlimited_ports) return 0;
    const std::vector<MemoryTraffic> moved = flows_of(s);
    std::int64_t most = 0;
    for (std::size_t m = 0; m < machine_.memories.size(); ++m)
      most = std::max(most, port_cycles(machine_.memories[m], moved[m]));
    return most;
  }

  // The outermost memory's whole traffic takes its time.
  static void not_before_memory(Latency& out) {
    Exact memory = 0;
    for (const SectionTime& section : out.sections) memory += section.memory;
    const std::int64_t missing = (memory - out.cycles).ceil().value_or(0);
    if (missing <= 0) return;
    SectionTime& last = out.sections.back();
    last.fill_and_drain += missing;
    last.compute += missing;
    last.cycles += missing;
    out.cycles += missing;
  }

  static std::int64_t whole_cycles(double cycles) {
    return cycles < static_cast<double>(kLimit) ? std::llround(cycles) : kLimit;
  }

  // Each unit does all its work of a phase without waiting but for drains.
  void overlap(const BoundSection& planned, std::size_t s, SectionTime& out) const {
    if (options_.drain_listed_only)
      for (std::size_t p = 0; p < planned.phases.size(); ++p)
        out.phases[p].drain = listed_drain(planned.phases[p]);
    else if (!bound_.schedule.phases_pipelined)
      wait_for_drains(s, out);
    for (PhaseTime& phase : out.phases) close(phase);
    if (options_.fill_and_drain) out.fill_and_drain = fill_and_drain(planned);
  }

  PhaseTime busy_times(std::size_t s, std::size_t p, const BoundPhase& phase) const {
    PhaseTime out;
    for (std::size_t u = 0; u < machine_.units.size(); ++u) {
      UnitShare share{u, 0, 0};
      bool used = false;
      for (const StepId id : phase.einsums) {
        if (bound_[id].unit.index() != u) continue;
        used = true;
        share.busy +=
            on_one_instance(bound_, machine_.units[u], counts_.steps[id.index()].busy_cycles);
      }
      if (used) out.units.push_back(share);
    }
    out.ports.assign(machine_.memories.size(), 0);
    if (options_.unlimited_ports) return out;
    std::vector<Flow> flows;
    for (const Flow& flow : counts_.flows)
      if (position_[flow.step.index()].section == s && position_[flow.step.index()].phase == p &&
          flow.kind != FlowKind::kExtraRead)
        flows.push_back(flow);
    const std::vector<MemoryTraffic> moved = traffic(flows, machine_.memories.size());
    for (std::size_t m = 0; m < machine_.memories.size(); ++m)
      out.ports[m] = port_cycles(machine_.memories[m], moved[m]);
    return out;
  }

  std::int64_t listed_drain(const BoundPhase& phase) const {
    std::int64_t longest = 0;
    for (const StepId id : phase.drained) {
      const arch::ComputeUnit& unit = machine_.units[bound_[id].unit.index()];
      longest = std::max(
          longest, on_one_instance(bound_, unit, bound_[id].visits) * unit.rows * unit.hop_latency);
    }
    return longest;
  }

  // Cycles between the end of phase `from` and the start of phase `to` of the same iteration, or
  // of the next one if `to` is not later.
  static std::int64_t between(const SectionTime& times, std::size_t from, std::size_t to) {
    std::int64_t sum = 0;
    const std::size_t phases = times.phases.size();
    for (std::size_t p = (from + 1) % phases; p != to; p = (p + 1) % phases) {
      std::int64_t longest = 0;
      for (const UnitShare& share : times.phases[p].units) longest = std::max(longest, share.busy);
      sum += longest;
    }
    return sum;
  }

  // A consumer in another phase waits for what of its producer's drain the phases between do not
  // cover. Values carried over several iterations have had time enough.
  void wait_for_drains(std::size_t s, SectionTime& out) const {
    for (std::size_t i = 0; i < bound_.einsums.size(); ++i) {
      const BoundEinsum& consumer = bound_.einsums[i];
      if (position_[i].section != s) continue;
      for (const BoundAccess& read : consumer.reads) {
        if (!read.forwarded) continue;
        for (std::size_t j = 0; j < bound_.einsums.size(); ++j) {
          const BoundEinsum& producer = bound_.einsums[j];
          if (producer.write.tensor != read.tensor || producer.node != consumer.node ||
              position_[j].section != s || position_[j].phase == position_[i].phase)
            continue;
          const arch::ComputeUnit& unit = machine_.units[producer.unit.index()];
          const std::int64_t drain = drain_cycles(machine_, producer, consumer) *
                                     on_one_instance(bound_, unit, producer.visits);
          const std::int64_t wait = std::max<std::int64_t>(
              0, drain - between(out, position_[j].phase, position_[i].phase));
          for (UnitShare& share : out.phases[position_[i].phase].units)
            if (share.unit == consumer.unit.index()) share.wait = std::max(share.wait, wait);
        }
      }
    }
  }

  static void close(PhaseTime& phase) {
    for (const UnitShare& share : phase.units)
      phase.cycles = std::max(phase.cycles, share.busy + share.wait);
    for (const std::int64_t ports : phase.ports) phase.cycles = std::max(phase.cycles, ports);
    phase.cycles += phase.drain;
  }

  std::int64_t fill_and_drain(const BoundSection& planned) const {
    std::int64_t longest = 0;
    bool runs = false;
    for (const BoundPhase& phase : planned.phases)
      for (const StepId id : phase.einsums) {
        if (bound_[id].visits == 0) continue;
        runs = true;
        const arch::ComputeUnit& unit = machine_.units[bound_[id].unit.index()];
        if (unit.kind != arch::UnitKind::kSpatialArray) continue;
        longest = std::max(longest, unit.hop_latency * (unit.rows + unit.columns - 2));
      }
    return runs ? longest + machine_.memories[kOutermost].latency.value() : 0;
  }

  std::vector<MemoryTraffic> flows_of(std::size_t s) const {
    std::vector<Flow> flows;
    for (const Flow& flow : counts_.flows)
      if (position_[flow.step.index()].section == s && flow.kind != FlowKind::kExtraRead)
        flows.push_back(flow);
    return traffic(flows, machine_.memories.size());
  }

  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  const Counts& counts_;
  const ModelOptions& options_;
  std::vector<Position> position_;
  std::optional<NestTime> waiting_;
  std::size_t phases_seen_ = 0;
};

bool fits(const Latency& latency) {
  if (latency.cycles.overflowed()) return false;
  for (const SectionTime& section : latency.sections)
    for (const PhaseTime& phase : section.phases)
      if (phase.cycles < 0 || phase.cycles >= kLimit) return false;
  return true;
}

}  // namespace

std::int64_t drain_cycles(const arch::Machine& machine, const BoundEinsum& producer,
                          const BoundEinsum& consumer) {
  const arch::ComputeUnit& unit = machine.units[producer.unit.index()];
  if (unit.kind != arch::UnitKind::kSpatialArray || producer.unit == consumer.unit) return 0;
  return unit.rows * unit.hop_latency;
}

std::int64_t port_cycles(const arch::Memory& memory, const MemoryTraffic& traffic) {
  const std::int64_t shared = memory.shared_ports;
  if (memory.read_ports + memory.write_ports + shared == 0 || memory.row.value() == 0) return 0;
  const Exact row(memory.row.value());
  const std::int64_t reads = (traffic.read_bytes / row).ceil().value_or(kLimit);
  const std::int64_t writes = (traffic.write_bytes / row).ceil().value_or(kLimit);
  const auto over = [](std::int64_t rows, std::int64_t ports) {
    return rows == 0 ? 0 : ports == 0 ? kLimit : base::ceil_div(rows, ports);
  };
  return std::max({over(reads, memory.read_ports + shared),
                   over(writes, memory.write_ports + shared),
                   over(reads + writes, memory.read_ports + memory.write_ports + shared)});
}

std::int64_t PhaseTime::busiest_unit() const {
  std::int64_t most = 0;
  for (const UnitShare& share : units) most = std::max(most, share.busy);
  return most;
}

std::int64_t PhaseTime::busiest() const {
  std::int64_t most = busiest_unit();
  for (const std::int64_t rows : ports) most = std::max(most, rows);
  return most;
}

base::Result<Latency> phased_latency(const BoundMapping& bound, const einsum::Cascade& cascade,
                                     const arch::Machine& machine, const Counts& counts,
                                     const ModelOptions& options) {
  Latency out = PhasedTime(bound, cascade, machine, counts, options).run();
  if (!fits(out))
    return base::failure(base::error("E901", cascade[bound.einsums.front().einsum].span,
                                     "the run takes more than 2^62 cycles",
                                     "make the ranks smaller, or cost one head or query block"));
  return out;
}

}  // namespace einfall::mappings
