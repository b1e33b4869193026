#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "sim/vector/lanes.hpp"
#include "tests/support/naive_array.hpp"

/// The vector array in obvious code: one object for each lane, instructions that go from lane to
/// lane through delay lines, results that wait in a list until they are due.
namespace einfall::tests {

class NaiveLanes {
 public:
  explicit NaiveLanes(sim::LanesSpec spec);

  [[nodiscard]] std::vector<sim::Word> link() const;
  [[nodiscard]] std::vector<sim::Word> memory() const;
  sim::Slot tick(const sim::LanesInput& input);
  [[nodiscard]] const std::optional<sim::Fault>& fault() const { return fault_; }
  [[nodiscard]] float value(int lane, int register_index) const {
    return lanes_[lane].pe.registers[register_index].value;
  }

 private:
  struct Passing {
    std::optional<sim::Instruction> instruction;
    std::vector<float> memory;
  };
  struct Lane {
    NaivePe pe;
    std::deque<float> foot;
    std::map<std::int64_t, float> link, memory;  // by the cycle in which they leave
    DelayLine<Passing> next;
  };
  sim::Slot offer(const sim::LanesInput& input);
  bool step(int lane, const Passing& passing);
  bool fail(sim::Fault fault, int lane, const sim::Instruction* instruction);

  sim::LanesSpec spec_;
  sim::Arithmetic arithmetic_;
  std::int64_t cycle_ = 0, free_ = 0;
  std::vector<Lane> lanes_;
  std::optional<sim::Fault> fault_;
};

}  // namespace einfall::tests
