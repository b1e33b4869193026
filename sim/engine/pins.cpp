#include "sim/engine/pins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/ensure.hpp"
#include "sim/dram/bank_dram.hpp"

namespace einfall::sim {

using mappings::OperationKind;
using mappings::Program;
using mappings::Region;
using mappings::Wide;

namespace {

// The model's time begins anew when it has come so far.
constexpr Tick kFar = Tick{1} << 60;
// What is under way at any time takes no longer.
constexpr Tick kUnderWay = Tick{1} << 59;

// A cycle of the machine and a clock of the memory in ticks.
struct Ratio {
  std::int64_t per_cycle = 1, per_clock = 1;
};
Ratio ratio_of(const MemoryModel& model) {
  const std::int64_t device = model.banks->clock.value(), machine = model.clock.value();
  const std::int64_t common = std::gcd(device, machine);
  return {device / common, machine / common};
}

// Addresses of the tensors, each a multiple of `step`, and the end of the last; empty if they do
// not fit.
std::vector<std::int64_t> addresses(const Program& program, std::int64_t step) {
  std::vector<Wide> bytes;
  for (const Region& region : program.regions) {
    if (bytes.size() <= region.tensor) bytes.resize(region.tensor + 1, 0);
    bytes[region.tensor] =
        std::max(bytes[region.tensor], (Wide{region.elements} * region.bits + 7) / 8);
  }
  std::vector<std::int64_t> begins{0};
  for (const Region& region : program.regions)
    if (region.elements == Region::kHuge) return {};
  for (const Wide each : bytes) {
    const Wide end = begins.back() + (each + step - 1) / step * step;
    if (end > kFar) return {};
    begins.push_back(static_cast<std::int64_t>(end));
  }
  return begins;
}

// Every transfer once.
Wide bytes_under_way(const Program& program) {
  Wide bytes = 0;
  for (const mappings::Operation& op : program.operations)
    if (op.kind == OperationKind::kTransfer)
      for (const mappings::Movement& move : op.moves)
        bytes += Wide{move.words.full} * program.flows[move.flow].bits / 8 + 1;
  return bytes;
}

}  // namespace

std::optional<std::string> obstacle(const Program& program, const MemoryModel& model) {
  const Wide bytes = bytes_under_way(program);
  const auto small = static_cast<std::int64_t>(std::min<Wide>(bytes, kFar));
  if (!model.banks) {
    const auto& rate = program.bytes_per_cycle;
    if (rate == mappings::Exact(0) || bytes <= kUnderWay * rate.numerator() / rate.denominator())
      return std::nullopt;
    return fmt::format("transfers of {} B at a time take more than 2^59 cycles", small);
  }
  const Ratio ratio = ratio_of(model);
  // A burst is through after two intervals of refresh at the latest.
  const Wide slowest = Wide{2} * model.banks->clocks.refresh_interval * ratio.per_clock;
  const Wide waiting = Wide{program.memory_latency + 1} * ratio.per_cycle;
  if (waiting > kUnderWay || 8 * slowest > kUnderWay || bytes > (kUnderWay - waiting) / slowest)
    return fmt::format(
        "transfers of {} B at a time, of which a cycle has {} ticks and a clock of the memory {}, "
        "do not fit the time stamps of 63 bits",
        small, ratio.per_cycle, ratio.per_clock);
  if (addresses(program, AddressMap(*model.banks).row_stride()).empty())
    return "the tensors in the outermost memory take more than 2^60 B or 2^56 elements";
  return std::nullopt;
}

Pins::Pins(const Program& program, const MemoryModel& model, PinQueue::Before before)
    : program_(program), timing_(model.banks), latency_(program.memory_latency) {
  const mappings::Exact& rate = program.bytes_per_cycle;
  if (!model.banks && rate == mappings::Exact(0)) return;
  EINFALL_ENSURE(!obstacle(program, model), "a memory whose time stamps do not fit");
  if (!model.banks) {
    const PinQueue::Rate ticks{static_cast<std::int64_t>(rate.numerator()),
                               static_cast<std::int64_t>(rate.denominator())};
    queue_.emplace(ticks, std::move(before));
    return;
  }
  const Ratio ratio = ratio_of(model);
  per_cycle_ = ratio.per_cycle;
  per_clock_ = ratio.per_clock;
  model_ = std::make_unique<BankDram>(*model.banks, per_clock_);
  begins_ = addresses(program, model_->symmetry().bytes);
  writes_.resize(program.operations.size());
  for (const mappings::Engine& engine : program.engines)
    for (const std::size_t operation : engine.operations)
      writes_[operation] = engine.kind == mappings::EngineKind::kStore;
}

// In the model's time, which begins anew from time to time.
Tick Pins::tick(std::int64_t now) {
  Wide found = Wide{now} * per_cycle_ - origin_;
  if (found > kFar) {
    // Two intervals of refresh stay: before the first there is none.
    const Tick step = model_->symmetry().ticks;
    const Wide by = (found / step - 2) * step;
    for (Wide left = by; left > 0;) {
      const Tick most = static_cast<Tick>(std::min<Wide>(left, kFar / step * step));
      model_->shift(-most, {});
      left -= most;
    }
    origin_ += by;
    found -= by;
  }
  return static_cast<Tick>(found);
}

std::int64_t Pins::cycle(Tick tick) const {
  return static_cast<std::int64_t>((origin_ + tick + per_cycle_ - 1) / per_cycle_);
}

Pins::Passage Pins::pass(std::size_t engine, std::size_t operation, const mappings::Walker& at,
                         Wide bytes, std::int64_t now) {
  ++requests_;
  if (queue_) {
    const std::int64_t passed = queue_->ask(engine, operation, bytes, now);
    return {passed, passed + latency_, passed - now - queue_->alone(bytes)};
  }
  if (!model_) return {now, now + latency_, 0};
  DramRequest request;
  request.earliest = tick(now);
  request.bytes = base::Bytes(static_cast<std::int64_t>(bytes));
  request.write = writes_[operation];
  const DramCompletion done = access(operation, at, request);
  // The device has queues of its own: an engine asks for the next piece when all of this one is in
  // them, but no sooner than it could have moved it.
  const std::int64_t own = at_peak(bytes);
  const std::int64_t passed = std::max(cycle(done.accepted), now + own);
  const Passage passage{passed, cycle(done.last), passed - now - own};
  if (keeps_spans_) {
    if (spans_.size() <= engine) spans_.resize(engine + 1);
    spans_[engine] = {{in_cycles(done.first), in_cycles(done.last)}};
  }
  delivered_ = std::max(delivered_, passage.delivered);
  return passage;
}

// Whole cycles that so many bytes take on all pins of all channels.
std::int64_t Pins::at_peak(Wide bytes) const {
  const Wide cycles = bytes * per_clock_ * timing_->clock.value();
  const Wide of = Wide{timing_->peak().value()} * per_cycle_;
  return static_cast<std::int64_t>((cycles + of - 1) / of);
}

const std::vector<PinQueue::Delay>& Pins::delays() const {
  static const std::vector<PinQueue::Delay> kNone;
  return queue_ ? queue_->delays() : kNone;
}

double Pins::in_cycles(Tick tick) const {
  return static_cast<double>(origin_ + tick) / static_cast<double>(per_cycle_);
}

void Pins::keep_spans() {
  keeps_spans_ = true;
  if (queue_) queue_->keep_spans();
}

PinQueue::Spans Pins::spans(std::size_t engine) const {
  if (queue_) return queue_->spans(engine);
  return engine < spans_.size() ? spans_[engine] : PinQueue::Spans{};
}

void Pins::append_state(std::int64_t now, std::vector<Wide>& state, bool with_tick) const {
  if (queue_) queue_->append_state(now, state, with_tick);
}

void Pins::shift(std::int64_t cycles) {
  if (queue_) queue_->shift(cycles);
}

// The request's bytes in the operation's region, run by run.
DramCompletion Pins::access(std::size_t operation, const mappings::Walker& at,
                            DramRequest request) {
  const Region& region = program_.regions[operation];
  region.box(at, box_);
  std::size_t axis = region.axes.size();
  std::int64_t run = 1, first = 0;
  while (axis > 0 && box_[axis - 1].length == region.axes[axis - 1].extent) --axis;
  if (axis > 0) {
    --axis;
    run = box_[axis].length * region.axes[axis].stride;
  } else {
    run = region.elements;
  }
  for (std::size_t a = 0; a < region.axes.size(); ++a)
    first += box_[a].begin * region.axes[a].stride;
  DramCompletion done;
  std::int64_t left = request.bytes.value(), flat = first;
  at_.assign(axis, 0);
  while (left > 0) {
    const std::int64_t begin = flat * region.bits / 8;
    const std::int64_t end = ((flat + run) * region.bits + 7) / 8;
    request.address = begins_[region.tensor] + begin;
    request.bytes = base::Bytes(std::min(end - begin, left));
    left -= request.bytes.value();
    const DramCompletion one = model_->access(request);
    done.accepted = std::max(done.accepted, one.accepted);
    done.last = std::max(done.last, one.last);
    for (std::size_t a = axis; a > 0; --a) {
      flat += region.axes[a - 1].stride;
      if (++at_[a - 1] < box_[a - 1].length) break;
      flat -= box_[a - 1].length * region.axes[a - 1].stride;
      at_[a - 1] = 0;
    }
  }
  return done;
}

Tick Pins::phase(std::int64_t now) const {
  if (!has_phase()) return 0;
  return static_cast<Tick>((Wide{now} * per_cycle_ - origin_) % model_->symmetry().ticks);
}

Pins::State Pins::state(std::int64_t now) {
  State out;
  if (!model_) return out;
  out.phase = phase(now);
  out.counters = counters();
  model_->append_relative_state(tick(now), out.timing, out.open);
  return out;
}

std::size_t Pins::tensor_at(std::int64_t address) const {
  const auto behind = std::upper_bound(begins_.begin(), begins_.end(), address);
  return static_cast<std::size_t>(behind - begins_.begin()) - 1;
}

std::optional<std::vector<std::int64_t>> Pins::repeats(const State& before, const State& here,
                                                       const std::vector<Shift>& shifts) const {
  if (before.timing != here.timing) return std::nullopt;
  if (!timing_) return std::vector<std::int64_t>{};
  std::vector<std::optional<std::int64_t>> by(begins_.size());  // by tensor
  for (const Shift& shift : shifts) {
    auto& known = by[program_.regions[shift.operation].tensor];
    if (!shift.bytes || *shift.bytes % model_->symmetry().bytes != 0 ||
        (known && *known != *shift.bytes))
      return std::nullopt;
    known = shift.bytes;
  }
  std::vector<std::int64_t> moves(here.open.size(), 0);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if ((before.open[i] < 0) != (here.open[i] < 0)) return std::nullopt;
    if (before.open[i] < 0) continue;
    moves[i] = by[tensor_at(before.open[i])].value_or(0);
    if (before.open[i] + moves[i] != here.open[i]) return std::nullopt;
  }
  return moves;
}

void Pins::skip(const State& before, const State& here, std::vector<std::int64_t> moves,
                std::int64_t times, std::int64_t cycles) {
  origin_ += Wide{cycles} * per_cycle_;
  delivered_ += cycles;
  for (std::int64_t& move : moves) move *= times;
  if (model_ && !moves.empty()) model_->shift(0, moves);
  const auto more = [&](std::int64_t DramCounters::*count) {
    skipped_.*count += times * (here.counters.*count - before.counters.*count);
  };
  for (const auto count :
       {&DramCounters::row_hits, &DramCounters::activations, &DramCounters::outstanding,
        &DramCounters::data, &DramCounters::turnaround, &DramCounters::refreshing})
    more(count);
  skipped_.moved +=
      base::Bytes(times * (here.counters.moved.value() - before.counters.moved.value()));
}

DramCounters Pins::counters() const {
  DramCounters all = model_->counters();
  for (const auto count :
       {&DramCounters::row_hits, &DramCounters::activations, &DramCounters::outstanding,
        &DramCounters::data, &DramCounters::turnaround, &DramCounters::refreshing})
    all.*count += skipped_.*count;
  all.moved += skipped_.moved;
  return all;
}

PinsUse Pins::use(std::int64_t cycles) const {
  const DramCounters counted = counters();
  const auto& device = timing_->organization;
  // Sums of clocks over all channels and ranks.
  const Wide parts = Wide{device.channels} * device.ranks;
  const auto in_cycles = [&](Wide clocks) {
    const Wide per = parts * per_cycle_;
    return std::min(cycles, static_cast<std::int64_t>((clocks * per_clock_ + per - 1) / per));
  };
  const std::int64_t asked = in_cycles(counted.outstanding * parts);
  Wide sum = 0;
  std::int64_t before = 0;
  const auto next = [&](Wide clocks) {
    sum += clocks;
    const std::int64_t until = std::min(asked, in_cycles(sum));
    return until - std::exchange(before, until);
  };
  PinsUse use;
  use.data = next(Wide{counted.data} * device.ranks);
  use.turnaround = next(Wide{counted.turnaround} * device.ranks);
  use.refresh = next(Wide{counted.refreshing} * device.channels);
  use.bank = asked - before;
  use.idle = cycles - asked;
  return use;
}

}  // namespace einfall::sim
