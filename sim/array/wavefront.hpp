#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/array/arithmetic.hpp"
#include "sim/array/diagonals.hpp"
#include "sim/array/fault.hpp"
#include "sim/array/kernels.hpp"
#include "sim/array/scoreboard.hpp"
#include "sim/array/unit_spec.hpp"
#include "sim/array/word_queue.hpp"

namespace einfall::sim {

/// A spatial array. Every result that goes down takes `link_latency()` cycles from one PE to the
/// one below, whatever its operator, and instructions follow at that distance: one issued at cycle
/// t runs in PE (r, c) at t + r * row_skew() + c * hop.
struct ArraySpec {
  int rows = 1;
  int columns = 1;
  UnitSpec unit;
  int queue_depth = 4;  // words that wait at the top of each column (Feed::kLanes)

  /// Cycles from a PE to the one below: the slowest operator and the wire. With latency and hop 1
  /// it is 1, so that instructions run along r + c.
  [[nodiscard]] int row_skew() const;
  /// From issue to when the result of column 0 stands at its foot; column c: c * hop later.
  [[nodiscard]] std::int64_t foot_delay() const {
    return static_cast<std::int64_t>(rows) * row_skew();
  }
  /// From an instruction's issue to when the last PE has run it.
  [[nodiscard]] std::int64_t depth() const {
    return std::int64_t{rows - 1} * row_skew() + std::int64_t{columns - 1} * unit.hop + 1;
  }
};

/// What stands at the edges of the array in one cycle.
struct ArrayInput {
  const Instruction* instruction = nullptr;  // offered; taken if tick() returns kIssued
  /// Whole rows for the offered instruction, empty where they are not there: `rows` words for the
  /// left edge, `columns` for the top. The array delays each word to its row's or column's time.
  std::span<const float> left, top;
  /// Words that come to the queues at the top this cycle, one for each column, or empty.
  std::span<const Word> lanes;
};

/// The spatial array, word-stepped: every PE in every cycle, with values, bit- and cycle-exact.
///
/// PEs of one diagonal run the same instruction, so state is kept by diagonal and operands stay
/// with their instruction (its "wave") instead of moving from register to register: a cycle is
/// one pass of vector operations over the PEs that have an instruction (O(rows * columns)).
/// Ready/valid: an instruction whose row is not there, or for whose first column no queued word is,
/// waits, and a bubble is issued in its place; instructions under way go on. Words of further
/// columns must be there hop after hop, else Fault::kWordMissing.
class Wavefront {
 public:
  /// Precondition: rows, columns >= 1, their product <= 2^22, skews <= 64, registers 1 to 254.
  explicit Wavefront(ArraySpec spec);

  /// Words at the feet of the columns in the current cycle, before tick().
  [[nodiscard]] std::span<const Word> foot() const {
    return feet_[static_cast<std::size_t>(cycle_) % feet_.size()];
  }
  /// What tick() would say of the offered instruction, faults of words in that cycle left aside.
  [[nodiscard]] Slot preview(const ArrayInput& input) const;
  /// One cycle; what became of the offered instruction. Does nothing after a fault.
  Slot tick(const ArrayInput& input);

  [[nodiscard]] std::int64_t cycle() const { return cycle_; }
  /// No instruction is under way and no word waits to leave.
  [[nodiscard]] bool drained() const;
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }
  /// Cycles by what their slot was; they add up to cycle().
  [[nodiscard]] std::int64_t slots(Slot slot) const { return slots_[static_cast<int>(slot)]; }
  /// What a register holds; 0 where nothing was written.
  [[nodiscard]] float value(int row, int column, int register_index) const;
  [[nodiscard]] const ArraySpec& spec() const { return spec_; }

 private:
  struct Wave {
    std::int64_t issued = -1;
    Instruction instruction;
  };
  [[nodiscard]] std::size_t ring(std::int64_t issued) const {
    return static_cast<std::size_t>(issued) % waves_.size();
  }
  /// Where in top_ a wave's word at the top of a column stands, that of the column before behind
  /// it.
  [[nodiscard]] std::size_t link(std::size_t ring_place, int column) const {
    return (ring_place + 1) * static_cast<std::size_t>(spec_.columns) - 1 -
           static_cast<std::size_t>(column);
  }
  /// `word`: there is one for column 0. `fault`: of an instruction that is none.
  [[nodiscard]] Slot judge(const ArrayInput& input, bool word, std::optional<Fault>& fault) const;
  [[nodiscard]] Slot offer(const ArrayInput& input);
  void issue(const ArrayInput& input);
  void push_lanes(std::span<const Word> lanes);
  void feed_from_lanes();
  void run(std::size_t ring_place, int diagonal);
  [[nodiscard]] const float* operand(const Operand& operand, std::size_t ring_place, int diagonal,
                                     std::vector<float>& gathered) const;
  void gather_top(std::size_t ring_place, int diagonal, std::vector<float>& to) const;
  void send_down(const float* values, std::size_t ring_place, int diagonal);
  void exchange(std::vector<float>& held, std::size_t ring_place, int diagonal);
  /// Notes what the last row's PE of a diagonal, if there is one, sends to the foot.
  void leave(const float* values, int diagonal);
  void fail(Fault fault, int column, const Instruction* instruction);

  ArraySpec spec_;
  Arithmetic arithmetic_;
  Kernel kernel_;
  Diagonals diagonals_;
  Scoreboard scoreboard_;

  std::int64_t cycle_ = 0;
  std::vector<std::vector<float>> registers_;  // [register][place of the PE]
  std::vector<float> scale_;                   // [place of the PE]
  std::vector<Wave> waves_;                    // ring by cycle of issue
  std::vector<float> left_;                    // [ring][row]
  std::vector<float> top_;                     // [ring][columns - 1 - column]: what is on the link
  WordQueue queue_;
  std::vector<std::int64_t> lane_fed_;  // issue cycles of waves still to be fed from the queue
  std::vector<std::vector<float>> constants_;  // as long as a diagonal
  std::int64_t last_issued_ = -1;
  std::vector<std::vector<Word>> feet_;  // [cycle][column], a ring: what stands at the feet
  std::size_t leaving_ = 0;              // the row of feet_ that this cycle's results will stand in
  std::optional<Fault> fault_;
  std::array<std::int64_t, kSlots> slots_{};
  std::array<std::vector<float>, 3> gathered_;
  std::vector<float> result_;
};

}  // namespace einfall::sim
