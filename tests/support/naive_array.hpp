#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sim/array/arithmetic.hpp"
#include "sim/array/wavefront.hpp"

/// The spatial array in obvious code: one object for each PE, wires that are delay lines, and every
/// PE looking after its own registers. Shares with the wavefront model the instruction set and what
/// one operation does to one element, nothing else.
namespace einfall::tests {

/// What is put in comes out `delay` >= 1 cycles later.
template <class T>
class DelayLine {
 public:
  explicit DelayLine(int delay) : content_(static_cast<std::size_t>(delay)) {}
  [[nodiscard]] const T& out() const { return content_.front(); }
  void shift(T in) {
    content_.pop_front();
    content_.push_back(std::move(in));
  }

 private:
  std::deque<T> content_;
};

struct NaiveRegister {
  float value = 0;
  std::int64_t ready = 0;
  bool written = false;
};

/// A PE or a lane: its registers, and one instruction a cycle.
class NaivePe {
 public:
  NaivePe(int registers, const sim::OperatorTable& operators);
  /// What is wrong with running the instruction now.
  [[nodiscard]] std::optional<sim::Fault> fault(const sim::Instruction& instruction,
                                                std::int64_t cycle) const;
  /// `port`: the values on links, indexed by sim::Source.
  float run(const sim::Instruction& instruction, std::int64_t cycle,
            const sim::Arithmetic& arithmetic, const std::vector<float>& constants,
            const std::vector<float>& port);

  std::vector<NaiveRegister> registers;

 private:
  void write(NaiveRegister& to, float value, std::int64_t ready) { to = {value, ready, true}; }
  sim::OperatorTable operators_;
  NaiveRegister scale_;
};

class NaiveArray {
 public:
  explicit NaiveArray(sim::ArraySpec spec);

  [[nodiscard]] std::vector<sim::Word> foot() const;
  sim::Slot tick(const sim::ArrayInput& input);
  [[nodiscard]] const std::optional<sim::Fault>& fault() const { return fault_; }
  [[nodiscard]] float value(int row, int column, int register_index) const {
    return pes_[at(row, column)].registers[register_index].value;
  }

 private:
  struct Rightward {  // from a PE to its right neighbour
    std::optional<sim::Instruction> instruction;
    sim::Word left;
  };
  struct Downward {                               // from a PE to the one below
    std::optional<sim::Instruction> instruction;  // first column only
    sim::Word top;
    bool sent = false;  // the PE's own result
  };
  [[nodiscard]] std::size_t at(int row, int column) const {
    return static_cast<std::size_t>(row * spec_.columns + column);
  }
  sim::Slot offer(const sim::ArrayInput& input);
  bool take_lanes(const sim::ArrayInput& input);
  /// False: a fault.
  bool step(int row, int column, const Rightward& from_left, sim::Word top, Rightward& right,
            Downward& down);
  void fail(sim::Fault fault, int row, int column, const sim::Instruction* instruction);

  sim::ArraySpec spec_;
  sim::Arithmetic arithmetic_;
  std::int64_t cycle_ = 0, free_ = 0;
  std::vector<NaivePe> pes_;
  std::vector<DelayLine<Rightward>> rightward_;  // behind each PE
  std::vector<DelayLine<Downward>> downward_;    // below each PE
  std::vector<std::optional<DelayLine<sim::Word>>> left_skew_, top_skew_;
  std::vector<std::deque<float>> queues_;
  std::optional<sim::Fault> fault_;
};

/// Equal bits, or both NaN.
[[nodiscard]] bool same_number(float a, float b);

}  // namespace einfall::tests
