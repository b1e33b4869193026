#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/systemc/payload.hpp"
#include "sim/systemc/simulation.hpp"

/// Ready and valid between two modules: in every cycle one side offers `valid` items, the oldest
/// first, the other takes as many as are `ready`, from the first on; min(valid, ready) go at the
/// clock's edge. What was not taken is offered again. `ready` may depend on `valid` within a cycle,
/// never the other way round.
namespace einfall::sim {

/// The three wires of a channel, or a module's ports to them.
template <class Data, class Valid, class Ready>
struct Handshake {
  explicit Handshake(const std::string& name)
      : data((name + "_data").c_str()),
        valid((name + "_valid").c_str()),
        ready((name + "_ready").c_str()) {}

  /// Items that go at this cycle's edge, once it has come to rest.
  [[nodiscard]] int moves() const { return std::min(valid.read(), ready.read()); }

  Data data;
  Valid valid;
  Ready ready;

 protected:
  template <class T>
  void put(std::vector<T> items) {
    valid.write(static_cast<int>(items.size()));
    data.write({std::move(items)});
  }
  template <class Channel>
  void bind(Channel& channel) {
    data(channel.data);
    valid(channel.valid);
    ready(channel.ready);
  }
};

template <class T>
using Wires =
    Handshake<sc_core::sc_signal<Beat<T>>, sc_core::sc_signal<int>, sc_core::sc_signal<int>>;
template <class T>
struct Channel : Wires<T> {
  using Wires<T>::Wires;
  /// From outside of all modules.
  void offer(std::vector<T> items) { this->put(std::move(items)); }
  void trace(sc_core::sc_trace_file& file) const {
    for (const auto* wire : {&this->valid, &this->ready})
      sc_core::sc_trace(&file, *wire, wire->basename());
  }
};

/// The side that offers.
template <class T>
using OutPorts = Handshake<sc_core::sc_out<Beat<T>>, sc_core::sc_out<int>, sc_core::sc_in<int>>;
template <class T>
struct Out : OutPorts<T> {
  using OutPorts<T>::OutPorts;
  void operator()(Channel<T>& channel) { this->bind(channel); }
  void offer(std::vector<T> items) { this->put(std::move(items)); }
};

/// The side that takes.
template <class T>
using InPorts = Handshake<sc_core::sc_in<Beat<T>>, sc_core::sc_in<int>, sc_core::sc_out<int>>;
template <class T>
struct In : InPorts<T> {
  using InPorts<T>::InPorts;
  void operator()(Channel<T>& channel) { this->bind(channel); }
  [[nodiscard]] const std::vector<T>& offered() const { return this->data.read().items; }
  void accept(int items) { this->ready.write(items); }
};

/// Words that go whatever happens: a row of wires, each with a valid bit.
using WordsIn = sc_core::sc_in<Beat<Word>>;
using WordsOut = sc_core::sc_out<Beat<Word>>;
using Words = sc_core::sc_signal<Beat<Word>>;
/// The same for rows that a buffer brings.
using RowsIn = sc_core::sc_in<Beat<RowArrival>>;
using RowsOut = sc_core::sc_out<Beat<RowArrival>>;
using Rows = sc_core::sc_signal<Beat<RowArrival>>;
/// How often something has happened so far, before this cycle: tokens between modules.
using CountIn = sc_core::sc_in<std::int64_t>;
using CountOut = sc_core::sc_out<std::int64_t>;
using Count = sc_core::sc_signal<std::int64_t>;

}  // namespace einfall::sim
