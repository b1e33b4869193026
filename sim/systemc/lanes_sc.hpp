#pragma once

#include "sim/systemc/clocked.hpp"
#include "sim/vector/lanes.hpp"

namespace einfall::sim {

/// The vector array. An instruction is ready in the cycle in which it is issued, together with its
/// row of a memory. Latency: that of its operator from there to the link or the memory port of lane
/// 0, hop more for each further lane.
class LanesSc : public Clocked {
 public:
  In<Instruction> instruction{"instruction"};
  In<float> memory{"memory"};  // a row: `lanes` words
  WordsIn foot{"foot"};
  WordsOut link{"link"};
  WordsOut to_memory{"to_memory"};

  LanesSc(const sc_core::sc_module_name& name, const LanesSpec& spec);
  [[nodiscard]] const Lanes& core() const { return core_; }

 private:
  void settle() override;
  void step() override;
  [[nodiscard]] LanesInput input() const;

  Lanes core_;
};

}  // namespace einfall::sim
