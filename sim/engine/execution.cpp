#include "sim/engine/execution.hpp"

#include <algorithm>

#include "sim/engine/snapshot.hpp"

namespace einfall::sim {

using mappings::Engine;
using mappings::Give;
using mappings::Lack;
using mappings::Movement;
using mappings::Operation;
using mappings::OperationKind;
using mappings::Program;
using mappings::Wide;

namespace {

Stall stall_of(Lack lack) {
  switch (lack) {
    case Lack::kOperand:
      return Stall::kOperand;
    case Lack::kDependence:
      return Stall::kDependence;
    case Lack::kSpace:
      return Stall::kSpace;
    case Lack::kBarrier:
      return Stall::kBarrier;
  }
  return Stall::kDependence;
}

void add(boost::circular_buffer<std::int64_t>& times, std::int64_t time) {
  if (times.full()) times.set_capacity(2 * times.capacity() + 2);
  times.push_back(time);
}

}  // namespace

Execution::~Execution() = default;

Execution::Execution(const Program& program, const ExecutionOptions& options)
    : program_(program),
      options_(options),
      cursors_(program.operations.begin(), program.operations.end()),
      precedence_(program, cursors_),
      pins_(program, options.memory,
            [this](std::size_t a, std::size_t b) { return precedence_.before(a, b); }),
      ports_(program),
      engines_(program.engines.size()),
      tokens_(program.tokens.size()),
      barriers_(program.barriers.size()),
      carried_(program.operations.size(), 0),
      use_(program.engines.size()),
      waits_(program.engines.size()),
      words_(program.flows.size(), 0),
      profile_(program, options.slowest) {
  for (const Engine& engine : program.engines) turns_.emplace_back(program, engine, cursors_);
  for (std::size_t t = 0; t < tokens_.size(); ++t) {
    tokens_[t].ready = program.tokens[t].initial;
    tokens_[t].stall = stall_of(program.tokens[t].lack);
  }
  unfinished_ = engines_.size();
  prepare_fast_forward();
}

void Execution::wake(std::size_t engine) {
  if (engines_[engine].called) return;
  engines_[engine].called = true;
  woken_.push_back(engine);
}

void Execution::observe(Observer observer) {
  observer_ = std::move(observer);
  pins_.keep_spans();
}

// The engine's next visit; false if it has none.
bool Execution::choose(std::size_t engine) {
  EngineState& state = engines_[engine];
  if (turns_[engine].over()) {
    state.step = Step::kDone;
    --unfinished_;
    return false;
  }
  state.operation = turns_[engine].next();
  state.op = &program_.operations[state.operation];
  state.at = &cursors_[state.operation].at();
  state.take = 0;
  state.step = Step::kTake;
  return true;
}

void Execution::give(const Give& given, std::int64_t time, std::int64_t now) {
  TokenState& token = tokens_[given.token];
  if (time <= now && token.coming.empty())
    ++token.ready;
  else
    add(token.coming, time);
  if (token.waiting != 0) wake(token.waiting - 1);
}

// Takes tokens one after another; when it has to go on: `now` if it has them all.
Wake Execution::take(std::size_t engine, std::int64_t now) {
  EngineState& state = engines_[engine];
  const std::vector<mappings::Take>& takes = state.op->takes;
  for (; state.take < takes.size(); ++state.take) {
    const mappings::Take& wanted = takes[state.take];
    if (!wanted.when.holds(*state.at)) continue;
    TokenState& token = tokens_[wanted.token];
    while (!token.coming.empty() && token.coming.front() <= now) {
      token.coming.pop_front();
      ++token.ready;
    }
    if (token.ready == 0) {
      token.waiting = engine + 1;
      return Wake{token.coming.empty() ? Wake::kNever : token.coming.front()};
    }
    token.waiting = 0;
    --token.ready;
    attribute(state, use_[engine], token.stall, now);
  }
  return {now};
}

void Execution::start(std::size_t engine, std::int64_t now) {
  EngineState& state = engines_[engine];
  const Operation& operation = *state.op;
  const mappings::Walker& at = *state.at;
  EngineUse& use = use_[engine];
  ++visits_;
  if (use.visits++ == 0) use.fill = use.stalls;
  Wide bytes = 0;
  for (const Movement& move : operation.moves) {
    if (!move.when.holds(at)) continue;
    const std::int64_t words = move.words.at(at);
    words_[move.flow] += words;
    bytes += transfer_bytes(state.operation, move, words);
    ports_.ask(move.flow, words);
  }
  state.step = Step::kBusy;
  state.started = now;
  state.held = 0;
  profile_.began(engine, state.operation, now);
  std::int64_t issue = 0;
  if (operation.kind == OperationKind::kTransfer) {
    Pins::Passage passage{now, now, 0};
    if (bytes > 0) {
      passage = pins_.pass(engine, state.operation, at, bytes, now);
      for (const PinQueue::Delay& delay : pins_.delays()) hold(delay, now);
    }
    issue = passage.passed - now;
    state.delivered = passage.delivered;
    state.held = passage.held;
  } else {
    issue = operation.issue_at(at);
    state.sooner = operation.sooner_at(at);
    state.delivered = now + issue;
    end_ = std::max({end_, now + issue, now + operation.complete - state.sooner});
  }
  state.until = now + issue;
  use.busy += issue - state.held;
  use.stalls[static_cast<std::size_t>(Stall::kPort)] += state.held;
  state.since = state.until;
  for (const Give& given : operation.gives)
    if (!given.at_end && given.when.holds(at))
      give(given, now + given.delay - (given.of_last ? state.sooner : 0), now);
  ports_.begin(engine, issue, now);
  if (watcher_ != nullptr) watcher_->began(state.operation, at, now);
}

// An operation under way ends later; so do its values that are not there yet.
void Execution::hold(const Ports::Delay& delay, std::int64_t now) {
  EngineState& state = engines_[delay.engine];
  const Operation& operation = *state.op;
  state.until += delay.cycles;
  state.delivered += delay.cycles;
  state.since += delay.cycles;
  state.held += delay.cycles;
  use_[delay.engine].stalls[static_cast<std::size_t>(Stall::kPort)] += delay.cycles;
  if (operation.kind == OperationKind::kTile)
    end_ = std::max(
        {end_, state.until, state.started + operation.complete - state.sooner + state.held});
  for (const Give& given : operation.gives) {
    if (given.at_end || given.by_clock || !given.when.holds(*state.at)) continue;
    auto& coming = tokens_[given.token].coming;
    // The last one that was given is that of this operation.
    if (!coming.empty() && coming.back() > now) coming.back() += delay.cycles;
  }
}

// A piece under way lets another pass.
void Execution::hold(const PinQueue::Delay& delay, std::int64_t now) {
  EngineState& state = engines_[delay.engine];
  if (state.started == now) ports_.lengthen(delay.engine, delay.cycles);
  state.until += delay.cycles;
  state.delivered += delay.cycles;
  state.since += delay.cycles;
  state.held += delay.cycles;
  use_[delay.engine].stalls[static_cast<std::size_t>(Stall::kPort)] += delay.cycles;
}

// Bytes that pass the pins; fractions of a byte (a tensor that is only partly resident) wait for
// the next piece.
Wide Execution::transfer_bytes(std::size_t index, const Movement& move, std::int64_t words) {
  if (program_.operations[index].kind != OperationKind::kTransfer) return 0;
  const mappings::Flow& flow = program_.flows[move.flow];
  const bool leaves = flow.from == mappings::Place{true, 0};
  const mappings::Exact& share = leaves ? flow.from_share : flow.to_share;
  const Wide parts = Wide{words} * flow.bits * share.numerator() + carried_[index];
  const Wide of = Wide{8} * share.denominator();
  carried_[index] = parts % of;
  return parts / of;
}

void Execution::finish(std::size_t engine, std::int64_t now) {
  EngineState& state = engines_[engine];
  const Operation& operation = *state.op;
  const mappings::Walker& at = *state.at;
  profile_.ended(engine, now);
  if (observer_) {
    note_held(engine, now);
    if (!observer_({engine, state.operation, state.started, now - state.started, state.delivered,
                    &at, &waits_[engine], pins_.spans(engine)}))
      observer_ = nullptr;
    waits_[engine].clear();
  }
  if (watcher_ != nullptr) watcher_->ended(state.operation, at, now, state.delivered);
  for (const Give& given : operation.gives)
    if (given.at_end && given.when.holds(at))
      give(given, operation.kind == OperationKind::kTransfer ? state.delivered : now, now);
  if (operation.kind == OperationKind::kTransfer) end_ = std::max(end_, state.delivered);
  advance(engine, now);
}

// Moves the cursor on; where iterations of loops begin that the operation leads, a steady state may
// be skipped.
void Execution::advance(std::size_t engine, std::int64_t now) {
  const std::size_t index = engines_[engine].operation;
  mappings::Cursor& cursor = cursors_[index];
  const bool may_skip =
      !levels_[index].empty() && options_.fast_forward && !observer_ && watcher_ == nullptr;
  if (may_skip) before_ = cursor.at().digits();
  cursor.next();
  turns_[engine].moved_on();
  if (!may_skip) return;
  if (cursor.done()) return forget(levels_[index]);
  // The outermost level that stepped.
  const auto& after = cursor.at().digits();
  const auto stepped = std::mismatch(before_.begin(), before_.end(), after.begin());
  if (stepped.first == before_.end()) return;
  iteration_ = {index, static_cast<std::size_t>(stepped.first - before_.begin()), now};
}

Wake Execution::resume(std::size_t engine, std::int64_t now) {
  woken_.clear();
  skipped_ = 0;
  if (watcher_ != nullptr && watcher_->stopped()) return {};
  if (ports_.unsettled() && now > ports_.at()) {
    const std::int64_t began = ports_.at();
    for (const Ports::Delay& delay : ports_.settle()) hold(delay, began);
  }
  EngineState& state = engines_[engine];
  state.called = false;
  for (;;) {
    switch (state.step) {
      case Step::kDone:
        return {};
      case Step::kBusy:
        if (now < state.until) return {state.until};
        finish(engine, now);
        state.step = Step::kChoose;
        break;
      case Step::kBarrier: {
        if (barriers_[state.op->barrier].generation == state.generation) return {};
        attribute(state, use_[engine], Stall::kBarrier, now);
        for (const Give& given : state.op->gives)
          if (given.when.holds(*state.at)) give(given, now, now);
        advance(engine, now);
        state.step = Step::kChoose;
        break;
      }
      case Step::kChoose:
        if (!choose(engine)) return {};
        if (iteration_) {
          const Iteration begun = *iteration_;
          iteration_.reset();
          if (const std::int64_t cycles = began_iteration(begun)) {
            skipped_ += cycles;
            now += cycles;
          }
        }
        break;
      case Step::kTake: {
        const Wake ready = take(engine, now);
        if (ready.at != now) return ready;
        if (state.op->kind == OperationKind::kBarrier)
          arrive(engine);
        else
          start(engine, now);
        break;
      }
    }
  }
}

// The last to arrive lets all others go on.
void Execution::arrive(std::size_t engine) {
  EngineState& state = engines_[engine];
  const std::size_t number = state.op->barrier;
  BarrierState& barrier = barriers_[number];
  state.step = Step::kBarrier;
  state.generation = barrier.generation;
  if (++barrier.arrived < program_.barriers[number].size()) return;
  barrier.arrived = 0;
  ++barrier.generation;
  for (const std::size_t other : program_.barriers[number])
    if (other != engine) wake(other);
}

}  // namespace einfall::sim
