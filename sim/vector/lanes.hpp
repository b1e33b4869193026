#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/array/arithmetic.hpp"
#include "sim/array/fault.hpp"
#include "sim/array/scoreboard.hpp"
#include "sim/array/unit_spec.hpp"
#include "sim/array/word_queue.hpp"

namespace einfall::sim {

/// A vector array: an instruction issued at cycle t runs in lane c at t + c * hop, in step with the
/// words that leave the feet of a spatial array of the same hop.
struct LanesSpec {
  int lanes = 1;
  UnitSpec unit;
  /// Words from the foot that wait in each lane; they lie in its register file, beside `registers`.
  int foot_depth = 1;
};

/// What stands at the edges in one cycle.
struct LanesInput {
  const Instruction* instruction = nullptr;  // offered; taken if tick() returns kIssued
  /// The row of a memory for the offered instruction, one word a lane; empty: not there.
  std::span<const float> memory;
  /// Words that leave the feet of the columns this cycle, one for each lane, or empty.
  std::span<const Word> foot;
};

/// The vector array, word-stepped: every lane in every cycle, with values, bit- and cycle-exact.
/// Ready/valid as in the spatial array: an instruction whose memory row is not there, or for whose
/// first lane no word from the foot is, waits; further lanes must have theirs hop after hop, and a
/// word from the foot must find room, else the run ends in a fault. A result leaves on the link or
/// to a memory `latency` cycles after it was issued, lane by lane. A cycle costs O(lanes).
class Lanes {
 public:
  /// Precondition: lanes >= 1, hop >= 1, foot_depth >= 1, registers 1 to 254.
  explicit Lanes(LanesSpec spec);

  /// Words on the link to the top of the columns, and to a memory, in the current cycle.
  [[nodiscard]] std::span<const Word> link() const { return now(kToLink); }
  [[nodiscard]] std::span<const Word> memory() const { return now(kToMemory); }
  /// What tick() would say of the offered instruction, faults of words in that cycle left aside.
  [[nodiscard]] Slot preview(const LanesInput& input) const;
  /// One cycle; what became of the offered instruction. Does nothing after a fault.
  Slot tick(const LanesInput& input);

  [[nodiscard]] std::int64_t cycle() const { return cycle_; }
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }
  /// Cycles by what their slot was; they add up to cycle().
  [[nodiscard]] std::int64_t slots(Slot slot) const { return slots_[static_cast<int>(slot)]; }
  /// What a register holds; 0 where nothing was written.
  [[nodiscard]] float value(int lane, int register_index) const {
    return registers_[register_index][lane];
  }
  /// Most words from the foot that have waited in a lane at once.
  [[nodiscard]] int most_waiting() const { return most_waiting_; }
  [[nodiscard]] const LanesSpec& spec() const { return spec_; }

 private:
  enum Output : int { kToLink, kToMemory, kOutputs };
  struct Wave {
    std::int64_t issued = -1;
    Instruction instruction;
    std::vector<float> memory;
  };
  /// What leaves through one output: rows of words by cycle, a ring.
  struct OutputLine {
    std::vector<std::vector<Word>> rows;
    std::vector<std::int64_t> taken;  // cycle for which lane 0 has filled a row
  };
  [[nodiscard]] std::size_t slot_of(std::int64_t cycle) const {
    return static_cast<std::size_t>(cycle) % outputs_[kToLink].rows.size();
  }
  [[nodiscard]] std::span<const Word> now(Output output) const {
    return outputs_[output].rows[slot_of(cycle_)];
  }
  /// `word`: there is one for lane 0. `fault`: of an instruction that is none.
  [[nodiscard]] Slot judge(const LanesInput& input, bool word, std::optional<Fault>& fault) const;
  [[nodiscard]] Slot offer(const LanesInput& input);
  [[nodiscard]] bool collides(const Instruction& instruction) const;
  void issue(const LanesInput& input);
  void push_foot(std::span<const Word> foot);
  void run(const Wave& wave, int lane);
  void fail(Fault fault, int lane, const Instruction* instruction);

  LanesSpec spec_;
  Arithmetic arithmetic_;
  Scoreboard scoreboard_;
  std::int64_t cycle_ = 0;
  std::vector<std::vector<float>> registers_;  // [register][lane]
  std::vector<float> scale_;
  std::vector<Wave> waves_;  // ring by cycle of issue
  WordQueue queue_;
  std::array<OutputLine, kOutputs> outputs_;
  int most_waiting_ = 0;
  std::optional<Fault> fault_;
  std::array<std::int64_t, kSlots> slots_{};
};

}  // namespace einfall::sim
