#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "sim/systemc/issuer_sc.hpp"
#include "sim/systemc/sequencer_sc.hpp"
#include "sim/systemc/stream_sc.hpp"
#include "tests/sim/array/random_drive.hpp"

// The modules of sequencers, issuers, readers and writers against their cores alone, driven alike.
namespace einfall::tests {
namespace {

using sim::RowRequest;
using sim::Visit;
using sim::Word;

struct SequencerBench {
  explicit SequencerBench(const sim::SequencerScSpec& spec) : sequencer("sequencer", spec) {
    sequencer.clk(simulation.clock());
    for (auto& port : sequencer.given) port(given.emplace_back());
    for (auto& port : sequencer.started) port(started.emplace_back());
  }
  sim::Simulation simulation;
  sim::SequencerSc sequencer;
  std::deque<sim::Count> given, started;
};

/// Units with visits that take and give tokens of each other and from outside, and meet at a
/// barrier.
sim::SequencerScSpec random_sequencers(Dice& dice) {
  sim::SequencerScSpec spec;
  const int units = dice.roll(1, 3), tokens = dice.roll(1, 4), visits = dice.roll(1, 12);
  for (int t = 0; t < tokens; ++t) {
    spec.initial.push_back(dice.roll(0, 2));
    if (dice.one_in(2)) spec.given.push_back({static_cast<std::size_t>(t), dice.roll(1, 4)});
  }
  spec.taking_part = {static_cast<std::size_t>(units)};
  const auto token = [&] { return static_cast<std::size_t>(dice.roll(0, tokens - 1)); };
  for (int u = 0; u < units; ++u) {
    auto& of_unit = spec.visits.emplace_back();
    for (int v = 0; v < visits; ++v) {
      Visit visit;
      visit.operation = static_cast<std::size_t>(v);
      visit.issue = dice.roll(1, 5);
      if (dice.one_in(2)) visit.takes.push_back(token());
      if (!dice.one_in(3)) visit.gives.push_back({token(), dice.one_in(2), dice.roll(0, 4)});
      of_unit.push_back(visit);
    }
    Visit barrier;
    barrier.issue = 0;
    barrier.barrier = 0;
    of_unit.insert(of_unit.begin() + visits / 2, barrier);
  }
  return spec;
}

void start_what_can(std::vector<sim::Sequencer>& units, sim::TokenBoard& board) {
  for (bool any = true; any;) {
    any = false;
    for (sim::Sequencer& unit : units) any = unit.step(board) || any;
  }
}

struct ReaderBench {
  ReaderBench(const sim::RowReaderSpec& spec, const std::vector<sim::Fetch>& order)
      : reader("reader", spec, order) {
    reader.clk(simulation.clock());
    reader.counted(counted);
    reader.requests(requests);
    reader.rows(rows);
    reader.words(words);
    reader.released(released);
  }
  sim::Simulation simulation;
  sim::ReaderSc reader;
  sim::Count counted{"counted"}, released{"released"};
  sim::Channel<RowRequest> requests{"requests"};
  sim::Rows rows{"rows"};
  sim::Channel<float> words{"words"};
};

struct WriterBench {
  WriterBench(const sim::RowWriterSpec& spec, const std::vector<std::int64_t>& order)
      : writer("writer", spec, order) {
    writer.clk(simulation.clock());
    writer.words(words);
    writer.requests(requests);
    writer.written(written);
  }
  sim::Simulation simulation;
  sim::WriterSc writer;
  sim::Words words{"words"};
  sim::Channel<RowRequest> requests{"requests"};
  sim::Count written{"written"};
};

}  // namespace

TEST_CASE("the module of the sequencers starts visits in the cycles in which its cores do",
          "[systemc][property]") {
  int started = 0;
  rc::prop("stamps", [&started](std::uint64_t seed) {
    Dice dice(seed);
    const sim::SequencerScSpec spec = random_sequencers(dice);
    SequencerBench bench(spec);
    sim::TokenBoard board(spec.initial, spec.taking_part);
    std::vector<sim::Sequencer> units(spec.visits.begin(), spec.visits.end());
    std::vector<std::int64_t> given(spec.given.size(), 0);
    start_what_can(units, board);
    for (int cycle = 0; cycle < 120; ++cycle) {
      for (std::size_t n = 0; n < given.size(); ++n) {
        const int more = dice.one_in(5) ? dice.roll(1, 2) : 0;
        given[n] += more;
        for (int k = 0; k < more; ++k) board.give(spec.given[n].token, spec.given[n].delay);
        bench.given[n].write(given[n]);
      }
      bench.simulation.settle();
      for (std::size_t u = 0; u < units.size(); ++u)
        RC_ASSERT(bench.started[u].read() == static_cast<std::int64_t>(units[u].issued().size()));
      board.tick();
      for (sim::Sequencer& unit : units) unit.tick();
      start_what_can(units, board);
      bench.simulation.finish();
    }
    for (std::size_t u = 0; u < units.size(); ++u) {
      RC_ASSERT(bench.sequencer.core(u).issued() == units[u].issued());
      started += static_cast<int>(units[u].issued().size());
    }
  });
  CHECK(started > 300);
}

TEST_CASE("a token from outside starts a visit its delay later, not one cycle sooner",
          "[systemc]") {
  for (const std::int64_t delay : {1, 2, 6}) {
    sim::SequencerScSpec spec;
    Visit visit;
    visit.takes = {0};
    spec.visits = {{visit}};
    spec.initial = {0};
    spec.given = {{0, delay}};
    SequencerBench bench(spec);
    for (std::int64_t cycle = 0; cycle <= delay + 1; ++cycle) {
      bench.given[0].write(1);
      bench.simulation.settle();
      CHECK(bench.started[0].read() == (cycle >= delay ? 1 : 0));
      bench.simulation.finish();
    }
    CHECK(bench.sequencer.done());
  }
}

TEST_CASE("the module of an issuer offers instructions in the cycles in which its core does",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    sim::Slots slots;
    std::vector<std::size_t> ends;
    for (int operation = dice.roll(1, 5); operation > 0; --operation) {
      for (int n = dice.roll(0, 6); n > 0; --n) {
        sim::Instruction instruction;
        instruction.a = sim::reg(static_cast<int>(slots.size()));
        slots.emplace_back();
        if (!dice.one_in(4)) slots.back() = instruction;
      }
      ends.push_back(slots.size());
    }
    sim::Simulation simulation;
    sim::IssuerSc issuer("issuer", slots, ends);
    sim::Channel<sim::Instruction> instruction("instruction");
    sim::Count started, finished;
    issuer.clk(simulation.clock());
    issuer.instruction(instruction);
    issuer.started(started);
    issuer.finished(finished);
    sim::Issuer core(slots, ends);
    std::int64_t now_started = 0;
    for (int cycle = 0; cycle < 80; ++cycle) {
      if (now_started < static_cast<std::int64_t>(ends.size()) && dice.one_in(6)) ++now_started;
      const bool ready = !dice.one_in(4);
      started.write(now_started);
      instruction.ready.write(ready ? 1 : 0);
      simulation.settle();
      const sim::Instruction* offered = core.offered(now_started);
      RC_ASSERT(instruction.valid.read() == (offered != nullptr ? 1 : 0));
      if (offered != nullptr) RC_ASSERT(instruction.data.read().items[0] == *offered);
      RC_ASSERT(finished.read() == core.finished());
      core.tick(now_started, ready && offered != nullptr);
      simulation.finish();
    }
    RC_ASSERT(issuer.core().began() == core.began());
    RC_ASSERT(issuer.core().last_issued() == core.last_issued());
  });
}

TEST_CASE("the module of a reader asks for and gives what its core does, in the same cycles",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    const sim::RowReaderSpec spec{dice.roll(1, 5), dice.roll(1, 4)};
    std::vector<sim::Fetch> order;
    for (int n = 0; n < 20; ++n)
      order.push_back({dice.roll(0, 30), dice.roll(0, 12), dice.one_in(3)});
    ReaderBench bench(spec, order);
    sim::RowReader core(spec, order);
    std::deque<std::int64_t> asked;
    std::int64_t counted = 0;
    for (int cycle = 0; cycle < 150; ++cycle) {
      counted += dice.one_in(5) ? 1 : 0;
      sim::Beat<sim::RowArrival> arriving;
      if (!asked.empty() && dice.one_in(2)) {
        arriving.items.push_back({0, asked.front(), dice.values(spec.words)});
        asked.pop_front();
      }
      const int takes = dice.roll(0, spec.words);
      const bool granted = !dice.one_in(3);
      bench.counted.write(counted);
      bench.rows.write(arriving);
      bench.requests.ready.write(granted ? 1 : 0);
      bench.words.ready.write(takes);
      bench.simulation.settle();
      const sim::Fetch* wanted = core.wanted(counted);
      RC_ASSERT(bench.requests.valid.read() == (wanted != nullptr ? 1 : 0));
      if (wanted != nullptr) RC_ASSERT(bench.requests.data.read().items[0].row == wanted->row);
      const auto offered = core.offered();
      const sim::Beat<float> beat{{offered.begin(), offered.end()}};
      RC_ASSERT(bench.words.data.read() == beat);
      RC_ASSERT(bench.released.read() == core.released());
      core.give(std::min(takes, static_cast<int>(offered.size())));
      if (wanted != nullptr && granted) {
        asked.push_back(wanted->row);
        core.asked();
      }
      for (const sim::RowArrival& arrival : arriving.items) core.arrive(arrival.words);
      core.tick();
      bench.simulation.finish();
    }
  });
}

TEST_CASE("the module of a writer offers rows in the cycles in which its core does",
          "[systemc][property]") {
  rc::prop("transfers", [](std::uint64_t seed) {
    Dice dice(seed);
    const int lanes = dice.roll(1, 5);
    const sim::RowWriterSpec spec{lanes, lanes + dice.roll(0, 2), dice.roll(1, 8)};
    std::vector<std::int64_t> order;
    for (int n = 0; n < 30; ++n) order.push_back(dice.roll(0, 99));
    WriterBench bench(spec, order);
    sim::RowWriter core(spec, order);
    std::vector<int> begun;
    for (int cycle = 0; cycle < 100 && !core.fault(); ++cycle) {
      if (dice.one_in(3)) begun.push_back(cycle);
      std::vector<Word> words(static_cast<std::size_t>(lanes));
      for (const int first : begun)
        if (cycle - first < lanes)
          words[static_cast<std::size_t>(cycle - first)] = {dice.value(), true};
      const bool granted = !dice.one_in(3);
      bench.words.write({words});
      bench.requests.ready.write(granted ? 1 : 0);
      bench.simulation.settle();
      const RowRequest* offered = core.offered();
      RC_ASSERT(bench.requests.valid.read() == (offered != nullptr ? 1 : 0));
      if (offered != nullptr)
        RC_ASSERT(sim::same_bits(bench.requests.data.read().items[0], *offered));
      RC_ASSERT(bench.written.read() == core.written());
      core.tick(granted && offered != nullptr, words);
      bench.simulation.finish();
      RC_ASSERT(bench.writer.core().fault() == core.fault());
    }
  });
}

TEST_CASE("a row that arrives, or is whole, is offered in the next cycle and not in this one",
          "[systemc]") {
  ReaderBench reader({2, 1}, {{4, 0, false}});
  WriterBench writer({1, 1, 1}, {4});
  for (int cycle = 0; cycle < 4; ++cycle) {
    reader.requests.ready.write(1);
    writer.requests.ready.write(1);
    const bool comes = cycle == 1;
    reader.rows.write(comes ? sim::Beat<sim::RowArrival>{{{0, 4, {7}}}}
                            : sim::Beat<sim::RowArrival>{});
    reader.words.ready.write(1);
    writer.words.write({{{7, comes}}});
    reader.simulation.settle();
    writer.simulation.settle();
    CHECK(reader.words.moves() == (cycle == 2 ? 1 : 0));
    CHECK(writer.requests.moves() == (cycle == 2 ? 1 : 0));
    CHECK(writer.written.read() == (cycle > 2 ? 1 : 0));
    reader.simulation.finish();
    writer.simulation.finish();
  }
}

}  // namespace einfall::tests
