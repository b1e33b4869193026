#include "mappings/model/energy.hpp"

#include <algorithm>
#include <cmath>

namespace einfall::mappings {
namespace {

class Account {
 public:
  Account(const BoundMapping& bound, const einsum::Cascade& cascade, const arch::Machine& machine,
          const Counts& counts, const Rates& rates, const ModelOptions& options)
      : bound_(bound),
        cascade_(cascade),
        machine_(machine),
        counts_(counts),
        rates_(rates),
        options_(options) {}

  std::vector<EnergyPart> run() {
    for (std::size_t i = 0; i < bound_.einsums.size(); ++i) {
      operators(StepId(i));
      registers(StepId(i));
    }
    if (options_.register_counting == RegisterCounting::kPerInstance) shared_files();
    for (const Flow& flow : counts_.flows) {
      if (flow.from.memory) memory(flow, flow.from.index, false, words_read(flow));
      if (flow.to.memory) memory(flow, flow.to.index, true, words_written(flow));
    }
    return std::move(parts_);
  }

 private:
  void operators(StepId id) {
    const BoundEinsum& step = bound_[id];
    const arch::ComputeUnit& unit = machine_.units[step.unit.index()];
    for (const OperatorUse& use : step.operators) {
      const bool free =
          std::any_of(options_.unpriced_operators.begin(), options_.unpriced_operators.end(),
                      [&](const OperatorName& name) {
                        return name.unit == unit.name && name.op == unit.operators[use.op].name &&
                               (name.einsum.empty() || name.einsum == cascade_[step.einsum].name);
                      });
      EnergyPart part;
      part.step = id;
      part.place = step.unit.index();
      part.op = use.op;
      part.count =
          static_cast<double>(counts_.steps[id.index()].points) * static_cast<double>(use.count);
      part.picojoules = free ? 0 : rates_.units[part.place].operators[use.op];
      parts_.push_back(part);
    }
  }

  void registers(StepId id) {
    const StepCounts& counts = counts_.steps[id.index()];
    const std::size_t place = bound_[id].unit.index();
    const arch::ComputeUnit& unit = machine_.units[place];
    double instances = 1;
    if (options_.register_counting == RegisterCounting::kPerInstance) {
      if (unit.registers.shared) return;  // one line for the whole file
      instances = static_cast<double>(unit.lanes());
    }
    register_lines(id, place, static_cast<double>(counts.register_reads) / instances,
                   static_cast<double>(counts.register_writes) / instances);
  }

  // A file shared by all lanes is one instance: each word that a memory sends is written into it
  // and read from it once.
  void shared_files() {
    for (std::size_t u = 0; u < machine_.units.size(); ++u) {
      if (!machine_.units[u].registers.shared) continue;
      const auto words = static_cast<double>(counts_.arriving_words[u]);
      for (std::size_t i = 0; i < bound_.einsums.size(); ++i)
        if (bound_.einsums[i].unit.index() == u) {
          register_lines(StepId(i), u, words, words);
          break;
        }
    }
  }

  void register_lines(StepId id, std::size_t place, double reads, double writes) {
    if (machine_.units[place].registers.entries == 0) return;
    EnergyPart part;
    part.kind = EnergyKind::kRegister;
    part.step = id;
    part.place = place;
    part.count = reads;
    part.picojoules = rates_.units[place].register_read;
    parts_.push_back(part);
    part.write = true;
    part.count = writes;
    part.picojoules = rates_.units[place].register_write;
    parts_.push_back(part);
  }

  void memory(const Flow& flow, std::size_t index, bool write, const Exact& words) {
    EnergyPart part;
    part.kind = EnergyKind::kMemory;
    part.step = flow.step;
    part.place = index;
    part.write = write;
    part.tensor = flow.tensor;
    part.flow = flow.kind;
    part.count = words.value() * static_cast<double>(flow.bits);
    part.picojoules = write ? rates_.memories[index].write : rates_.memories[index].read;
    parts_.push_back(part);
  }

  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const arch::Machine& machine_;
  const Counts& counts_;
  const Rates& rates_;
  const ModelOptions& options_;
  std::vector<EnergyPart> parts_;
};

}  // namespace

std::vector<EnergyPart> energy_parts(const BoundMapping& bound, const einsum::Cascade& cascade,
                                     const arch::Machine& machine, const Counts& counts,
                                     const Rates& rates, const ModelOptions& options) {
  return Account(bound, cascade, machine, counts, rates, options).run();
}

namespace {

// Decimals that give a number this many digits.
int decimals_for(double value, int digits) {
  return digits - 1 - static_cast<int>(std::floor(std::log10(value)));
}

// A number of 15 decimal digits survives as a double, in memory and in what is printed.
int decimals(double sum, double least) {
  constexpr int kSumDigits = 10, kRowDigits = 6, kMostDigits = 15, kMostDecimals = 30;
  const int wanted = std::max(decimals_for(sum, kSumDigits), decimals_for(least, kRowDigits));
  return std::clamp(std::min(wanted, decimals_for(sum, kMostDigits)), 0, kMostDecimals);
}

}  // namespace

EnergyTotal settle(std::vector<EnergyPart>& parts) {
  EnergyTotal total;
  double sum = 0, least = 0;
  for (EnergyPart& part : parts) {
    part.joules = base::joules(base::Picojoules(part.energy())).value();
    sum += part.joules;
    if (part.joules > 0 && (least == 0 || part.joules < least)) least = part.joules;
  }
  if (sum > 0) total.decimals = decimals(sum, least);
  // Whole numbers below 2^53, so that nothing is lost in adding them.
  const double places = std::pow(10.0, total.decimals);
  double whole = 0;
  for (EnergyPart& part : parts) {
    const double rounded = std::round(part.joules * places);
    part.joules = rounded / places;
    whole += rounded;
  }
  total.joules = whole / places;
  return total;
}

}  // namespace einfall::mappings
