#pragma once

#include <fmt/format.h>

#include <deque>

#include "sim/dma/dram_pins.hpp"
#include "sim/dma/memory_channel.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// The outermost memory and its pins, shared by engines. As many rows of an engine are ready to be
/// asked for as the pins could begin in the cycle. Latency, by bandwidth: a row that is read is
/// valid ChannelSpec::latency cycles after the first cycle behind its last byte; by a model of a
/// DRAM: in the first cycle behind its last byte. One that is written counts as stored in the cycle
/// after that.
class MemorySc : public Clocked {
 public:
  // By engine.
  std::deque<In<PinRow>> asked;
  std::deque<Out<std::vector<float>>> rows;  // that it reads, in the order of asking
  std::deque<sc_core::sc_out<bool>> idle;    // what it asked for has passed the pins
  std::deque<CountOut> stored;               // rows that it wrote

  [[nodiscard]] virtual const MemoryRows& contents() const = 0;

 protected:
  MemorySc(const sc_core::sc_module_name& name, std::size_t engines) : Clocked(name) {
    for (std::size_t e = 0; e < engines; ++e) {
      asked.emplace_back(fmt::format("asked{}", e));
      rows.emplace_back(fmt::format("rows{}", e));
      idle.emplace_back(fmt::format("idle{}", e).c_str());
      stored.emplace_back(fmt::format("stored{}", e).c_str());
    }
  }
};

/// `Pins` are MemoryChannel or DramPins.
template <class Pins>
class PinsSc : public MemorySc {
 public:
  PinsSc(const sc_core::sc_module_name& name, Pins pins, std::size_t engines)
      : MemorySc(name, engines), core_(std::move(pins)) {}
  [[nodiscard]] const MemoryRows& contents() const override { return core_.rows(); }

 private:
  void settle() override {
    for (std::size_t e = 0; e < asked.size(); ++e) {
      asked[e].accept(core_.room(e));
      rows[e].offer(core_.rows().there(e));
      idle[e].write(core_.idle(e));
      stored[e].write(core_.rows().stored(e));
    }
  }
  void step() override {
    for (std::size_t e = 0; e < asked.size(); ++e) {
      for (int n = 0; n < asked[e].moves(); ++n)
        core_.request(e, asked[e].offered()[static_cast<std::size_t>(n)]);
      for (int n = 0; n < rows[e].moves(); ++n) core_.rows().take(e);
    }
    core_.tick();
  }

  Pins core_;
};

}  // namespace einfall::sim
