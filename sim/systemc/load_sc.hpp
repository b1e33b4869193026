#pragma once

#include "sim/dma/load_engine.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The load engine. A descriptor is ready when a piece has room (room released until this cycle
/// counts) and the piece before has passed the pins. Latency: rows are asked for in the cycle in
/// which their descriptor goes, and offered to the buffer in the cycle in which the memory brings
/// them; a piece counts as completed in the cycle after its last row went to the buffer.
class LoadSc : public Clocked {
 public:
  In<Descriptor> descriptors{"descriptors"};
  CountIn released{"released"};  // pieces whose readers are done
  Out<PinRow> asks{"asks"};
  In<std::vector<float>> rows{"rows"};
  sc_core::sc_in<bool> idle{"idle"};  // of the pins, for this engine
  Out<RowRequest> writes{"writes"};
  CountOut completed{"completed"};

  LoadSc(const sc_core::sc_module_name& name, const LoadEngineSpec& spec);

 private:
  void settle() override;
  void step() override;
  [[nodiscard]] int newly_released() const { return static_cast<int>(released.read() - seen_); }

  LoadEngine core_;
  std::int64_t seen_ = 0;  // of `released`
};

}  // namespace einfall::sim
