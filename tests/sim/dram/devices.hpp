#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "arch/dram_timing.hpp"
#include "base/diagnostic.hpp"
#include "sim/dram/address_map.hpp"

/// What the tests of DRAM share: the shipped tables and a small device with two ranks.
namespace einfall::sim::tests {

inline arch::DramTiming table(const std::string& name) {
  auto timing = arch::load_dram_timing(std::string(EINFALL_SOURCE_DIR) + "/arch/specs/dram/" +
                                       name + ".yaml");
  if (!timing) FAIL(base::render(timing.error()));
  return std::move(*timing);
}

inline arch::DramTiming hbm2() { return table("hbm2-8x128-2000"); }
inline arch::DramTiming lpddr4() { return table("lpddr4-8x16-3200"); }

/// One channel, two ranks of 2 x 4 banks with 8 rows of 4 bursts of 64 B. All distances differ, so
/// that each can be told from the others; tCCD_S is slack, a burst takes longer.
inline arch::DramTiming small_device() {
  arch::DramTiming t;
  t.name = "small";
  t.clock = base::Hertz(1'000'000'000);
  t.organization = {1, 2, 2, 4, 8, base::Bytes(256), base::Bytes(16), 4, 16, "made up"};
  arch::DramClocks& c = t.clocks;
  c.cl = 11;
  c.cwl = 5;
  c.rcd_read = 9;
  c.rcd_write = 7;
  c.rp = 8;
  c.rp_all = 10;
  c.ras = 23;
  c.rc = 34;
  c.ccd_s = 1;
  c.ccd_l = 3;
  c.rrd_s = 4;
  c.rrd_l = 6;
  c.faw = 29;
  c.rtp = 16;
  c.wr = 12;
  c.wtr_s = 3;
  c.wtr_l = 5;
  c.turnaround = 1;
  c.rank_switch = 2;
  c.refresh_interval = 700;
  c.refresh = 61;
  using F = arch::AddressField;
  t.mapping = {F::kRow, F::kRank, F::kBankGroup, F::kBank, F::kChannel, F::kColumn};
  return t;
}

/// The address of a burst, for the shipped order of the fields.
inline std::int64_t address(const arch::DramTiming& t, const DramLocation& at) {
  const arch::DramOrganization& o = t.organization;
  const std::int64_t bank =
      ((at.row * o.ranks + at.rank) * o.bank_groups + at.bank_group) * o.banks + at.bank;
  return ((bank * o.channels + at.channel) * o.bursts_of_a_row() + at.column) * o.burst_bytes();
}

}  // namespace einfall::sim::tests
