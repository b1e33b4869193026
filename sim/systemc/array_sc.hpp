#pragma once

#include "sim/array/wavefront.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The spatial array. An instruction is ready in the cycle in which it is issued: its rows are
/// offered whole and its first queued word is there; its rows go in that cycle. Latency: that of
/// ArraySpec::foot_delay from there to the foot of column 0, hop more for each further column.
class ArraySc : public Clocked {
 public:
  In<Instruction> instruction{"instruction"};
  In<float> left{"left"};  // a row: `rows` words, or more of which the first are taken
  In<float> top{"top"};    // a row: `columns` words
  WordsIn lanes{"lanes"};
  WordsOut foot{"foot"};

  ArraySc(const sc_core::sc_module_name& name, const ArraySpec& spec);
  [[nodiscard]] const Wavefront& core() const { return core_; }

 private:
  void settle() override;
  void step() override;
  [[nodiscard]] ArrayInput input() const;

  Wavefront core_;
};

}  // namespace einfall::sim
