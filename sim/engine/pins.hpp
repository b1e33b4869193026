#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mappings/program/program.hpp"
#include "sim/dram/dram.hpp"
#include "sim/engine/pin_queue.hpp"

namespace einfall::sim {

/// Which model of the outermost memory a run uses.
struct MemoryModel {
  /// The device, with all its banks; null: bandwidth and latency, as the program says.
  std::shared_ptr<const arch::DramTiming> banks;
  base::Hertz clock{1};  // of the machine, for a device with a clock of its own
};

/// Why stamps of a run could leave 63 bits, or an address; nullopt if neither can. How long the run
/// is does not matter.
[[nodiscard]] std::optional<std::string> obstacle(const mappings::Program& program,
                                                  const MemoryModel& model);

/// How the pins of a memory modelled by its banks spent the run, mean over channels, in cycles;
/// adds up to the run. `turnaround`, `refresh`: they rested for that while something was asked for;
/// `bank`: for anything else of a bank (rows to be opened, bank groups, other channels served).
struct PinsUse {
  std::int64_t data = 0, turnaround = 0, refresh = 0, bank = 0, idle = 0;
};

/// The outermost memory as the engines see it: pins that serve them in an order (pin_queue.hpp), or
/// banks, a Dram in their time, and the addresses of what they transfer. Banks take pieces as they
/// are asked for. Tensors lie one after another in the order of their ids, each from the first bank
/// on, row-major. Times in whole cycles; what is less than a cycle is kept exactly.
class Pins {
 public:
  /// Precondition: no obstacle.
  Pins(const mappings::Program& program, const MemoryModel& model, PinQueue::Before before);

  struct Passage {
    std::int64_t passed = 0;     // the engine may ask for its next piece
    std::int64_t delivered = 0;  // the data can be used
    /// Cycles until it passed in which others have the pins; of banks those beyond what it would
    /// take at their peak, in which their queues are full.
    std::int64_t held = 0;
  };
  /// An engine's transfer (the operation, at its visit) asks for `bytes` at `now`, at least one:
  /// those of its region from the beginning, and from there again if it has less.
  Passage pass(std::size_t engine, std::size_t operation, const mappings::Walker& at,
               mappings::Wide bytes, std::int64_t now);
  /// Whose piece passes later, and its data come later, for the sake of the last one.
  [[nodiscard]] const std::vector<PinQueue::Delay>& delays() const;

  /// When the piece of an engine that passes now had the pins, from now on kept; of banks from when
  /// its first byte passes to when its last has, later than the engine's own end.
  void keep_spans();
  [[nodiscard]] PinQueue::Spans spans(std::size_t engine) const;

  // Skipping. The state repeats if its future looks the same relative to the time and, row by row,
  // to the tensors; and as long as nobody asks, it does not matter. That of a queue is a vector of
  // its own.
  void append_state(std::int64_t now, std::vector<mappings::Wide>& state, bool with_tick) const;
  void shift(std::int64_t cycles);
  [[nodiscard]] const std::optional<PinQueue>& queue() const { return queue_; }
  [[nodiscard]] std::optional<PinQueue>& queue() { return queue_; }
  void take_over(const std::optional<PinQueue>& queue) {
    if (queue_) queue_->take_over(*queue);
  }
  struct State {
    Tick phase = 0;
    std::vector<std::int64_t> timing, open;
    DramCounters counters;
  };
  [[nodiscard]] std::int64_t requests() const { return requests_; }
  /// When the latest data that were asked for can be used.
  [[nodiscard]] std::int64_t delivered() const { return delivered_; }
  /// Equal states have equal phases; a short question.
  [[nodiscard]] Tick phase(std::int64_t now) const;
  /// Phases differ in general.
  [[nodiscard]] bool has_phase() const { return model_ && model_->symmetry().ticks > 1; }
  [[nodiscard]] State state(std::int64_t now);
  /// Bytes by which the pieces of an operation move from one period to the next; nullopt: not by
  /// the same everywhere.
  struct Shift {
    std::size_t operation = 0;
    std::optional<std::int64_t> bytes;
  };
  /// `shifts`: of all operations that asked between the two. How each open row moves in a period;
  /// nullopt: the state does not repeat.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> repeats(
      const State& before, const State& here, const std::vector<Shift>& shifts) const;
  /// Goes on behind `times` more periods of together `cycles` since `before`.
  void skip(const State& before, const State& here, std::vector<std::int64_t> moves,
            std::int64_t times, std::int64_t cycles);

  /// Of a run of so many cycles. Only where banks are modelled.
  [[nodiscard]] PinsUse use(std::int64_t cycles) const;
  [[nodiscard]] bool by_banks() const { return timing_ != nullptr; }
  [[nodiscard]] DramCounters counters() const;

 private:
  Tick tick(std::int64_t now);
  [[nodiscard]] std::int64_t cycle(Tick tick) const;  // the first not before it
  [[nodiscard]] double in_cycles(Tick tick) const;
  DramCompletion access(std::size_t operation, const mappings::Walker& at, DramRequest request);
  [[nodiscard]] std::int64_t at_peak(mappings::Wide bytes) const;
  [[nodiscard]] std::size_t tensor_at(std::int64_t address) const;

  const mappings::Program& program_;
  std::shared_ptr<const arch::DramTiming> timing_;
  std::optional<PinQueue> queue_;
  std::unique_ptr<Dram> model_;       // of banks; neither: nothing limits it but its latency
  std::int64_t latency_ = 0;          // cycles
  std::int64_t per_cycle_ = 1;        // ticks; where there is a model
  std::int64_t per_clock_ = 1;        // ticks; of the device
  mappings::Wide origin_ = 0;         // where the model's time began
  std::vector<bool> writes_;          // by operation
  std::vector<std::int64_t> begins_;  // by tensor: its address; then the end of all
  bool keeps_spans_ = false;
  std::vector<PinQueue::Spans> spans_;  // by engine, of banks
  std::int64_t requests_ = 0;
  std::int64_t delivered_ = 0;
  DramCounters skipped_;
  std::vector<mappings::Region::Range> box_;
  std::vector<std::int64_t> at_;  // of the axes outside a run
};

}  // namespace einfall::sim
