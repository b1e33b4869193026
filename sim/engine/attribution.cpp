#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ensure.hpp"
#include "sim/engine/execution.hpp"

// The books of a run: what each engine's cycles went to, and who waits for whom.
namespace einfall::sim {

using mappings::Give;
using mappings::Operation;

std::string_view name(Stall stall) {
  constexpr std::array<std::string_view, kStalls> kNames{
      "operand", "dependence", "space", "barrier", "port", "turnaround", "refresh", "bank", "idle"};
  return kNames[static_cast<std::size_t>(stall)];
}

Stall Execution::waits_for(const EngineState& state) const {
  if (state.step == Step::kBarrier) return Stall::kBarrier;
  const std::vector<mappings::Take>& takes = state.op->takes;
  return state.take < takes.size() ? tokens_[takes[state.take].token].stall : Stall::kDependence;
}

void Execution::attribute(EngineState& state, EngineUse& use, Stall stall, std::int64_t now) {
  if (now == state.since) return;
  use.stalls[static_cast<std::size_t>(stall)] += now - state.since;
  if (observer_)
    waits_[static_cast<std::size_t>(&state - engines_.data())].push_back({stall, state.since, now});
  state.since = now;
}

// For an observer: others have the pins before a piece and where they interrupt it.
void Execution::note_held(std::size_t engine, std::int64_t now) {
  const EngineState& state = engines_[engine];
  std::int64_t left = state.held;
  std::int64_t from = state.started;
  const auto note = [&](std::int64_t begin, std::int64_t end) {
    if (begin >= end) return;
    waits_[engine].push_back({Stall::kPort, begin, end});
    left -= end - begin;
  };
  if (left == 0) return;
  for (const auto& [begin, end] : pins_.spans(engine)) {
    note(from, std::min(from + left, static_cast<std::int64_t>(std::ceil(begin))));
    from = static_cast<std::int64_t>(std::ceil(end));
  }
  note(now - left, now);
}

// As if the books were closed at `now`, so that differences are those of the time between.
std::vector<EngineUse> Execution::use_until(std::int64_t now) const {
  std::vector<EngineUse> use = use_;
  for (std::size_t e = 0; e < engines_.size(); ++e) {
    const EngineState& engine = engines_[e];
    if (engine.step == Step::kBusy) {
      const std::int64_t held = std::min(engine.held, engine.until - now);
      use[e].busy -= engine.until - now - held;
      use[e].stalls[static_cast<std::size_t>(Stall::kPort)] -= held;
    } else if (engine.step == Step::kBarrier || engine.step == Step::kTake)
      use[e].stalls[static_cast<std::size_t>(waits_for(engine))] += now - engine.since;
  }
  return use;
}

void Execution::close() {
  EINFALL_ENSURE(finished(), "some engines have not finished");
  for (std::size_t e = 0; e < engines_.size(); ++e)
    attribute(engines_[e], use_[e], Stall::kIdle, end_);
}

std::optional<std::size_t> Execution::giver_of(std::size_t token) const {
  for (std::size_t e = 0; e < program_.engines.size(); ++e)
    for (const std::size_t o : program_.engines[e].operations)
      for (const Give& given : program_.operations[o].gives)
        if (given.token == token) return e;
  return std::nullopt;
}

std::optional<std::size_t> Execution::missing_at(std::size_t barrier) const {
  for (const std::size_t e : program_.barriers[barrier])
    if (engines_[e].step != Step::kBarrier && engines_[e].step != Step::kDone) return e;
  return std::nullopt;
}

std::vector<Execution::Waiting> Execution::waiting() const {
  std::vector<Waiting> all;
  for (std::size_t e = 0; e < engines_.size(); ++e) {
    const EngineState& state = engines_[e];
    if (state.step == Step::kDone) continue;
    const Operation& operation = program_.operations[state.operation];
    const std::string& name = program_.engines[e].name;
    Waiting waiting{e, state.operation, std::nullopt, std::nullopt, {}};
    if (state.step == Step::kBarrier) {
      waiting.giver = missing_at(operation.barrier);
      waiting.text = fmt::format("{} waits at a barrier for the other units", name);
    } else if (state.step == Step::kTake) {
      waiting.token = operation.takes[state.take].token;
      waiting.giver = giver_of(*waiting.token);
      const mappings::Token& token = program_.tokens[*waiting.token];
      waiting.text = fmt::format("{} cannot begin {}: {} '{}' is missing", name, operation.name,
                                 mappings::name(token.lack), token.what);
      if (waiting.giver)
        waiting.text += fmt::format(", which {} gives", program_.engines[*waiting.giver].name);
    } else {
      waiting.text = fmt::format("{} is busy with {}", name, operation.name);
    }
    all.push_back(std::move(waiting));
  }
  return all;
}

}  // namespace einfall::sim
