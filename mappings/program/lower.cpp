#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/nest.hpp"
#include "mappings/program/lowering.hpp"
#include "mappings/program/order.hpp"

namespace einfall::mappings {
namespace {

// What is moved to or from the outermost memory by one section waits for the section before, and
// the next for it: it takes part in the barriers at both its ends.
void part_transfers(Lowering& lowering) {
  Program& program = lowering.program;
  std::vector<Operation> ends;  // between sections, in order
  for (const Operation& op : program.operations)
    if (op.kind == OperationKind::kBarrier && !op.node.valid() &&
        (ends.empty() || ends.back().barrier != op.barrier))
      ends.push_back(op);
  for (std::size_t e = lowering.machine.units.size(); e < program.engines.size(); ++e) {
    const std::int64_t place = program.operations[program.engines[e].operations.front()].sequence;
    const auto join = [&](const Operation& end) {
      program.barriers[end.barrier].push_back(e);
      program.engines[e].operations.push_back(program.operations.size());
      program.operations.push_back(end);
    };
    const auto behind = std::find_if(ends.begin(), ends.end(),
                                     [&](const Operation& end) { return end.sequence > place; });
    if (behind != ends.begin()) join(*(behind - 1));
    if (behind != ends.end()) join(*behind);
  }
}

// Nothing is fetched for a run before the one before has ended.
void part_runs(Lowering& lowering) {
  if (lowering.bound.schedule.kind != ScheduleKind::kPipelined) return;
  auto& operations = lowering.program.operations;
  const auto end = std::find_if(operations.begin(), operations.end(), [](const Operation& op) {
    return op.kind == OperationKind::kBarrier;
  });
  if (end == operations.end()) return;
  for (const Engine& engine : lowering.program.engines) {
    if (engine.kind != EngineKind::kLoad) continue;
    Operation& load = operations[engine.operations.front()];
    connect(*end, load, shared_loops(lowering, *end, load),
            {lowering.add_token("a run before " + load.name, Lack::kBarrier, 1), {}});
  }
}

// A tail follows one period of the steady state: the iterations inside the nodes around both.
void find_periods(Lowering& lowering) {
  for (Operation& op : lowering.program.operations) {
    if (op.behind.levels.empty()) continue;
    const NodeId around = common_node(lowering.bound, op.node, op.group);
    op.period_from = around.valid() ? lowering.bound[around].path.size() : 0;
  }
}

// A transfer stands where the operation stands that it serves.
void place_transfers(Lowering& lowering) {
  for (Engine& engine : lowering.program.engines) {
    if (engine.kind == EngineKind::kUnit) continue;
    Operation& op = lowering.program.operations[engine.operations.front()];
    const Flow& flow = lowering.program.flows[op.moves.front().flow];
    op.serves = lowering.operation_of[first_user(lowering, flow).index()];
    op.sequence = lowering.program.operations[op.serves].sequence;
  }
}

// Of the loops that cut a masked rank, those in the set are the innermost ones.
bool asks_of_boxes(const WalkMask& mask, Levels set) {
  return std::all_of(mask.ranks.begin(), mask.ranks.end(), [&](const WalkMask::Rank& rank) {
    return std::is_sorted(rank.levels.begin(), rank.levels.end()) &&
           std::is_partitioned(rank.levels.begin(), rank.levels.end(),
                               [&](std::size_t level) { return ((set >> level) & 1U) == 0; });
  });
}

// Which iterations a mask leaves is asked of boxes: an inner loop of a rank must not stand while an
// outer one runs. And tokens are counted, so that they have to come in the order of the loops.
class MaskCheck {
 public:
  Known is_executed(const Operation& op) {
    const auto boxes = [&](const auto& things) {
      return std::all_of(things.begin(), things.end(), [&](const auto& thing) {
        const When& when = thing.when;
        return asks_of_boxes(*op.walk.mask, when.first | when.not_first) &&
               asks_of_boxes(*op.walk.mask, when.last | when.not_last);
      });
    };
    if (!boxes(op.takes) || !boxes(op.gives) || !boxes(op.moves)) return false;
    for (const Take& take : op.takes)
      if (const Known known = in_order(op.walk, take.when); known != true) return known;
    for (const Give& give : op.gives)
      if (const Known known = in_order(op.walk, give.when); known != true) return known;
    return true;
  }

 private:
  struct Answer {
    const Walk* walk;
    Levels first, last;
    Known known;
  };

  static bool alike(const Walk& a, const Walk& b) {
    return same_mask(a, b) &&
           std::equal(a.levels.begin(), a.levels.end(), b.levels.begin(), b.levels.end(),
                      [](const auto& x, const auto& y) { return x.part == y.part; });
  }

  // Most operations have the same loops and ask the same.
  Known in_order(const Walk& walk, const When& when) {
    for (const Answer& answer : answers_)
      if (answer.first == when.first && answer.last == when.last && alike(*answer.walk, walk))
        return answer.known;
    Known known = firsts_in_order(walk, when.first);
    if (known == true) known = lasts_in_order(walk, when.last);
    answers_.push_back({&walk, when.first, when.last, known});
    return known;
  }

  std::vector<Answer> answers_;
};

void check_masks(Lowering& lowering) {
  MaskCheck check;
  for (const Operation& op : lowering.program.operations) {
    if (!op.walk.mask) continue;
    const Known executed = check.is_executed(op);
    if (executed == true) continue;
    const std::string why =
        executed ? std::string(
                       "so that what it exchanges begins or ends in another order than "
                       "that of its loops, which the simulator does not execute")
                 : fmt::format(
                       "and goes through more than {} steps of loops, which the simulator "
                       "does not look at",
                       kMostSteps);
    lowering.errors.push_back(base::error(
        "E891", lowering.mapping.schedule.span, fmt::format("{} is masked {}", op.name, why),
        executed ? "another order of loops may help; `einfall cost` evaluates this one"
                 : "`einfall cost` evaluates it"));
    return;
  }
}

}  // namespace

std::string Lowering::name_of(const Tile& tile) const {
  std::string names;
  for (const StepId step : tile)
    names += (names.empty() ? "" : "+") + cascade[bound[step].einsum].name;
  return names;
}

std::size_t Lowering::add_token(std::string what, Lack lack, std::int64_t initial) {
  program.tokens.push_back({std::move(what), lack, initial, {}});
  return program.tokens.size() - 1;
}

base::Result<Program> lower(const einsum::Cascade& cascade, const arch::Machine& machine,
                            const Mapping& mapping, const BoundMapping& bound,
                            const ModelOptions& options) {
  if (bound.slots > 1)
    return base::failure(base::error(
        "E891",
        mapping.distributed.empty() ? mapping.schedule.span : mapping.distributed.front().span,
        "the mapping deals iterations to several instances, which the simulator does not",
        "`einfall cost` evaluates it"));
  Lowering lowering{cascade, machine, mapping, bound, options, {}, {}, {}};
  lowering.program.nodes = bound.nodes;
  const auto operations = lower_operations(lowering);
  if (!operations) return base::failure(operations.error());
  find_periods(lowering);
  lower_dependences(lowering);
  lower_space(lowering);
  lower_streams(lowering);
  lower_regions(lowering);
  place_transfers(lowering);
  part_transfers(lowering);
  part_runs(lowering);
  check_masks(lowering);
  check_links(lowering);
  if (!lowering.errors.empty()) return base::failure(lowering.errors);
  if (!machine.memories.empty()) {
    const arch::Memory& outermost = machine.memories.front();
    lowering.program.memory_latency = outermost.latency.value();
    if (outermost.bandwidth)
      lowering.program.bytes_per_cycle = Exact(outermost.bandwidth->value(), machine.clock.value());
  }
  for (const arch::Memory& memory : machine.memories) {
    PortLimit limit;
    const std::int64_t all = memory.read_ports + memory.write_ports + memory.shared_ports;
    if (all > 0 && memory.row.value() > 0)
      limit = {memory.row.value(), memory.read_ports + memory.shared_ports,
               memory.write_ports + memory.shared_ports, all};
    lowering.program.ports.push_back(options.unlimited_ports ? PortLimit{} : limit);
  }
  return std::move(lowering.program);
}

}  // namespace einfall::mappings
