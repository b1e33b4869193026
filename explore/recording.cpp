#include "explore/recording.hpp"

#include <algorithm>
#include <cmath>

namespace einfall::explore {

using mappings::Exact;
using mappings::Flow;
using mappings::Lack;
using mappings::Operation;
using mappings::OperationKind;
using sim::Execution;

Execution::Observer Recording::observer(const mappings::Program& program) {
  visits_.clear();
  passings_.clear();
  waits_.clear();
  rooms_.clear();
  end_ = 0;
  return [this, &program](const Execution::Done& done) {
    record(program, done);
    return !full();
  };
}

void Recording::add_last_waits(const Execution& execution) {
  if (full()) return;
  for (std::size_t e = 0; e < execution.last_waits().size(); ++e)
    for (const Execution::Wait& wait : execution.last_waits()[e])
      waits_.push_back({e, wait.stall, wait.from, wait.to});
}

void Recording::record(const mappings::Program& program, const Execution::Done& done) {
  const Operation& operation = program.operations[done.operation];
  Visit visit{done.engine, done.operation, done.start, done.cycles, 0, 0, {}};
  const bool transfer = operation.kind == OperationKind::kTransfer;
  for (const mappings::Movement& move : operation.moves) {
    const std::int64_t words = move.when.holds(*done.at) ? move.words.at(*done.at) : 0;
    if (words == 0) continue;
    const Flow& flow = program.flows[move.flow];
    for (const mappings::Place& place : {flow.from, flow.to})
      if (place.memory && place.index > 0 && place.index < 64)
        visit.memories |= std::uint64_t{1} << place.index;
    const bool leaves = flow.from == mappings::Place{true, 0};
    if (transfer)
      visit.bytes += static_cast<double>(words) * static_cast<double>(flow.bits) / 8 *
                     (leaves ? flow.from_share : flow.to_share).value();
  }
  if (visit.bytes > 0) record_passing(done, visit.bytes);
  for (const Execution::Wait& wait : *done.waits) {
    waits_.push_back({done.engine, wait.stall, wait.from, wait.to});
    if (wait.from >= done.start) visit.held.emplace_back(wait.from, wait.to);
  }
  record_rooms(program, done);
  end_ = std::max(end_, done.start + done.cycles);
  visits_.push_back(std::move(visit));
}

void Recording::record_passing(const Execution::Done& done, double bytes) {
  double cycles = 0;
  for (const auto& [from, to] : done.spans) cycles += to - from;
  for (const auto& [from, to] : done.spans) {
    passings_.push_back({done.engine, from, to, bytes * (to - from) / cycles});
    // Banks go on after the engine has asked.
    end_ = std::max(end_, static_cast<std::int64_t>(std::ceil(to)));
  }
  // Nothing limits the memory but its latency.
  if (done.spans.empty()) {
    const auto start = static_cast<double>(done.start);
    passings_.push_back({done.engine, start, start + static_cast<double>(done.cycles), bytes});
  }
}

void Recording::record_rooms(const mappings::Program& program, const Execution::Done& done) {
  const Operation& operation = program.operations[done.operation];
  const auto is_room = [&](std::size_t token) {
    return program.tokens[token].lack == Lack::kSpace && program.tokens[token].keep.valid();
  };
  for (const mappings::Take& take : operation.takes)
    if (is_room(take.token) && take.when.holds(*done.at))
      rooms_.push_back({done.start, take.token, 1});
  const std::int64_t end =
      operation.kind == OperationKind::kTransfer ? done.delivered : done.start + done.cycles;
  for (const mappings::Give& give : operation.gives)
    if (is_room(give.token) && give.when.holds(*done.at))
      rooms_.push_back({give.at_end ? end : done.start + give.delay, give.token, -1});
}

std::vector<Recording::Room> Recording::rooms() const {
  std::vector<Room> sorted = rooms_;
  // What is given back counts before what is taken in the same cycle.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Room& a, const Room& b) {
    return a.time != b.time ? a.time < b.time : a.change < b.change;
  });
  return sorted;
}

}  // namespace einfall::explore
