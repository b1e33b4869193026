#pragma once

#include <deque>

#include "sim/buffer/buffer.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The buffer on the chip. What the arbiter grants is ready in the cycle in which it is offered.
/// Latency: a read arrives BufferSpec::latency >= 1 cycles after the cycle in which it went.
class BufferSc : public Clocked {
 public:
  std::deque<In<RowRequest>> requests;  // by requester
  std::deque<RowsOut> rows;             // by requester

  BufferSc(const sc_core::sc_module_name& name, const BufferSpec& spec);
  [[nodiscard]] const Buffer& core() const { return core_; }
  /// Before the run.
  [[nodiscard]] Buffer& core() { return core_; }

 private:
  void settle() override;
  void step() override;
  [[nodiscard]] std::vector<std::vector<RowRequest>> offers() const;

  Buffer core_;
};

}  // namespace einfall::sim
