#pragma once

#include "sim/systemc/channel.hpp"

namespace einfall::sim {

/// A module around a core that is stepped, in two phases. settle() writes all outputs of the cycle:
/// a function of the core's state and of the inputs, so that it may run any number of times; while
/// a cycle comes to rest it may see inputs that do not fit the state (those of the cycle before),
/// and has to bear them. step(), at the clock's edge, reads the inputs and moves the core to the
/// next cycle; it writes no wire. In which order modules are called does not matter, therefore.
/// Both are methods, no threads.
///
/// Inputs on which outputs of the same cycle depend are put into `sensitive` by the constructor.
class Clocked : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};

 protected:
  explicit Clocked(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    SC_HAS_PROCESS(Clocked);
    SC_METHOD(edge);
    sensitive << clk.pos();
    dont_initialize();
    SC_METHOD(settle);
    sensitive << stepped_;
  }
  virtual void settle() = 0;
  virtual void step() = 0;

  template <class T>
  void depend_on(const In<T>& in) {
    sensitive << in.valid << in.data;
  }

 private:
  void edge() {
    step();
    stepped_.notify(sc_core::SC_ZERO_TIME);
  }
  sc_core::sc_event stepped_;
};

}  // namespace einfall::sim
