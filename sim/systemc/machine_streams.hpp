#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "sim/systemc/array_machine.hpp"
#include "sim/systemc/buffer_sc.hpp"
#include "sim/systemc/link_sc.hpp"
#include "sim/systemc/load_sc.hpp"
#include "sim/systemc/memory_sc.hpp"
#include "sim/systemc/store_sc.hpp"
#include "sim/systemc/stream_sc.hpp"

namespace einfall::sim {

/// By bandwidth, or by the DRAM model that the machine is given.
[[nodiscard]] inline std::unique_ptr<MemorySc> memory_of(const ArrayMachineSpec& spec,
                                                         const ArrayMachineProgram& program) {
  std::int64_t more = 0;
  for (const ArrayMachineProgram::Store& store : program.stores) more += store.piece.rows;
  if (spec.dram != nullptr) {
    DramPinsSpec rows = spec.dram_rows;
    rows.row_words = spec.buffer.row_words;
    return std::make_unique<PinsSc<DramPins>>(
        "memory", DramPins(rows, *spec.dram, program.memory, more, kEngines), kEngines);
  }
  ChannelSpec channel = spec.memory;
  channel.row_words = spec.buffer.row_words;
  return std::make_unique<PinsSc<MemoryChannel>>(
      "memory", MemoryChannel(channel, program.memory, more, kEngines), kEngines);
}

/// The wires between an engine and the pins.
struct PinWires {
  PinWires(MemorySc& memory, std::size_t engine)
      : asks(fmt::format("asks{}", engine)), rows(fmt::format("rows{}", engine)) {
    memory.asked[engine](asks);
    memory.rows[engine](rows);
    memory.idle[engine](idle);
    memory.stored[engine](stored);
  }
  void trace(sc_core::sc_trace_file& file) const {
    asks.trace(file);
    rows.trace(file);
  }

  Channel<PinRow> asks;
  Channel<std::vector<float>> rows;
  sc_core::sc_signal<bool> idle;
  Count stored;
};

/// Pieces from the memory into the buffer.
struct StreamIn {
  StreamIn(Simulation& simulation, const ArrayMachineSpec& spec, const ArrayMachineProgram& program,
           std::size_t stream, MemorySc& memory, BufferSc& buffer, std::size_t requester)
      : pieces(fmt::format("pieces{}", stream).c_str(), list_of(program.pieces[stream])),
        engine(fmt::format("load{}", stream).c_str(), spec.loads[stream]),
        pins(memory, stream),
        descriptors(fmt::format("descriptors{}", stream)),
        writes(fmt::format("writes{}", stream)) {
    for (Clocked* module : std::initializer_list<Clocked*>{&pieces, &engine})
      module->clk(simulation.clock());
    pieces.items(descriptors);
    pieces.counted(always);
    engine.descriptors(descriptors);
    engine.asks(pins.asks);
    engine.rows(pins.rows);
    engine.idle(pins.idle);
    engine.writes(writes);
    buffer.requests[requester](writes);
    buffer.rows[requester](nothing);
    engine.completed(completed);
    engine.released(released);
  }
  void trace(sc_core::sc_trace_file& file) const {
    descriptors.trace(file);
    pins.trace(file);
    writes.trace(file);
  }

  ListSc<Descriptor> pieces;
  LoadSc engine;
  PinWires pins;
  Channel<Descriptor> descriptors;
  Channel<RowRequest> writes;
  Count completed, released, always;
  Rows nothing;

 private:
  static std::vector<ListSc<Descriptor>::Item> list_of(const std::vector<Descriptor>& pieces) {
    std::vector<ListSc<Descriptor>::Item> list;
    for (const Descriptor& piece : pieces) list.push_back({piece});
    return list;
  }
};

/// Pieces from the buffer into the memory, each when so many rows of results have been written.
struct StreamOut {
  StreamOut(Simulation& simulation, const ArrayMachineSpec& spec,
            const ArrayMachineProgram& program, MemorySc& memory, BufferSc& buffer,
            std::size_t requester, Count& written)
      : pieces("stores", list_of(program.stores)),
        engine("store", spec.store),
        pins(memory, kStoreEngine) {
    for (Clocked* module : std::initializer_list<Clocked*>{&pieces, &engine})
      module->clk(simulation.clock());
    pieces.items(descriptors);
    pieces.counted(written);
    engine.descriptors(descriptors);
    engine.reads(reads);
    buffer.requests[requester](reads);
    buffer.rows[requester](rows);
    engine.rows(rows);
    engine.asks(pins.asks);
    engine.idle(pins.idle);
    engine.stored(pins.stored);
    engine.completed(completed);
    pins.rows.ready.write(0);  // it reads nothing
  }
  void trace(sc_core::sc_trace_file& file) const {
    descriptors.trace(file);
    reads.trace(file);
    pins.trace(file);
  }

  ListSc<Descriptor> pieces;
  StoreSc engine;
  PinWires pins;
  Channel<Descriptor> descriptors{"stores_descriptors"};
  Channel<RowRequest> reads{"stores_reads"};
  Rows rows;
  Count completed;

 private:
  static std::vector<ListSc<Descriptor>::Item> list_of(
      const std::vector<ArrayMachineProgram::Store>& stores) {
    std::vector<ListSc<Descriptor>::Item> list;
    for (const ArrayMachineProgram::Store& store : stores)
      list.push_back({store.piece, store.after});
    return list;
  }
};

/// Rows of the buffer on their way to an edge.
struct Feeding {
  Feeding(Simulation& simulation, const std::string& name, const RowReaderSpec& reader_spec,
          const std::vector<Fetch>& order, std::int64_t latency, BufferSc& buffer,
          std::size_t requester, In<float>& edge)
      : reader((name + "_reader").c_str(), reader_spec, order),
        path((name + "_path").c_str(), LinkSpec{latency, reader_spec.words}),
        requests(name + "_requests"),
        sent(name + "_sent"),
        words(name) {
    reader.clk(simulation.clock());
    path.clk(simulation.clock());
    reader.requests(requests);
    buffer.requests[requester](requests);
    buffer.rows[requester](rows);
    reader.rows(rows);
    reader.words(sent);
    path.in(sent);
    path.out(words);
    edge(words);
  }
  void trace(sc_core::sc_trace_file& file) const {
    requests.trace(file);
    sent.trace(file);
    words.trace(file);
  }

  ReaderSc reader;
  LinkSc path;
  Channel<RowRequest> requests;
  Rows rows;
  Channel<float> sent, words;
};

}  // namespace einfall::sim
