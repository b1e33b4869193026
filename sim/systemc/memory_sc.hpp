#pragma once

#include "sim/dma/dram_pins.hpp"
#include "sim/dma/memory_channel.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The pins of the outermost memory. As many rows are ready to be asked for as the pins can begin
/// in the cycle. Latency, by bandwidth: a row is valid ChannelSpec::latency cycles after the first
/// cycle behind its last byte; by a model of a DRAM: in the first cycle behind its last byte.
class MemorySc : public Clocked {
 public:
  In<std::int64_t> asked{"asked"};       // rows of the memory
  Out<std::vector<float>> rows{"rows"};  // in the order in which they were asked for
  sc_core::sc_out<bool> idle{"idle"};    // what was asked for has passed the pins

 protected:
  using Clocked::Clocked;
};

/// `Pins` are MemoryChannel or DramPins, made from what follows the name.
template <class Pins>
class PinsSc : public MemorySc {
 public:
  template <class... From>
  explicit PinsSc(const sc_core::sc_module_name& name, From&&... from)
      : MemorySc(name), core_(std::forward<From>(from)...) {}

 private:
  void settle() override {
    asked.accept(core_.room());
    rows.offer(core_.there());
    idle.write(core_.idle());
  }
  void step() override {
    for (int n = 0; n < asked.moves(); ++n)
      core_.request(asked.offered()[static_cast<std::size_t>(n)]);
    for (int n = 0; n < rows.moves(); ++n) core_.take();
    core_.tick();
  }

  Pins core_;
};

}  // namespace einfall::sim
