#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "explore/simulation.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/sim/buffer/row_stream.hpp"

// The rows that FuseMax's pipelined binding moves, one after another through the stepped buffer:
// what the event model, which knows ports but no banks, leaves out.
namespace einfall::tests {
namespace {

using mappings::Program;

/// An operation with its rows, by stream: one for each end of a flow at the buffer.
struct Moved {
  std::size_t engine = 0;
  std::int64_t start = 0, end = 0, issue = 1;
  std::vector<std::pair<std::size_t, std::int64_t>> rows;
};

struct Trace {
  std::vector<Moved> operations;  // by start
  std::size_t engines = 0, streams = 0;
};

Trace trace_of(const explore::Simulated& run, std::size_t memory, std::size_t most) {
  const Program& program = *run.program;
  Trace trace;
  trace.engines = program.engines.size();
  trace.streams = 2 * program.flows.size();
  std::vector<mappings::Wide> parts(trace.streams, 0);
  sim::Execution execution(program, run.execution);
  execution.observe([&](const sim::Execution::Done& done) {
    const mappings::Operation& operation = program.operations[done.operation];
    Moved moved{done.engine, done.start, done.start + done.cycles, done.cycles, {}};
    if (operation.kind == mappings::OperationKind::kTile) {
      moved.issue = 0;
      for (const mappings::Extent& term : operation.issue) moved.issue += term.at(*done.at);
    }
    for (const mappings::Movement& move : operation.moves) {
      if (!move.when.holds(*done.at)) continue;
      const mappings::Flow& flow = program.flows[move.flow];
      for (const bool write : {false, true}) {
        if ((write ? flow.to : flow.from) != mappings::Place{true, memory}) continue;
        const auto& share = write ? flow.to_share : flow.from_share;
        const mappings::Wide row =
            mappings::Wide{8} * program.ports[memory].row_bytes * share.denominator();
        mappings::Wide& waiting = parts[2 * move.flow + write];
        waiting += mappings::Wide{move.words.at(*done.at)} * flow.bits * share.numerator();
        const auto rows = static_cast<std::int64_t>(waiting / row);
        waiting %= row;
        if (rows > 0) moved.rows.emplace_back(2 * move.flow + write, rows);
      }
    }
    moved.issue = std::max<std::int64_t>(1, moved.issue);
    trace.operations.push_back(std::move(moved));
    return trace.operations.size() < most;
  });
  REQUIRE(sim::run(execution, program.engines.size()));
  std::stable_sort(trace.operations.begin(), trace.operations.end(),
                   [](const Moved& a, const Moved& b) { return a.start < b.start; });
  return trace;
}

struct Lateness {
  std::int64_t most = 0, least = 0;  // cycles after the end by the event model
  std::int64_t cycles = 0;           // of the trace
  double rows_a_cycle = 0;
  sim::Buffer::Counters counters;
};

// Operations start when the event model says, or when their engine is free.
Lateness replay(const Trace& trace, const sim::BufferSpec& spec,
                const std::vector<std::int64_t>& first) {
  sim::Buffer buffer(spec);
  for (std::int64_t row = 0; row < spec.rows; ++row) buffer.preload(row, {});
  struct Engine {
    std::deque<const Moved*> operations;
    std::vector<std::pair<std::size_t, RowStream>> streams;
    std::int64_t least_end = 0;
    bool busy = false;
  };
  std::vector<Engine> engines(trace.engines);
  for (const Moved& moved : trace.operations) engines[moved.engine].operations.push_back(&moved);
  std::vector<std::int64_t> next = first;
  Lateness late;
  for (std::size_t left = trace.operations.size(); left > 0;) {
    std::vector<std::vector<sim::RowRequest>> offers(trace.streams);
    const std::int64_t now = buffer.cycle();
    for (Engine& engine : engines) {
      while (!engine.operations.empty()) {
        const Moved& moved = *engine.operations.front();
        if (!engine.busy && moved.start <= now) {
          engine.busy = true;
          engine.least_end = now + moved.issue;
          for (const auto& [stream, rows] : moved.rows) {
            engine.streams.emplace_back(
                stream, RowStream(rows, moved.issue, next[stream], stream % 2 == 1));
            next[stream] += rows;
          }
        }
        if (!engine.busy || !engine.streams.empty() || engine.least_end > now) break;
        engine.busy = false;
        const std::int64_t lateness = now - moved.end;
        late.most = std::max(late.most, lateness);
        late.least = std::min(late.least, lateness);
        engine.operations.pop_front();
        --left;
      }
      for (const auto& [stream, rows] : engine.streams) {
        auto more = rows.offer(spec.rows);
        offers[stream].insert(offers[stream].end(), more.begin(), more.end());
      }
    }
    buffer.tick(offers);
    REQUIRE(!buffer.fault());
    for (Engine& engine : engines) {
      for (auto& [stream, rows] : engine.streams) rows.take(buffer.taken(static_cast<int>(stream)));
      engine.streams.erase(std::remove_if(engine.streams.begin(), engine.streams.end(),
                                          [](const auto& stream) { return stream.second.done(); }),
                           engine.streams.end());
    }
  }
  late.cycles = trace.operations.back().end;
  late.counters = buffer.counters();
  late.rows_a_cycle = static_cast<double>(late.counters.rows) / static_cast<double>(buffer.cycle());
  return late;
}

struct Binding {
  Trace trace;
  sim::BufferSpec spec;  // as the machine describes it
};

Binding binding() {
  explore::Documents documents;
  const auto run = explore::simulate_scenario(
      EINFALL_SOURCE_DIR "/workloads/scenarios/fusemax.yaml",
      {{"design", "binding"}, {"schedule", "pipelined"}, {"seq_len", "16K"}, {"heads", "1"}},
      documents, {});
  if (!run) FAIL(base::render(run.error()));
  Binding out;
  out.trace = trace_of(*run, 1, 4000);
  const arch::Memory& memory = run->costed.machine->memories[1];
  REQUIRE(memory.shared_ports == 4);
  REQUIRE(memory.banks == 32);
  out.spec.rows = memory.capacity->value.value() / memory.row.value();
  out.spec.row_words = 0;
  out.spec.banks = static_cast<int>(memory.banks);
  out.spec.shared_ports = static_cast<int>(memory.shared_ports);
  out.spec.requesters = static_cast<int>(out.trace.streams);
  return out;
}

}  // namespace

TEST_CASE("row by row the pipelined binding keeps the stamps of the ports' fluid", "[buffer]") {
  Binding b = binding();
  b.spec.banks = static_cast<int>(b.spec.rows);
  std::vector<std::int64_t> first;
  for (std::size_t s = 0; s < b.trace.streams; ++s)
    first.push_back(static_cast<std::int64_t>(s) * 1000);
  const Lateness late = replay(b.trace, b.spec, first);
  CHECK(late.rows_a_cycle > 2.3);
  CHECK(late.counters.waited_for_bank == 0);
  CHECK(late.most <= 0);
  CHECK(late.least >= -1);
}

TEST_CASE("where tensors begin in different banks, conflicts cost the binding less than 1 %",
          "[buffer]") {
  const Binding b = binding();
  std::mt19937_64 random(1);
  int hardly = 0;
  constexpr int kPlacements = 15;
  for (int n = 0; n < kPlacements; ++n) {
    std::vector<std::int64_t> first(b.trace.streams);
    for (std::int64_t& row : first)
      row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(b.spec.banks));
    const Lateness late = replay(b.trace, b.spec, first);
    CHECK(late.counters.waited_for_bank > 0);
    CHECK(late.most * 100 < late.cycles);
    hardly += late.most * 1000 < late.cycles;
  }
  CHECK(hardly * 4 >= kPlacements * 3);  // mostly less than 0.1 %
}

// Streams of different speed that meet in a bank stay together: the arbiter serves them in turns,
// so that the faster one never passes.
TEST_CASE("where all tensors begin in the same bank, conflicts cost the binding a quarter",
          "[buffer]") {
  const Binding b = binding();
  const Lateness late = replay(b.trace, b.spec, std::vector<std::int64_t>(b.trace.streams, 0));
  CHECK(late.most * 5 > late.cycles);
  CHECK(late.most * 3 < late.cycles);
}

}  // namespace einfall::tests
