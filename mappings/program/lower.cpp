#include <algorithm>

#include "mappings/program/lowering.hpp"

namespace einfall::mappings {
namespace {

// What is moved to or from the outermost memory by one section waits for the section before.
void part_transfers(Lowering& lowering) {
  Program& program = lowering.program;
  for (std::size_t o = 0; o < program.operations.size(); ++o) {
    const Operation root_barrier = program.operations[o];
    if (root_barrier.kind != OperationKind::kBarrier || root_barrier.node.valid()) continue;
    auto& engines = program.barriers[root_barrier.barrier];
    if (engines.back() >= lowering.machine.units.size()) continue;  // done when first met
    for (std::size_t e = lowering.machine.units.size(); e < program.engines.size(); ++e) {
      engines.push_back(e);
      program.engines[e].operations.push_back(program.operations.size());
      program.operations.push_back(root_barrier);
    }
  }
}

// A transfer stands where the operation stands that it serves.
void place_transfers(Lowering& lowering) {
  for (Engine& engine : lowering.program.engines) {
    if (engine.kind == EngineKind::kUnit) continue;
    Operation& op = lowering.program.operations[engine.operations.front()];
    const Flow& flow = lowering.program.flows[op.moves.front().flow];
    op.sequence = lowering.operation(flow.step).sequence;
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
  program.tokens.push_back({std::move(what), lack, initial});
  return program.tokens.size() - 1;
}

base::Result<Program> lower(const einsum::Cascade& cascade, const arch::Machine& machine,
                            const Mapping& mapping, const BoundMapping& bound,
                            const ModelOptions& options) {
  const auto masked = std::find_if(bound.einsums.begin(), bound.einsums.end(),
                                   [](const BoundEinsum& step) { return !step.mask.everything(); });
  if (masked != bound.einsums.end() || bound.slots > 1)
    return base::failure(base::error(
        "E891",
        masked != bound.einsums.end() ? cascade[masked->einsum].span : mapping.schedule.span,
        masked != bound.einsums.end()
            ? "this Einsum is masked, and the simulator does not execute masked tiles"
            : "the mapping deals iterations to several instances, which the simulator does not",
        "`einfall cost` evaluates it"));
  Lowering lowering{cascade, machine, mapping, bound, options, {}, {}, {}};
  lowering.program.nodes = bound.nodes;
  const auto operations = lower_operations(lowering);
  if (!operations) return base::failure(operations.error());
  lower_dependences(lowering);
  lower_space(lowering);
  lower_streams(lowering);
  place_transfers(lowering);
  part_transfers(lowering);
  if (!lowering.errors.empty()) return base::failure(lowering.errors);
  if (!machine.memories.empty()) {
    const arch::Memory& outermost = machine.memories.front();
    lowering.program.memory_latency = outermost.latency.value();
    if (outermost.bandwidth)
      lowering.program.bytes_per_cycle = Exact(outermost.bandwidth->value(), machine.clock.value());
  }
  return std::move(lowering.program);
}

}  // namespace einfall::mappings
