#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "sim/systemc/array_machine.hpp"
#include "sim/systemc/buffer_sc.hpp"
#include "sim/systemc/dma_sc.hpp"
#include "sim/systemc/link_sc.hpp"
#include "sim/systemc/memory_sc.hpp"
#include "sim/systemc/stream_sc.hpp"

namespace einfall::sim {

/// By bandwidth, or by the DRAM model that the machine is given.
[[nodiscard]] inline std::unique_ptr<MemorySc> memory_of(const ArrayMachineSpec& spec,
                                                         const ArrayMachineProgram& program,
                                                         std::size_t stream) {
  const std::string name = fmt::format("memory{}", stream);
  const std::span<const float> words = program.memory[stream];
  if (Dram* dram = spec.dram[stream]) {
    DramPinsSpec rows = spec.dram_rows[stream];
    rows.row_words = spec.buffer.row_words;
    return std::make_unique<PinsSc<DramPins>>(name.c_str(), rows, *dram, words);
  }
  ChannelSpec channel = spec.memory[stream];
  channel.row_words = spec.buffer.row_words;
  return std::make_unique<PinsSc<MemoryChannel>>(name.c_str(), channel, words);
}

/// Pieces from the pins of a memory into the buffer.
struct StreamIn {
  StreamIn(Simulation& simulation, const ArrayMachineSpec& spec, const ArrayMachineProgram& program,
           std::size_t stream, BufferSc& buffer, std::size_t requester)
      : pieces(fmt::format("pieces{}", stream).c_str(), program.pieces[stream]),
        dma(fmt::format("dma{}", stream).c_str(), spec.dma[stream]),
        memory(memory_of(spec, program, stream)),
        descriptors(fmt::format("descriptors{}", stream)),
        asks(fmt::format("asks{}", stream)),
        rows(fmt::format("rows{}", stream)),
        writes(fmt::format("writes{}", stream)) {
    for (Clocked* module : {static_cast<Clocked*>(&pieces), static_cast<Clocked*>(&dma),
                            static_cast<Clocked*>(memory.get())})
      module->clk(simulation.clock());
    pieces.items(descriptors);
    dma.descriptors(descriptors);
    dma.asks(asks);
    memory->asked(asks);
    memory->rows(rows);
    dma.rows(rows);
    memory->idle(idle);
    dma.idle(idle);
    dma.writes(writes);
    buffer.requests[requester](writes);
    dma.completed(completed);
    dma.released(released);
    buffer.rows[requester](nothing);
  }
  void trace(sc_core::sc_trace_file& file) const {
    descriptors.trace(file);
    asks.trace(file);
    rows.trace(file);
    writes.trace(file);
  }

  ListSc<Descriptor> pieces;
  DmaSc dma;
  std::unique_ptr<MemorySc> memory;
  Channel<Descriptor> descriptors;
  Channel<std::int64_t> asks;
  Channel<std::vector<float>> rows;
  Channel<RowRequest> writes;
  sc_core::sc_signal<bool> idle;
  Count completed, released;
  Rows nothing;
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
