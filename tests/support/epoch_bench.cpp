#include "tests/support/epoch_bench.hpp"

#include <algorithm>
#include <random>

namespace einfall::tests {
namespace {

using sim::Slot;

/// A list of steps in the cycles that its dependences ask for, taken as operands come.
class Sequencer {
 public:
  Sequencer(Steps steps, const sim::UnitSpec& unit) : steps_(std::move(steps)) {
    sim::Program program;
    for (const Step& step : steps_) program.push_back(step.instruction);
    slots_ = paced(program, unit);
  }
  [[nodiscard]] bool done() const { return slot_ == slots_.size(); }
  /// Null: a bubble.
  [[nodiscard]] const Step* offered() const {
    return !done() && slots_[slot_] ? &steps_[step_] : nullptr;
  }
  /// A bubble passes whatever happens, an instruction when it is issued.
  void took(Slot slot) {
    if (done()) return;
    if (slots_[slot_]) {
      if (slot != Slot::kIssued) return;
      ++step_;
    }
    ++slot_;
  }

 private:
  Steps steps_;
  sim::Slots slots_;
  std::size_t slot_ = 0, step_ = 0;
};

/// Rows that are written lane by lane and read whole.
class RowMemory {
 public:
  RowMemory(int rows, int lanes)
      : rows_(rows, std::vector<float>(lanes)), promised_(rows), arrived_(rows), next_(lanes) {}

  void promise(int row) {
    ++promised_[row];
    order_.push_back(row);
  }
  void write(std::span<const sim::Word> words) {
    for (std::size_t lane = 0; lane < words.size(); ++lane)
      if (words[lane].valid) {
        const int row = order_[next_[lane]++];
        rows_[row][lane] = words[lane].value;
        if (lane + 1 == words.size()) ++arrived_[row];
      }
  }
  /// Empty while words of it are under way.
  [[nodiscard]] std::span<const float> read(int row) const {
    if (arrived_[row] != promised_[row]) return {};
    return rows_[row];
  }
  [[nodiscard]] const Rows& rows() const { return rows_; }

 private:
  Rows rows_;
  std::vector<int> promised_, arrived_;
  std::vector<int> order_;
  std::vector<std::size_t> next_;
};

}  // namespace

sim::ArraySpec array_spec(const EpochShape& shape, const EpochTiming& timing) {
  sim::ArraySpec spec;
  spec.rows = shape.rows;
  spec.columns = shape.columns;
  spec.unit.registers = array_registers(shape);
  spec.unit.constants = sim::constants_for(
      base::numerics::Exponential({base::numerics::Implementation::Kind::kPolynomial, 6},
                                  base::numerics::Rounder(base::numerics::kFp32)));
  spec.unit.operators = timing.array;
  spec.unit.hop = timing.hop;
  spec.queue_depth = shape.distance + 1;
  return spec;
}

sim::LanesSpec lanes_spec(const EpochShape& shape, const EpochTiming& timing) {
  sim::LanesSpec spec;
  spec.lanes = shape.columns;
  spec.unit = array_spec(shape, timing).unit;
  spec.unit.registers = lane_registers(shape);
  spec.unit.operators = timing.lanes;
  spec.foot_depth = timing.foot_depth;
  return spec;
}

EpochInputs random_inputs(const EpochShape& shape, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<float> value(-1, 1);
  const base::numerics::Rounder bf16(base::numerics::kBf16);
  const auto rows = [&](int count, int lanes) {
    Rows out(static_cast<std::size_t>(count), std::vector<float>(static_cast<std::size_t>(lanes)));
    for (auto& row : out)
      for (float& v : row) v = static_cast<float>(bf16(value(engine)));
    return out;
  };
  return {rows(shape.all_tiles() * shape.depth, shape.rows),
          rows(shape.all_tiles() * shape.values, shape.rows),
          rows(shape.blocks * shape.depth, shape.columns)};
}

EpochResult run_epochs(const EpochShape& shape, const EpochTiming& timing,
                       const EpochInputs& inputs) {
  sim::Wavefront array(array_spec(shape, timing));
  sim::Lanes lanes(lanes_spec(shape, timing));
  Sequencer array_program(array_steps(shape), array.spec().unit);
  Sequencer lanes_program(lane_steps(shape), lanes.spec().unit);
  RowMemory memory((1 + shape.blocks) * shape.values, shape.columns);
  EpochResult result;
  std::int64_t last_progress = 0;
  const std::int64_t drain = array.spec().foot_delay() + 4 * array.spec().depth();
  while (!array_program.done() || !lanes_program.done() || array.cycle() < last_progress + drain) {
    memory.write(lanes.memory());
    sim::ArrayInput to_array;
    const Step* step = array_program.offered();
    const bool held = step != nullptr && array.cycle() < step->epoch * timing.interval;
    if (step != nullptr && !held) {
      to_array.instruction = &step->instruction;
      if (step->key >= 0) to_array.left = inputs.keys[step->key];
      if (step->value >= 0) to_array.left = inputs.values[step->value];
      if (step->query >= 0) to_array.top = inputs.queries[step->query];
    }
    const std::vector<sim::Word> up(lanes.link().begin(), lanes.link().end());
    to_array.lanes = up;
    sim::LanesInput to_lanes;
    const Step* lane_step = lanes_program.offered();
    if (lane_step != nullptr) {
      to_lanes.instruction = &lane_step->instruction;
      if (lane_step->memory_in >= 0) to_lanes.memory = memory.read(lane_step->memory_in);
    }
    to_lanes.foot = array.foot();
    const Slot lanes_slot = lanes.tick(to_lanes);
    if (lanes_slot == Slot::kIssued && lane_step->memory_out >= 0)
      memory.promise(lane_step->memory_out);
    lanes_program.took(lanes_slot);
    const std::int64_t now = array.cycle();
    const Slot array_slot = array.tick(to_array);
    if (array_slot == Slot::kIssued && step->epoch >= 0) {
      result.epoch_starts.push_back(now);
      if (step->epoch == shape.all_tiles()) result.waiting_in_flow = lanes.most_waiting();
    }
    if (!held) array_program.took(array_slot);
    if (array_slot == Slot::kIssued || lanes_slot == Slot::kIssued) last_progress = now;
    if (array.fault()) result.problem = "array: " + text(*array.fault());
    if (lanes.fault()) result.problem = "lanes: " + text(*lanes.fault());
    if (now > last_progress + drain + 64) result.problem = "nothing moves";
    if (!result.problem.empty()) break;
  }
  for (int row = shape.values; row < (1 + shape.blocks) * shape.values; ++row)
    result.attention.push_back(memory.rows()[row]);
  result.cycles = last_progress;
  result.array_issued = array.slots(Slot::kIssued);
  result.lanes_issued = lanes.slots(Slot::kIssued);
  result.waiting = lanes.most_waiting();
  return result;
}

}  // namespace einfall::tests
