#include "sim/engine/ports.hpp"

#include <rapidcheck.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace einfall::sim {
namespace {

using namespace mappings;

// One memory on the chip with rows of 8 bytes; flow 2 i is what engine i reads, 2 i + 1 writes.
Program with_ports(std::int64_t reads, std::int64_t writes, std::int64_t shared,
                   std::size_t engines) {
  Program program;
  program.ports = {{}, {8, reads + shared, writes + shared, reads + writes + shared}};
  for (std::size_t e = 0; e < engines; ++e) {
    Flow flow;
    flow.bits = 64;
    flow.from = {true, 1};
    flow.to = {false, e};
    program.flows.push_back(flow);
    std::swap(flow.from, flow.to);
    program.flows.push_back(flow);
  }
  return program;
}

std::int64_t delay_of(const std::vector<Ports::Delay>& delays, std::size_t engine) {
  std::int64_t sum = 0;
  for (const Ports::Delay& delay : delays)
    if (delay.engine == engine) sum += delay.cycles;
  return sum;
}

std::vector<Ports::Delay> begin(Ports& ports, std::size_t engine, std::int64_t issue,
                                std::int64_t now) {
  ports.begin(engine, issue, now);
  if (!ports.unsettled()) return {};
  return ports.settle();
}

TEST_CASE("ports hold an operation up from the first row too many", "[engine]") {
  const Program program = with_ports(0, 0, 4, 2);
  for (const std::int64_t rows : {39, 40, 41, 80}) {
    Ports ports(program);
    ports.ask(0, rows);
    const auto& delays = begin(ports, 0, 10, 100);
    CHECK(delay_of(delays, 0) == std::max<std::int64_t>(0, (rows + 3) / 4 - 10));
  }
}

TEST_CASE("ports of one kind do not serve the other", "[engine]") {
  const Program program = with_ports(1, 2, 1, 1);
  const auto alone = [&](std::size_t flow, std::int64_t rows) {
    Ports ports(program);
    ports.ask(flow, rows);
    return delay_of(begin(ports, 0, 10, 0), 0);
  };
  CHECK(alone(0, 20) == 0);
  CHECK(alone(0, 21) == 1);
  CHECK(alone(1, 30) == 0);
  CHECK(alone(1, 31) == 1);
}

TEST_CASE("who wants little gets it, the others share the rest", "[engine]") {
  const Program program = with_ports(0, 0, 4, 2);
  Ports ports(program);
  ports.ask(0, 400);
  CHECK(begin(ports, 0, 100, 0).empty());  // 4 rows a cycle, alone
  ports.ask(2, 10);
  // For 10 cycles the first has 3 rows a cycle, then 4 again: 10 rows late, 3 cycles.
  const auto& delays = begin(ports, 1, 10, 50);
  CHECK(delay_of(delays, 1) == 0);
  CHECK(delay_of(delays, 0) == 3);
}

TEST_CASE("what is long over holds nobody up, however long", "[engine]") {
  const Program program = with_ports(0, 0, 4, 2);
  for (const std::int64_t gap : {std::int64_t{20}, (std::int64_t{1} << 43) - 1,
                                 std::int64_t{1} << 43, std::int64_t{1} << 60}) {
    CAPTURE(gap);
    Ports ports(program);
    ports.ask(0, 40);
    CHECK(begin(ports, 0, 10, 0).empty());
    ports.ask(2, 40);
    CHECK(begin(ports, 1, 10, gap).empty());
    ports.ask(0, 40);
    CHECK(delay_of(begin(ports, 0, 10, gap + 5), 1) == 5);
  }
}

TEST_CASE("a transfer of very many cycles takes what others leave", "[engine]") {
  const Program program = with_ports(0, 0, 4, 2);
  Ports ports(program);
  const std::int64_t cycles = std::int64_t{1} << 50;
  ports.ask(0, 4000);
  CHECK(begin(ports, 0, cycles, 0).empty());
  ports.ask(2, 30);
  CHECK(begin(ports, 1, 10, cycles - 20).empty());
}

TEST_CASE("who is through leaves no trace in the state of the ports", "[engine]") {
  const Program program = with_ports(0, 0, 4, 2);
  const auto state_at = [](const Ports& ports, std::int64_t now) {
    std::vector<Wide> state;
    ports.append_state(now, state);
    return state;
  };
  for (const std::int64_t rows : {10, 40}) {  // enough for both, or too few
    Ports ports(program);
    const auto before = state_at(ports, 0);
    std::int64_t ends = 20;
    for (const std::size_t engine : {0, 1}) {
      ports.ask(2 * engine, rows);
      for (const Ports::Delay& delay : begin(ports, engine, 10, 10))
        ends = std::max(ends, 20 + delay.cycles);
    }
    CHECK(ends == (rows == 10 ? 20 : 30));
    CHECK(state_at(ports, ends - 1) != before);
    CHECK(state_at(ports, ends) == before);
    CHECK(state_at(ports, ends + 1000) == before);
  }
}

// The same by floating point, without whole cycles.
struct Fluid {
  struct Job {
    std::size_t engine;
    double rows, rate;
  };
  double capacity;
  std::vector<Job> jobs;

  double share() const {
    std::vector<double> rates;
    for (const Job& job : jobs) rates.push_back(job.rate);
    std::sort(rates.begin(), rates.end());
    double left = capacity;
    for (std::size_t i = 0; i < rates.size(); ++i) {
      const double each = left / static_cast<double>(rates.size() - i);
      if (rates[i] > each) return each;
      left -= rates[i];
    }
    return 1e9;
  }
  // Until `time` has passed or the first job is through; how long that was.
  double step(double time) {
    const double each = share();
    for (const Job& job : jobs) time = std::min(time, job.rows / std::min(job.rate, each));
    for (Job& job : jobs) job.rows -= time * std::min(job.rate, each);
    jobs.erase(
        std::remove_if(jobs.begin(), jobs.end(), [](const Job& job) { return job.rows < 1e-6; }),
        jobs.end());
    return time;
  }
};

TEST_CASE("ports share as a fluid does", "[engine][property]") {
  REQUIRE(rc::check("ends differ from the fluid's by less than two cycles", [] {
    constexpr std::size_t kEngines = 5;
    const auto capacity = *rc::gen::inRange<std::int64_t>(1, 6);
    const Program program = with_ports(0, 0, capacity, kEngines);
    Ports ports(program);
    Fluid fluid{static_cast<double>(capacity), {}};
    std::vector<std::int64_t> ends(kEngines, 0);
    std::int64_t now = 0;
    for (std::size_t e = 0; e < kEngines; ++e) {
      const auto wait = *rc::gen::inRange<std::int64_t>(0, 40);
      for (double left = static_cast<double>(wait); left > 1e-9 && !fluid.jobs.empty();)
        left -= fluid.step(left);
      now += wait;
      const auto rows = *rc::gen::inRange<std::int64_t>(1, 300);
      const auto issue = *rc::gen::inRange<std::int64_t>(1, 100);
      ends[e] = now + issue;
      ports.ask(2 * e + e % 2, rows);
      for (const Ports::Delay& delay : begin(ports, e, issue, now))
        ends[delay.engine] += delay.cycles;
      fluid.jobs.push_back(
          {e, static_cast<double>(rows), static_cast<double>(rows) / static_cast<double>(issue)});
    }
    double at = static_cast<double>(now);
    std::vector<std::size_t> left;
    while (!fluid.jobs.empty()) {
      std::vector<std::size_t> before;
      for (const Fluid::Job& job : fluid.jobs) before.push_back(job.engine);
      at += fluid.step(1e9);
      for (const std::size_t engine : before)
        if (std::none_of(fluid.jobs.begin(), fluid.jobs.end(),
                         [&](const Fluid::Job& job) { return job.engine == engine; }))
          RC_ASSERT(std::abs(static_cast<double>(ends[engine]) - at) < 2);
    }
  }));
}

}  // namespace
}  // namespace einfall::sim
