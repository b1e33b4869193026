#include "sim/array/scoreboard.hpp"

#include <algorithm>

namespace einfall::sim {
namespace {

Fault register_fault(Fault::Kind kind, int index) {
  Fault fault;
  fault.kind = kind;
  fault.register_index = index;
  return fault;
}

}  // namespace

Scoreboard::Scoreboard(int registers, const OperatorTable& operators)
    : operators_(operators), ready_(static_cast<std::size_t>(registers) + 1, kNever) {}

std::optional<Fault> Scoreboard::read_fault(int index, std::int64_t cycle) const {
  if (ready_[index] == kNever) return register_fault(Fault::Kind::kNeverWritten, index);
  if (ready_[index] > cycle) return register_fault(Fault::Kind::kNotReady, index);
  return std::nullopt;
}

std::optional<Fault> Scoreboard::write_fault(int index, std::int64_t ready) const {
  if (ready_[index] >= ready) return register_fault(Fault::Kind::kOverwritten, index);
  return std::nullopt;
}

std::optional<Fault> Scoreboard::fault(const Instruction& i, std::int64_t cycle) const {
  const int scale = static_cast<int>(ready_.size()) - 1;
  for (const Operand* operand : {&i.a, &i.b, &i.c})
    if (operand->source == Source::kRegister)
      if (auto found = read_fault(operand->index, cycle)) return found;
  if (i.reads_scale())
    if (auto found = read_fault(scale, cycle)) return found;
  const std::int64_t ready = cycle + operators_.of(i.op).latency;
  if (i.to_register != Instruction::kNoRegister)
    if (auto found = write_fault(i.to_register, ready)) return found;
  if (i.writes_scale())
    if (auto found = write_fault(scale, ready)) return found;
  return std::nullopt;
}

void Scoreboard::issue(const Instruction& i, std::int64_t cycle) {
  const OperatorCycles cycles = operators_.of(i.op);
  free_ = cycle + cycles.issue;
  if (i.to_register != Instruction::kNoRegister) ready_[i.to_register] = cycle + cycles.latency;
  if (i.op == Op::kExchange) ready_[i.a.index] = cycle + cycles.latency;
  if (i.writes_scale()) ready_.back() = cycle + cycles.latency;
}

std::int64_t Scoreboard::earliest(const Instruction& i, std::int64_t cycle) const {
  std::int64_t at = std::max(cycle, free_);
  for (const Operand* operand : {&i.a, &i.b, &i.c})
    if (operand->source == Source::kRegister) at = std::max(at, ready_[operand->index]);
  if (i.reads_scale()) at = std::max(at, ready_.back());
  const std::int64_t latency = operators_.of(i.op).latency;
  if (i.to_register != Instruction::kNoRegister)
    at = std::max(at, ready_[i.to_register] - latency + 1);
  if (i.writes_scale()) at = std::max(at, ready_.back() - latency + 1);
  return at;
}

}  // namespace einfall::sim
