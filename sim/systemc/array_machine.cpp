#include "sim/systemc/array_machine.hpp"

#include <fmt/format.h>

#include "sim/systemc/array_sc.hpp"
#include "sim/systemc/issuer_sc.hpp"
#include "sim/systemc/lanes_sc.hpp"
#include "sim/systemc/machine_streams.hpp"
#include "sim/systemc/sequencer_sc.hpp"
#include "sim/systemc/stream_sc.hpp"

namespace einfall::sim {
namespace {

// Who asks the buffer for rows: load engines and readers by stream, those of the lanes, the store
// engine.
constexpr std::size_t loads(std::size_t stream) { return stream; }
constexpr std::size_t reads(std::size_t stream) { return kStreams + stream; }
constexpr std::size_t kOperands = reads(kStreams), kWriter = kOperands + 1, kStore = kWriter + 1,
                      kAll = kStore + 1;

BufferSpec buffer_of(const ArrayMachineSpec& spec) {
  BufferSpec buffer = spec.buffer;
  buffer.requesters = static_cast<int>(kAll);
  return buffer;
}

SequencerScSpec control_of(const ArrayMachineSpec& spec, const ArrayMachineProgram& program) {
  SequencerScSpec control;
  control.visits = {program.array.visits, program.lanes.visits};
  // An issuer holds the operation under way and the next.
  control.initial.assign(kMachineTokens, 0);
  control.initial[kArrayFree] = control.initial[kLanesFree] = 2;
  control.initial.insert(control.initial.end(), program.initial.begin(), program.initial.end());
  control.given = {
      {kLeftLoaded, spec.prefetch}, {kTopLoaded, spec.prefetch}, {kArrayFree, 1}, {kLanesFree, 1}};
  return control;
}

struct Machine {
  Machine(const ArrayMachineSpec& spec, const ArrayMachineProgram& program)
      : pieces_out(static_cast<std::int64_t>(program.stores.size())),
        memory(memory_of(spec, program)),
        buffer("buffer", buffer_of(spec)),
        array("array", spec.array),
        lanes("lanes", spec.lanes),
        writer("writer", {spec.lanes.lanes, spec.buffer.row_words, spec.writer_depth},
               program.results),
        control("control", control_of(spec, program)),
        array_issuer("array_issuer", program.array.slots, program.array.ends),
        lanes_issuer("lanes_issuer", program.lanes.slots, program.lanes.ends),
        left_in(simulation, spec, program, kLeftStream, *memory, buffer, loads(kLeftStream)),
        top_in(simulation, spec, program, kTopStream, *memory, buffer, loads(kTopStream)),
        out(simulation, spec, program, *memory, buffer, kStore, written),
        left(simulation, "left", {spec.reader_depth, spec.array.rows}, program.edges[kLeftStream],
             spec.path_latency, buffer, reads(kLeftStream), array.left),
        top(simulation, "top", {spec.reader_depth, spec.array.columns}, program.edges[kTopStream],
            spec.path_latency, buffer, reads(kTopStream), array.top),
        operands(simulation, "operands", {spec.reader_depth, spec.lanes.lanes},
                 program.memory_operands, spec.path_latency, buffer, kOperands, lanes.memory) {
    for (Clocked* module :
         std::initializer_list<Clocked*>{memory.get(), &buffer, &array, &lanes, &writer, &control,
                                         &array_issuer, &lanes_issuer})
      module->clk(simulation.clock());
    connect_arrays();
    connect_control();
    left.reader.counted(left_in.completed);
    left.reader.released(left_in.released);
    top.reader.counted(top_in.completed);
    top.reader.released(top_in.released);
    operands.reader.counted(written);
    operands.reader.released(operands_released);
  }

  void connect_arrays() {
    array_issuer.instruction(array_instruction);
    array.instruction(array_instruction);
    lanes_issuer.instruction(lanes_instruction);
    lanes.instruction(lanes_instruction);
    array.foot(foot);
    lanes.foot(foot);
    lanes.link(up);
    array.lanes(up);
    lanes.to_memory(results);
    writer.words(results);
    writer.requests(writes);
    buffer.requests[kWriter](writes);
    buffer.rows[kWriter](nothing);
    writer.written(written);
  }
  void connect_control() {
    control.given[kLeftLoaded](left_in.completed);
    control.given[kTopLoaded](top_in.completed);
    control.given[kArrayFree](array_finished);
    control.given[kLanesFree](lanes_finished);
    array_issuer.finished(array_finished);
    lanes_issuer.finished(lanes_finished);
    control.started[0](array_started);
    control.started[1](lanes_started);
    array_issuer.started(array_started);
    lanes_issuer.started(lanes_started);
  }
  void trace(const std::string& path) {
    sc_core::sc_trace_file& file = simulation.trace_to(path);
    for (const StreamIn* stream : {&left_in, &top_in}) stream->trace(file);
    out.trace(file);
    for (const Feeding* feeding : {&left, &top, &operands}) feeding->trace(file);
    array_instruction.trace(file);
    lanes_instruction.trace(file);
    writes.trace(file);
    sc_core::sc_trace(&file, array_started, "array_started");
    sc_core::sc_trace(&file, lanes_started, "lanes_started");
    sc_core::sc_trace(&file, written, "written");
  }

  [[nodiscard]] bool done() const {
    return control.done() && array_issuer.core().done() && lanes_issuer.core().done() &&
           writer.core().done() && array.core().drained() && out.completed.read() == pieces_out;
  }
  /// Something went on in this cycle.
  [[nodiscard]] bool moves() const {
    return array_instruction.moves() + lanes_instruction.moves() + writes.moves() > 0 ||
           left_in.writes.moves() + top_in.writes.moves() + out.pins.asks.moves() > 0 ||
           !array.core().drained() || control.core(0).busy() || control.core(1).busy();
  }
  [[nodiscard]] std::string problem() const {
    if (const auto& fault = array.core().fault()) return "array: " + text(*fault);
    if (const auto& fault = lanes.core().fault()) return "lanes: " + text(*fault);
    if (const auto& fault = buffer.core().fault()) return "buffer: " + text(*fault);
    if (const auto& fault = writer.core().fault()) return "writer: " + *fault;
    if (const auto& fault = memory->contents().fault()) return "memory: " + *fault;
    return {};
  }
  /// Of a machine in which nothing goes on.
  [[nodiscard]] std::string who_waits() const {
    const auto unit = [](const char* name, const IssuerSc& issuer, const Channel<Instruction>& c,
                         std::int64_t started) {
      if (issuer.core().done()) return fmt::format("{} is done", name);
      if (c.valid.read() == 0)
        return fmt::format("{} waits for its sequencer to start operation {}", name, started);
      return fmt::format("{} waits for an operand of '{}' in operation {}", name,
                         text(c.data.read().items.front()), issuer.core().finished());
    };
    return fmt::format(
        "nothing moves from cycle {} on: {}; {}; pieces loaded: {} and {}; rows written: {}; "
        "pieces stored: {}",
        simulation.cycle(), unit("array", array_issuer, array_instruction, array_started.read()),
        unit("lanes", lanes_issuer, lanes_instruction, lanes_started.read()),
        left_in.completed.read(), top_in.completed.read(), written.read(), out.completed.read());
  }

  std::int64_t pieces_out = 0;
  Simulation simulation;
  std::unique_ptr<MemorySc> memory;
  BufferSc buffer;
  ArraySc array;
  LanesSc lanes;
  WriterSc writer;
  SequencerSc control;
  IssuerSc array_issuer, lanes_issuer;
  Count written{"written"}, operands_released{"operands_released"};
  StreamIn left_in, top_in;
  StreamOut out;
  Feeding left, top, operands;
  Channel<Instruction> array_instruction{"array_instruction"};
  Channel<Instruction> lanes_instruction{"lanes_instruction"};
  Channel<RowRequest> writes{"writes"};
  Words foot{"foot"}, up{"up"}, results{"results"};
  Rows nothing{"nothing"};
  Count array_started{"array_started"}, lanes_started{"lanes_started"};
  Count array_finished{"array_finished"}, lanes_finished{"lanes_finished"};
};

template <class Unit>
std::array<std::int64_t, kSlots> slots_of(const Unit& unit) {
  std::array<std::int64_t, kSlots> slots{};
  for (int s = 0; s < kSlots; ++s) slots[static_cast<std::size_t>(s)] = unit.slots(Slot(s));
  return slots;
}

ArrayMachineRun result_of(const Machine& machine, const ArrayMachineProgram& program) {
  ArrayMachineRun run;
  run.cycles = machine.simulation.cycle();
  run.array_began = machine.array_issuer.core().began();
  run.lanes_began = machine.lanes_issuer.core().began();
  run.last_issued = std::max(machine.array_issuer.core().last_issued(),
                             machine.lanes_issuer.core().last_issued());
  run.array_slots = slots_of(machine.array.core());
  run.lanes_slots = slots_of(machine.lanes.core());
  run.buffer = machine.buffer.core().counters();
  run.waiting_at_foot = machine.lanes.core().most_waiting();
  for (const ArrayMachineProgram::Store& store : program.stores)
    for (std::int64_t row = 0; row < store.piece.rows; ++row) {
      const std::vector<float>* words = machine.memory->contents().words(store.piece.to + row);
      if (words == nullptr) return run;
      const auto lanes = static_cast<std::ptrdiff_t>(machine.lanes.core().spec().lanes);
      run.stored.emplace_back(words->begin(), words->begin() + lanes);
    }
  return run;
}

}  // namespace

ArrayMachineRun run_machine(const ArrayMachineSpec& spec, const ArrayMachineProgram& program,
                            const ArrayMachineOptions& options) {
  Machine machine(spec, program);
  if (!options.vcd.empty()) machine.trace(options.vcd);
  std::string problem;
  std::int64_t last_progress = 0;
  while (problem.empty() && !machine.done()) {
    machine.simulation.settle();
    if (machine.moves()) last_progress = machine.simulation.cycle();
    if (machine.simulation.cycle() - last_progress > options.patience)
      problem = machine.who_waits();
    machine.simulation.finish();
    if (problem.empty()) problem = machine.problem();
  }
  ArrayMachineRun run = result_of(machine, program);
  run.problem = std::move(problem);
  return run;
}

}  // namespace einfall::sim
