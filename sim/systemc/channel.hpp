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

template <class T>
struct Channel {
  explicit Channel(const std::string& name)
      : data((name + "_data").c_str()),
        valid((name + "_valid").c_str()),
        ready((name + "_ready").c_str()) {}

  /// Items that go at this cycle's edge, once it has come to rest.
  [[nodiscard]] int moves() const { return std::min(valid.read(), ready.read()); }
  /// From outside of all modules.
  void offer(std::vector<T> items) {
    valid.write(static_cast<int>(items.size()));
    data.write({std::move(items)});
  }
  void trace(sc_core::sc_trace_file& file) const {
    for (const auto* wire : {&valid, &ready}) sc_core::sc_trace(&file, *wire, wire->basename());
  }

  sc_core::sc_signal<Beat<T>> data;
  sc_core::sc_signal<int> valid, ready;
};

/// The side that offers.
template <class T>
struct Out {
  explicit Out(const std::string& name)
      : data((name + "_data").c_str()),
        valid((name + "_valid").c_str()),
        ready((name + "_ready").c_str()) {}
  void operator()(Channel<T>& channel) {
    data(channel.data);
    valid(channel.valid);
    ready(channel.ready);
  }
  void offer(std::vector<T> items) {
    valid.write(static_cast<int>(items.size()));
    data.write({std::move(items)});
  }
  [[nodiscard]] int moves() const { return std::min(valid.read(), ready.read()); }

  sc_core::sc_out<Beat<T>> data;
  sc_core::sc_out<int> valid;
  sc_core::sc_in<int> ready;
};

/// The side that takes.
template <class T>
struct In {
  explicit In(const std::string& name)
      : data((name + "_data").c_str()),
        valid((name + "_valid").c_str()),
        ready((name + "_ready").c_str()) {}
  void operator()(Channel<T>& channel) {
    data(channel.data);
    valid(channel.valid);
    ready(channel.ready);
  }
  [[nodiscard]] const std::vector<T>& offered() const { return data.read().items; }
  void accept(int items) { ready.write(items); }
  [[nodiscard]] int moves() const { return std::min(valid.read(), ready.read()); }

  sc_core::sc_in<Beat<T>> data;
  sc_core::sc_in<int> valid;
  sc_core::sc_out<int> ready;
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
