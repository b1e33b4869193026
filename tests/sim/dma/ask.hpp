#pragma once

#include "sim/dma/load_engine.hpp"
#include "sim/dma/store_engine.hpp"

/// What a cycle does between an engine and the pins (MemoryChannel or DramPins).
namespace einfall::tests {

/// How many rows the pins take, from the first on.
template <class Pins>
int request_rows(Pins& pins, std::size_t engine, const std::vector<sim::PinRow>& rows) {
  int asked = 0;
  for (const sim::PinRow& row : rows) {
    if (pins.room(engine) == 0) break;
    pins.request(engine, row);
    ++asked;
  }
  return asked;
}

template <class Pins>
void ask(sim::LoadEngine& load, Pins& pins, std::size_t engine) {
  while (!pins.rows().there(engine).empty()) load.arrive(pins.rows().take(engine));
  load.asked(request_rows(pins, engine, load.wanted()));
}

template <class Pins>
void ask(sim::StoreEngine& store, Pins& pins, std::size_t engine) {
  store.asked(request_rows(pins, engine, store.wanted(pins.idle(engine))));
}

}  // namespace einfall::tests
