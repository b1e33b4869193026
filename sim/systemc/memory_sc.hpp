#pragma once

#include "sim/dma/memory_channel.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The pins of the outermost memory. As many rows are ready to be asked for as the pins can begin
/// in the cycle. Latency: a row is valid ChannelSpec::latency cycles after the first cycle behind
/// its last byte.
class MemorySc : public Clocked {
 public:
  In<std::int64_t> asked{"asked"};       // rows of the memory
  Out<std::vector<float>> rows{"rows"};  // in the order in which they were asked for
  sc_core::sc_out<bool> idle{"idle"};    // all that was asked for has passed the pins

  /// `words` of all rows must outlive the module.
  MemorySc(const sc_core::sc_module_name& name, const ChannelSpec& spec,
           std::span<const float> words);

 private:
  void settle() override;
  void step() override;

  MemoryChannel core_;
};

}  // namespace einfall::sim
