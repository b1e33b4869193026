#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <optional>

#include "sim/engine/ports.hpp"
#include "tests/sim/array/random_drive.hpp"
#include "tests/sim/buffer/row_stream.hpp"

// The ports of the event model, a fluid of whole operations, against the stepped buffer and its
// arbiter, row by row.
namespace einfall::tests {
namespace {

constexpr int kEngines = 5;
constexpr std::int64_t kRows = 2048;

struct Job {
  std::int64_t start = 0, rows = 1, issue = 1;
};
using Jobs = std::vector<Job>;

Jobs random_jobs(Dice& dice) {
  Jobs jobs;
  std::int64_t now = 0;
  for (int e = 0; e < kEngines; ++e) {
    now += dice.roll(0, 40);
    jobs.push_back({now, dice.roll(1, 300), dice.roll(1, 100)});
  }
  return jobs;
}

std::vector<std::int64_t> by_fluid(const Jobs& jobs, int ports, std::vector<bool> writes) {
  mappings::Program program;
  program.ports = {{}, {8, ports, ports, ports}};
  for (std::size_t e = 0; e < jobs.size(); ++e) {
    mappings::Flow flow;
    flow.bits = 64;
    flow.from = {true, 1};
    flow.to = {false, e};
    if (writes[e]) std::swap(flow.from, flow.to);
    program.flows.push_back(flow);
  }
  sim::Ports fluid(program);
  std::vector<std::int64_t> ends;
  for (std::size_t e = 0; e < jobs.size(); ++e) {
    ends.push_back(jobs[e].start + jobs[e].issue);
    fluid.ask(e, jobs[e].rows);
    fluid.begin(e, jobs[e].issue, jobs[e].start);
    const bool last_of_cycle = e + 1 == jobs.size() || jobs[e + 1].start != jobs[e].start;
    if (!last_of_cycle || !fluid.unsettled()) continue;
    for (const auto& delay : fluid.settle()) ends[delay.engine] += delay.cycles;
  }
  return ends;
}

std::vector<std::int64_t> by_rows(const Jobs& jobs, int ports, std::vector<bool> writes) {
  sim::BufferSpec spec;
  spec.rows = spec.banks = kRows;  // no two engines meet in a bank
  spec.row_words = 0;
  spec.shared_ports = ports;
  spec.requesters = kEngines;
  sim::Buffer buffer(spec);
  for (std::int64_t row = 0; row < kRows; ++row) buffer.preload(row, {});
  std::vector<std::optional<RowStream>> streams(jobs.size());
  std::vector<std::int64_t> ends(jobs.size(), 0);
  for (std::size_t left = jobs.size(); left > 0;) {
    std::vector<std::vector<sim::RowRequest>> offers(jobs.size());
    for (std::size_t e = 0; e < jobs.size(); ++e) {
      if (jobs[e].start == buffer.cycle())
        streams[e].emplace(jobs[e].rows, jobs[e].issue, static_cast<std::int64_t>(e) * 400,
                           writes[e]);
      if (streams[e]) offers[e] = streams[e]->offer(kRows);
    }
    buffer.tick(offers);
    RC_ASSERT(!buffer.fault());
    for (std::size_t e = 0; e < jobs.size(); ++e) {
      if (!streams[e]) continue;
      streams[e]->take(buffer.taken(static_cast<int>(e)));
      if (!streams[e]->done()) continue;
      ends[e] = buffer.cycle();
      streams[e].reset();
      --left;
    }
  }
  return ends;
}

}  // namespace

// The fluid rounds rates down to 2^-20 of a row in a cycle.
TEST_CASE("alone an operation ends with the fluid's or, where that rounds, a cycle earlier",
          "[buffer][property]") {
  rc::prop("ends", [](std::uint64_t seed) {
    Dice dice(seed);
    Jobs jobs = random_jobs(dice);
    for (std::size_t e = 0; e < jobs.size(); ++e)  // one after another
      jobs[e].start = static_cast<std::int64_t>(e) * 1000;
    const int ports = dice.roll(1, 6);
    const std::vector<bool> reads(jobs.size(), false);
    const auto fluid = by_fluid(jobs, ports, reads), rows = by_rows(jobs, ports, reads);
    for (std::size_t e = 0; e < jobs.size(); ++e)
      RC_ASSERT(fluid[e] == rows[e] || fluid[e] == rows[e] + 1);
  });
}

// A row waits at most for one of each other engine, which it makes up for later: it shifts ends by
// a few cycles but takes nothing away. The most that was seen in 15,000 operations is 6 cycles.
TEST_CASE("operations that share ports end at most two rows of each engine from the fluid's",
          "[buffer][property]") {
  rc::prop("ends", [](std::uint64_t seed) {
    Dice dice(seed);
    const Jobs jobs = random_jobs(dice);
    const int ports = dice.roll(1, 6);
    std::vector<bool> writes;
    for (int e = 0; e < kEngines; ++e) writes.push_back(dice.one_in(2));
    const auto fluid = by_fluid(jobs, ports, writes), rows = by_rows(jobs, ports, writes);
    for (std::size_t e = 0; e < jobs.size(); ++e)
      RC_ASSERT(std::abs(fluid[e] - rows[e]) <= 2 * kEngines);
  });
}

}  // namespace einfall::tests
