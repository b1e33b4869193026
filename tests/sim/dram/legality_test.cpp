#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sim/dram/checker.hpp"
#include "tests/sim/dram/devices.hpp"

namespace einfall::sim::tests {
namespace {

using Kind = DramCommandKind;

DramCommand command(DramClock at, Kind kind, DramLocation where = {}) { return {at, kind, where}; }
DramLocation bank(std::int64_t rank, std::int64_t group, std::int64_t number,
                  std::int64_t row = 0) {
  return {0, rank, group, number, row, 0};
}

/// A pair of commands that one rule keeps apart: `lead` goes before at fixed clocks, the last
/// command comes `clocks` after the first of the pair, which stands at clock 1000.
struct Case {
  const char* rule;
  std::int64_t clocks;
  DramTrace lead;      // includes the first command of the pair, at 1000
  DramCommand second;  // `at` is set by the test
};

constexpr DramClock kAt = 1000;

std::vector<Case> cases(const arch::DramTiming& t) {
  const arch::DramClocks& c = t.clocks;
  const std::int64_t burst = t.organization.burst_clocks();
  const DramLocation a = bank(0, 0, 0), b = bank(0, 0, 1), g = bank(0, 1, 0), r = bank(1, 0, 0);
  const DramCommand open_a = command(500, Kind::kActivate, a);
  const DramCommand open_b = command(540, Kind::kActivate, b);
  const DramCommand open_g = command(580, Kind::kActivate, g);
  const DramCommand open_r = command(620, Kind::kActivate, r);
  const auto at = [](Kind kind, const DramLocation& where) { return command(kAt, kind, where); };
  const auto then = [](Kind kind, const DramLocation& where) { return command(0, kind, where); };
  return {
      {"tRC",
       c.rc,
       {at(Kind::kActivate, a), command(kAt + c.ras, Kind::kPrecharge, a)},
       then(Kind::kActivate, a)},
      {"tRRD_L", c.rrd_l, {at(Kind::kActivate, a)}, then(Kind::kActivate, b)},
      {"tRRD_S", c.rrd_s, {at(Kind::kActivate, a)}, then(Kind::kActivate, g)},
      {"tRCD_RD", c.rcd_read, {at(Kind::kActivate, a)}, then(Kind::kRead, a)},
      {"tRCD_WR", c.rcd_write, {at(Kind::kActivate, a)}, then(Kind::kWrite, a)},
      {"tRAS", c.ras, {at(Kind::kActivate, a)}, then(Kind::kPrecharge, a)},
      {"tRAS", c.ras, {at(Kind::kActivate, a)}, then(Kind::kPrechargeAll, b)},
      {"tRTP", c.rtp, {open_a, at(Kind::kRead, a)}, then(Kind::kPrecharge, a)},
      {"tRTP", c.rtp, {open_a, at(Kind::kRead, a)}, then(Kind::kPrechargeAll, b)},
      {"tWR", c.cwl + burst + c.wr, {open_a, at(Kind::kWrite, a)}, then(Kind::kPrecharge, a)},
      {"tWR", c.cwl + burst + c.wr, {open_a, at(Kind::kWrite, a)}, then(Kind::kPrechargeAll, b)},
      {"tRP", c.rp, {open_a, at(Kind::kPrecharge, a)}, then(Kind::kActivate, a)},
      {"tRP", c.rp, {open_a, at(Kind::kPrecharge, a)}, then(Kind::kRefresh, b)},
      {"tRP_all", c.rp_all, {open_a, at(Kind::kPrechargeAll, a)}, then(Kind::kActivate, b)},
      {"tRP_all", c.rp_all, {open_a, at(Kind::kPrechargeAll, a)}, then(Kind::kRefresh, a)},
      {"tRFC", c.refresh, {at(Kind::kRefresh, a)}, then(Kind::kActivate, b)},
      {"tRFC", c.refresh, {at(Kind::kRefresh, a)}, then(Kind::kRefresh, a)},
      {"tCCD_L", c.ccd_l, {open_a, open_b, at(Kind::kRead, a)}, then(Kind::kRead, b)},
      {"tCCD_L", c.ccd_l, {open_a, open_b, at(Kind::kWrite, a)}, then(Kind::kWrite, b)},
      {"data bus", burst, {open_a, open_g, at(Kind::kRead, a)}, then(Kind::kRead, g)},
      {"data bus", burst, {open_a, open_g, at(Kind::kWrite, a)}, then(Kind::kWrite, g)},
      {"tWTR_L",
       c.cwl + burst + c.wtr_l,
       {open_a, open_b, at(Kind::kWrite, a)},
       then(Kind::kRead, b)},
      {"tWTR_S",
       c.cwl + burst + c.wtr_s,
       {open_a, open_g, at(Kind::kWrite, a)},
       then(Kind::kRead, g)},
      {"turnaround",
       c.cl + burst + c.turnaround - c.cwl,
       {open_a, open_g, at(Kind::kRead, a)},
       then(Kind::kWrite, g)},
      {"tRTRS", burst + c.rank_switch, {open_a, open_r, at(Kind::kRead, a)}, then(Kind::kRead, r)},
      {"tRTRS",
       burst + c.rank_switch,
       {open_a, open_r, at(Kind::kWrite, a)},
       then(Kind::kWrite, r)},
      {"tRTRS",
       c.cl + burst + c.rank_switch - c.cwl,
       {open_a, open_r, at(Kind::kRead, a)},
       then(Kind::kWrite, r)}};
}

std::vector<std::string> broken(const arch::DramTiming& t, const Case& c, std::int64_t clocks) {
  DramTrace trace = c.lead;
  trace.push_back(c.second);
  trace.back().at = kAt + clocks;
  std::vector<std::string> rules;
  for (const DramViolation& violation : check_trace(t, trace)) rules.push_back(violation.rule);
  return rules;
}

}  // namespace

TEST_CASE("each distance is illegal a clock too early and legal on time", "[dram]") {
  const arch::DramTiming t = small_device();
  for (const Case& c : cases(t)) {
    INFO(c.rule << " " << c.clocks);
    CHECK(broken(t, c, c.clocks - 1) == std::vector<std::string>{c.rule});
    CHECK(broken(t, c, c.clocks).empty());
  }
}

TEST_CASE("tCCD_S is illegal a clock too early and legal on time", "[dram]") {
  arch::DramTiming t = small_device();
  t.clocks.ccd_s = 4;
  t.clocks.ccd_l = 5;
  const DramTrace open = {command(500, Kind::kActivate, bank(0, 0, 0)),
                          command(540, Kind::kActivate, bank(0, 1, 0))};
  for (const Kind kind : {Kind::kRead, Kind::kWrite}) {
    DramTrace lead = open;
    lead.push_back(command(kAt, kind, bank(0, 0, 0)));
    const Case c{"tCCD_S", 4, lead, command(0, kind, bank(0, 1, 0))};
    CHECK(broken(t, c, 3) == std::vector<std::string>{"tCCD_S"});
    CHECK(broken(t, c, 4).empty());
  }
}

TEST_CASE("the fifth activation of a rank waits for tFAW, that of another rank does not",
          "[dram]") {
  arch::DramTiming t = small_device();
  t.clocks.rrd_l = t.clocks.rrd_s;
  DramTrace lead;
  for (std::int64_t i = 0; i < 4; ++i)
    lead.push_back(command(kAt + i * t.clocks.rrd_s, Kind::kActivate, bank(0, 0, i)));
  const Case same{"tFAW", t.clocks.faw, lead, command(0, Kind::kActivate, bank(0, 1, 0))};
  CHECK(broken(t, same, t.clocks.faw - 1) == std::vector<std::string>{"tFAW"});
  CHECK(broken(t, same, t.clocks.faw).empty());
  const Case other{"tFAW", t.clocks.faw, lead, command(0, Kind::kActivate, bank(1, 1, 0))};
  CHECK(broken(t, other, t.clocks.faw - 1).empty());
}

TEST_CASE("a refresh comes at least every tREFI", "[dram]") {
  const arch::DramTiming t = small_device();
  const Case c{"tREFI", 0, {command(kAt, Kind::kRefresh)}, command(0, Kind::kRefresh)};
  CHECK(broken(t, c, t.clocks.refresh_interval).empty());
  CHECK(broken(t, c, t.clocks.refresh_interval + 1) == std::vector<std::string>{"tREFI"});
}

TEST_CASE("what the state of a bank does not allow is found", "[dram]") {
  const arch::DramTiming t = small_device();
  const auto rules = [&](const DramTrace& trace) {
    std::vector<std::string> found;
    for (const DramViolation& violation : check_trace(t, trace)) found.push_back(violation.rule);
    return found;
  };
  const DramCommand open = command(0, Kind::kActivate, bank(0, 0, 0, 3));
  CHECK(rules({command(0, Kind::kRead, bank(0, 0, 0))}) == std::vector<std::string>{"row open"});
  CHECK(rules({open, command(50, Kind::kRead, bank(0, 0, 0, 3))}).empty());
  CHECK(rules({open, command(50, Kind::kRead, bank(0, 0, 0, 4))}) ==
        std::vector<std::string>{"row open"});
  CHECK(rules({open, command(50, Kind::kActivate, bank(0, 0, 0, 4))}) ==
        std::vector<std::string>{"row closed"});
  CHECK(rules({open, command(50, Kind::kRefresh)}) == std::vector<std::string>{"row closed"});
  CHECK(rules({open, command(50, Kind::kPrechargeAll), command(60, Kind::kRefresh)}).empty());
  // The text says what is too close to what.
  const auto early = check_trace(t, {open, command(8, Kind::kRead, bank(0, 0, 0, 3))});
  REQUIRE(early.size() == 1);
  CHECK(early.front().text() ==
        "tRCD_RD: RD at 8 (channel 0, rank 0, group 0, bank 0, row 3) after ACT at 0 (channel 0, "
        "rank 0, group 0, bank 0, row 3): 8 clocks, 9 needed");
}

}  // namespace einfall::sim::tests
