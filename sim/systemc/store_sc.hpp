#pragma once

#include "sim/dma/store_engine.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The store engine. A descriptor is ready when all rows of the piece before have been read.
/// Latency: rows are read in the cycle in which their descriptor goes, and the pins are asked for
/// them in the cycle in which the buffer brings them; a piece counts as completed in the cycle in
/// which the memory counts its last row as stored.
class StoreSc : public Clocked {
 public:
  In<Descriptor> descriptors{"descriptors"};
  Out<RowRequest> reads{"reads"};
  RowsIn rows{"rows"};  // of the buffer
  Out<PinRow> asks{"asks"};
  sc_core::sc_in<bool> idle{"idle"};  // of the pins, for this engine
  CountIn stored{"stored"};           // rows, by the memory
  CountOut completed{"completed"};    // pieces

  StoreSc(const sc_core::sc_module_name& name, const StoreEngineSpec& spec);

 private:
  void settle() override;
  void step() override;
  [[nodiscard]] std::vector<std::vector<float>> brought() const;

  StoreEngine core_;
};

}  // namespace einfall::sim
