#include <catch2/catch.hpp>
#include <vector>

#include "sim/dram/bank_dram.hpp"
#include "sim/dram/checker.hpp"
#include "tests/sim/dram/devices.hpp"

namespace einfall::sim::tests {
namespace {

using Kind = DramCommandKind;

struct Access {
  DramLocation at;
  bool write = false;
};
DramLocation in(std::int64_t rank, std::int64_t group, std::int64_t bank, std::int64_t row,
                std::int64_t column = 0) {
  return {0, rank, group, bank, row, column};
}

/// The commands of the accesses, all requested at clock 0, in the order of the accesses.
DramTrace commands(const arch::DramTiming& t, const std::vector<Access>& accesses) {
  BankDram dram(t, 1);
  DramTrace trace;
  dram.record(&trace);
  for (const Access& access : accesses)
    dram.access({address(t, access.at), base::Bytes(64), access.write, 0});
  CHECK(check_trace(t, trace).empty());
  return trace;
}

/// Clocks between the last two commands of two kinds.
std::int64_t between(const DramTrace& trace, Kind before, Kind after) {
  for (std::size_t j = trace.size(); j-- > 0;) {
    if (trace[j].kind != after) continue;
    for (std::size_t i = j; i-- > 0;)
      if (trace[i].kind == before) return trace[j].at - trace[i].at;
  }
  return -1;
}

}  // namespace

TEST_CASE("a closed bank, an open row and another row take the latencies of the table", "[dram]") {
  const arch::DramTiming t = small_device();
  const arch::DramClocks& c = t.clocks;
  constexpr Tick kTick = 7;
  BankDram dram(t, kTick);
  const auto read = [&](std::int64_t row, std::int64_t column, DramClock at) {
    return dram.access({address(t, in(0, 0, 0, row, column)), base::Bytes(64), false, at * kTick});
  };
  // 9 to the row, 11 to the data, 2 for them.
  CHECK(read(0, 0, 0) == DramCompletion{0, (9 + 11) * kTick, (9 + 11 + 2) * kTick});
  CHECK(read(0, 1, 100) == DramCompletion{100 * kTick, 111 * kTick, 113 * kTick});
  const DramClock conflict = 200 + c.rp + c.rcd_read + c.cl;
  CHECK(read(1, 0, 200) == DramCompletion{200 * kTick, conflict * kTick, (conflict + 2) * kTick});
  // A request between two clocks begins at the next.
  CHECK(
      dram.access({address(t, in(0, 0, 0, 1, 1)), base::Bytes(64), false, 300 * kTick + 1}).first ==
      312 * kTick);
  const DramCounters& counters = dram.counters();
  CHECK(counters.row_hits == 2);
  CHECK(counters.activations == 2);
}

TEST_CASE("no distance is longer than the table asks", "[dram]") {
  const arch::DramTiming t = small_device();
  const arch::DramClocks& c = t.clocks;
  const std::int64_t burst = t.organization.burst_clocks();
  const std::int64_t written = c.cwl + burst;
  const Access a{in(0, 0, 0, 0)}, b{in(0, 0, 1, 0)}, g{in(0, 1, 0, 0)}, r{in(1, 0, 0, 0)};
  const Access other_row{in(0, 0, 0, 1)};
  const auto write = [](Access access) { return Access{access.at, true}; };
  struct Expected {
    const char* what;
    std::vector<Access> accesses;
    Kind before, after;
    std::int64_t clocks;
  };
  const std::vector<Expected> all = {
      {"tRCD_RD", {a}, Kind::kActivate, Kind::kRead, c.rcd_read},
      {"tRCD_WR", {write(a)}, Kind::kActivate, Kind::kWrite, c.rcd_write},
      {"tRC", {a, other_row}, Kind::kActivate, Kind::kActivate, c.rc},
      {"tRP", {write(a), other_row}, Kind::kPrecharge, Kind::kActivate, c.rp},
      {"tRTP", {a, a, a, a, a, other_row}, Kind::kRead, Kind::kPrecharge, c.rtp},
      {"tWR", {write(a), other_row}, Kind::kWrite, Kind::kPrecharge, written + c.wr},
      {"tRRD_L", {a, b}, Kind::kActivate, Kind::kActivate, c.rrd_l},
      {"tRRD_S", {a, g}, Kind::kActivate, Kind::kActivate, c.rrd_s},
      {"tCCD_L", {a, a}, Kind::kRead, Kind::kRead, c.ccd_l},
      {"tCCD_L", {write(a), write(a)}, Kind::kWrite, Kind::kWrite, c.ccd_l},
      {"data bus", {a, g, a, g, a, g}, Kind::kRead, Kind::kRead, burst},
      {"tRTRS", {a, a, a, r}, Kind::kRead, Kind::kRead, burst + c.rank_switch},
      {"tRTRS",
       {a, a, r, write(a)},
       Kind::kRead,
       Kind::kWrite,
       c.cl + burst + c.rank_switch - c.cwl},
      {"turnaround", {a, write(a)}, Kind::kRead, Kind::kWrite, c.cl + burst + c.turnaround - c.cwl},
      {"tWTR_L", {a, write(a), a}, Kind::kWrite, Kind::kRead, written + c.wtr_l},
      {"tWTR_S", {a, g, write(a), g}, Kind::kWrite, Kind::kRead, written + c.wtr_s}};
  for (const Expected& e : all) {
    INFO(e.what);
    CHECK(between(commands(t, e.accesses), e.before, e.after) == e.clocks);
  }
}

TEST_CASE("tRAS keeps a row open when its read does not", "[dram]") {
  arch::DramTiming t = small_device();
  t.clocks.rtp = 2;
  const DramTrace trace = commands(t, {{in(0, 0, 0, 0)}, {in(0, 0, 0, 1)}});
  CHECK(between(trace, Kind::kActivate, Kind::kPrecharge) == t.clocks.ras);
}

TEST_CASE("a later request takes a gap that an earlier one leaves, and moves nothing", "[dram]") {
  const arch::DramTiming t = small_device();
  // The second access waits for its bank; the third is for another one and goes before it.
  const DramTrace two = commands(t, {{in(0, 0, 0, 0)}, {in(0, 0, 0, 1)}});
  const DramTrace three = commands(t, {{in(0, 0, 0, 0)}, {in(0, 0, 0, 1)}, {in(0, 1, 1, 0)}});
  for (std::size_t i = 0; i < two.size(); ++i) CHECK(three[i].at == two[i].at);
  CHECK(three.back().at < two.back().at);
  CHECK(three.back().at == t.clocks.rrd_s + t.clocks.rcd_read);
}

TEST_CASE("four activations that are already to come keep a fifth from going before them",
          "[dram]") {
  const arch::DramTiming t = small_device();
  // Four banks are written and then wait for tWR: their next activations come at 34, 38, 42, 46.
  std::vector<Access> accesses;
  for (const std::int64_t row : {0, 1})
    for (const std::int64_t number : {0, 1})
      for (const std::int64_t group : {0, 1}) accesses.push_back({in(0, group, number, row), true});
  // At 29 the first four allow a fifth, but it would be the first of five in 17 clocks.
  accesses.push_back({in(0, 1, 2, 0)});
  const DramTrace trace = commands(t, accesses);
  std::vector<DramClock> activations;
  for (const DramCommand& command : trace)
    if (command.kind == Kind::kActivate) activations.push_back(command.at);
  CHECK(activations == std::vector<DramClock>{0, 4, 8, 12, 34, 38, 42, 46, 34 + t.clocks.faw});
}

TEST_CASE("a full controller holds up the stream until a burst has been issued", "[dram]") {
  arch::DramTiming t = small_device();
  t.organization.window = 2;
  BankDram dram(t, 1);
  const auto read = [&](std::int64_t row) {
    return dram.access({address(t, in(0, 0, 0, row)), base::Bytes(64), false, 0});
  };
  const DramCompletion first = read(0), second = read(1), third = read(2);
  CHECK(first.accepted == 0);
  CHECK(second.accepted == 0);
  CHECK(third.accepted == first.first - t.clocks.cl);
  // In order: another bank's request has to wait behind it.
  const DramCompletion fourth =
      dram.access({address(t, in(1, 1, 1, 0)), base::Bytes(64), false, 0});
  CHECK(fourth.accepted == second.first - t.clocks.cl);
}

TEST_CASE("refresh closes the rows, and no command comes too near to it", "[dram]") {
  const arch::DramTiming t = small_device();
  const arch::DramClocks& c = t.clocks;
  // The read's row may be precharged just in time before the refresh, or a clock too late.
  const DramClock close = c.refresh_interval - c.rp_all;
  const DramClock last = close - c.rtp - c.rcd_read;  // latest request of a closed bank
  const auto column = [&](DramClock at) {
    BankDram dram(t, 1);
    return dram.access({address(t, in(0, 0, 0, 0)), base::Bytes(64), false, at}).first - c.cl;
  };
  CHECK(column(last) == last + c.rcd_read);
  CHECK(column(last + 1) == c.refresh_interval + c.refresh + c.rcd_read);
  // The other rank is refreshed half an interval later.
  BankDram dram(t, 1);
  CHECK(dram.access({address(t, in(1, 0, 0, 0)), base::Bytes(64), false, last + 1}).first ==
        last + 1 + c.rcd_read + c.cl);
  // A row that was open before is closed after it.
  BankDram open(t, 1);
  open.access({address(t, in(0, 0, 0, 0)), base::Bytes(64), false, 0});
  open.access({address(t, in(0, 0, 0, 0, 1)), base::Bytes(64), false, 2 * c.refresh_interval});
  CHECK(open.counters().activations == 2);
  BankDram never(t, 1, {false});
  never.access({address(t, in(0, 0, 0, 0)), base::Bytes(64), false, 0});
  never.access({address(t, in(0, 0, 0, 0, 1)), base::Bytes(64), false, 2 * c.refresh_interval});
  CHECK(never.counters().activations == 1);
}

TEST_CASE("an address is taken apart in the order of the mapping", "[dram]") {
  const arch::DramTiming t = hbm2();
  const AddressMap map(t);
  CHECK(map.capacity() == std::int64_t{8} << 30);
  CHECK(map.row_stride() == std::int64_t{8} * 16 * 2048);
  CHECK(map.locate(0) == DramLocation{});
  CHECK(map.locate(64) == DramLocation{0, 0, 0, 0, 0, 1});
  CHECK(map.locate(2048) == DramLocation{1, 0, 0, 0, 0, 0});
  CHECK(map.locate(8 * 2048) == DramLocation{0, 0, 0, 1, 0, 0});
  CHECK(map.locate(4 * 8 * 2048) == DramLocation{0, 0, 1, 0, 0, 0});
  CHECK(map.locate(map.row_stride() * 5 + 2048 * 3 + 64 * 7 + 63) ==
        DramLocation{3, 0, 0, 0, 5, 7});
  // What the device does not have lies in rows that nothing else is in.
  CHECK(map.locate(map.capacity() + 64) == DramLocation{0, 0, 0, 0, t.organization.rows, 1});
  const DramLocation any{6, 0, 2, 3, 31000, 17};
  CHECK(map.locate(address(t, any)) == any);
}

}  // namespace einfall::sim::tests
