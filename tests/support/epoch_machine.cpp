#include "tests/support/epoch_machine.hpp"

#include <algorithm>
#include <map>

namespace einfall::tests {
namespace {

using sim::Fetch;
using sim::MachineToken;

// A token of the program's own: the array has started an epoch.
constexpr std::size_t kArrayStarted = sim::kMachineTokens;

/// Where rows stand in the buffer: rings of tiles and of query blocks, the state, the results.
struct Layout {
  Layout(const EpochShape& s, const EpochMemory& memory)
      : shape(s), tiles(s.distance + 1 + memory.spare_tiles) {}

  [[nodiscard]] std::int64_t tile(int n) const {
    return std::int64_t{n % tiles} * (shape.depth + shape.values);
  }
  [[nodiscard]] std::int64_t key(int k) const { return tile(k / shape.depth) + k % shape.depth; }
  [[nodiscard]] std::int64_t value(int v) const {
    return tile(v / shape.values) + shape.depth + v % shape.values;
  }
  [[nodiscard]] std::int64_t queries(int block) const {
    return std::int64_t{tiles} * (shape.depth + shape.values) + block % 2 * shape.depth;
  }
  [[nodiscard]] std::int64_t query(int q) const {
    return queries(q / shape.depth) + q % shape.depth;
  }
  /// As Step numbers the rows of the lanes' memory.
  [[nodiscard]] std::int64_t state(int row) const {
    return queries(0) + 2 * std::int64_t{shape.depth} + row;
  }
  [[nodiscard]] std::int64_t rows() const { return state((1 + shape.blocks) * shape.values); }
  /// Rows that the lanes have written when they are done with so many blocks: the states of each
  /// tile, if they are not kept, and AV.
  [[nodiscard]] std::int64_t results_of(int blocks) const {
    const std::int64_t states = shape.state_in_memory ? shape.tiles * shape.values : 0;
    return blocks * (states + shape.values);
  }

  EpochShape shape;
  int tiles;
};

sim::UnitProgram unit_program(const Steps& steps, const sim::UnitSpec& unit) {
  sim::UnitProgram program;
  sim::Program instructions;
  for (const Step& step : steps) instructions.push_back(step.instruction);
  program.slots = paced(instructions, unit);
  std::size_t next = 0;
  for (std::size_t slot = 0; slot < program.slots.size(); ++slot) {
    if (!program.slots[slot]) continue;
    // An epoch ends where the next one's first instruction stands.
    if (steps[next++].epoch > 0) program.ends.push_back(slot);
  }
  program.ends.push_back(program.slots.size());
  return program;
}

std::vector<sim::Visit> array_visits(const EpochShape& shape, std::int64_t interval) {
  std::vector<sim::Visit> visits;
  for (int epoch = 0; epoch < shape.all_tiles() + shape.distance; ++epoch) {
    sim::Visit visit;
    visit.issue = std::max<std::int64_t>(interval, 1);
    if (epoch < shape.all_tiles()) {
      visit.takes.push_back(sim::kLeftLoaded);
      if (epoch % shape.tiles == 0) visit.takes.push_back(sim::kTopLoaded);
    }
    visit.takes.push_back(sim::kArrayFree);
    visit.gives.push_back({kArrayStarted, false, 0});
    visits.push_back(visit);
  }
  return visits;
}

std::vector<sim::Visit> lane_visits(const EpochShape& shape) {
  sim::Visit visit;
  visit.takes = {kArrayStarted, sim::kLanesFree};
  return std::vector<sim::Visit>(static_cast<std::size_t>(shape.all_tiles() + shape.distance),
                                 visit);
}

void put_row(std::vector<float>& memory, const std::vector<float>& row, int width) {
  memory.insert(memory.end(), row.begin(), row.end());
  memory.insert(memory.end(), static_cast<std::size_t>(width) - row.size(), 0.0F);
}

// What an epoch needs comes before what later ones do, and its result behind that.
std::int64_t order(int epoch, std::size_t engine) {
  return static_cast<std::int64_t>(static_cast<std::size_t>(epoch) * sim::kEngines + engine);
}

void put_pieces(EpochMachine& machine, const Layout& at, const EpochInputs& inputs) {
  const EpochShape& shape = at.shape;
  const int width = machine.spec.buffer.row_words;
  std::vector<float>& memory = machine.program.memory;
  const auto next_row = [&] { return static_cast<std::int64_t>(memory.size()) / width; };
  const std::int64_t rows = shape.depth + shape.values;
  for (int tile = 0; tile < shape.all_tiles(); ++tile) {
    machine.program.pieces[sim::kLeftStream].push_back(
        {next_row(), at.tile(tile), rows, order(tile, sim::kLeftStream)});
    for (int e = 0; e < shape.depth; ++e)
      put_row(memory, inputs.keys[tile * shape.depth + e], width);
    for (int f = 0; f < shape.values; ++f)
      put_row(memory, inputs.values[tile * shape.values + f], width);
  }
  for (int block = 0; block < shape.blocks; ++block) {
    machine.program.pieces[sim::kTopStream].push_back(
        {next_row(), at.queries(block), shape.depth, order(block * shape.tiles, sim::kTopStream)});
    for (int e = 0; e < shape.depth; ++e)
      put_row(memory, inputs.queries[block * shape.depth + e], width);
  }
  for (int block = 0; block < shape.blocks; ++block) {
    const int last = (block + 1) * shape.tiles - 1 + shape.distance;
    machine.program.stores.push_back(
        {{at.state((1 + block) * shape.values), next_row() + std::int64_t{block} * shape.values,
          shape.values, order(last, sim::kStoreEngine)},
         at.results_of(block + 1)});
  }
}

void put_edges(EpochMachine& machine, const Layout& at, const Steps& steps) {
  const EpochShape& shape = at.shape;
  auto& left = machine.program.edges[sim::kLeftStream];
  auto& top = machine.program.edges[sim::kTopStream];
  for (const Step& step : steps) {
    const int tile = step.key / shape.depth;
    if (step.key >= 0) left.push_back({at.key(step.key), tile + 1, false});
    if (step.value >= 0)
      left.push_back({at.value(step.value), step.value / shape.values + 1,
                      (step.value + 1) % shape.values == 0});
    if (step.query >= 0)
      top.push_back({at.query(step.query), step.query / shape.depth + 1,
                     (step.query + 1) % shape.depth == 0 && (tile + 1) % shape.tiles == 0});
  }
}

void put_state(EpochMachine& machine, const Layout& at, const Steps& steps) {
  std::map<int, std::int64_t> written;  // by row: how many have to be there until it is
  for (const Step& step : steps) {
    if (step.memory_in >= 0)
      machine.program.memory_operands.push_back(
          {at.state(step.memory_in), written.at(step.memory_in), false});
    if (step.memory_out < 0) continue;
    machine.program.results.push_back(at.state(step.memory_out));
    written[step.memory_out] = static_cast<std::int64_t>(machine.program.results.size());
  }
}

}  // namespace

EpochMachine epoch_machine(const EpochShape& shape, const EpochTiming& timing,
                           const EpochInputs& inputs, const EpochMemory& memory) {
  EpochMachine machine;
  const Layout at(shape, memory);
  sim::ArrayMachineSpec& spec = machine.spec;
  spec.array = array_spec(shape, timing);
  spec.lanes = lanes_spec(shape, timing);
  spec.buffer.rows = at.rows();
  spec.buffer.row_words = std::max(shape.rows, shape.columns);
  spec.buffer.banks = memory.banks;
  spec.buffer.shared_ports = memory.ports;
  spec.buffer.latency = memory.buffer_latency;
  spec.memory = {1, memory.rows, memory.cycles, memory.latency, spec.buffer.row_words};
  const auto queue = static_cast<int>(memory.rows * (memory.latency + 2) + 4);
  spec.loads = {sim::LoadEngineSpec{at.tiles, queue}, sim::LoadEngineSpec{2, queue}};
  spec.store.queue_rows = static_cast<int>(memory.rows + memory.buffer_latency) + 2;
  spec.path_latency = memory.path_latency;
  spec.reader_depth = static_cast<int>(memory.buffer_latency) + 6;
  spec.writer_depth = shape.columns * timing.hop + 8;
  spec.prefetch = memory.prefetch;
  const Steps array = array_steps(shape), lanes = lane_steps(shape);
  machine.program.array = unit_program(array, spec.array.unit);
  machine.program.lanes = unit_program(lanes, spec.lanes.unit);
  machine.program.array.visits = array_visits(shape, timing.interval);
  machine.program.lanes.visits = lane_visits(shape);
  machine.program.initial = {0};
  put_pieces(machine, at, inputs);
  put_edges(machine, at, array);
  put_state(machine, at, lanes);
  return machine;
}

}  // namespace einfall::tests
