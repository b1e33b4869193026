#include <catch2/catch.hpp>
#include <cmath>

#include "tests/sim/dram/devices.hpp"
#include "tests/sim/dram/streams.hpp"

namespace einfall::sim::tests {
namespace {

constexpr std::int64_t kBursts = 200'000;

/// What DRAMsim3 achieved with HBM2_8Gb_x128.ini (8 channels, 256 GB/s peak), fed one 64-B read
/// after the other: the project's feasibility study, section D. GB/s.
struct Reference {
  const char* stream;
  double dramsim3;
  Addresses addresses;
  double bound;  // largest relative difference; DEVIATIONS.md says why one is larger
};

}  // namespace

TEST_CASE("HBM2 streams reach what DRAMsim3 reaches", "[dram]") {
  const arch::DramTiming t = hbm2();
  const std::vector<Reference> references = {
      {"sequential", 236.2, strided(kBursts, 64), 0.01},
      {"tiles of 32 KB, K and V in turn", 236.2, tiles(kBursts, 32768, 1 << 28, 64), 0.01},
      {"stride 256 B", 236.0, strided(kBursts, 256), 0.01},
      {"stride 4 KB", 31.4, strided(kBursts, 4096), 0.01},
      {"stride 64 KB", 4.9, strided(kBursts / 4, 65536), 0.02},  // the figure has two digits
      {"rows of 128 B every 1536 B", 166.8, rows(kBursts, 128, 1536, 64), 0.015},
      {"random", 61.6, uniform(kBursts, std::int64_t{8} << 30, 64, 1), 0.045}};
  for (const Reference& reference : references) {
    const double found = bytes_per_second(t, reference.addresses) * 1e-9;
    const double error = found / reference.dramsim3 - 1;
    INFO(reference.stream << ": " << found << " GB/s, DRAMsim3 " << reference.dramsim3 << " GB/s, "
                          << 100 * error << " %");
    CHECK(std::abs(error) <= reference.bound);
  }
}

TEST_CASE("rows of 1 KiB in two ranks, another reading of the same device, do not fit DRAMsim3",
          "[dram]") {
  // Twice the activations in a tFAW: what does not live on row hits comes out too fast.
  arch::DramTiming t = hbm2();
  t.organization.ranks = 2;
  t.organization.row = base::Bytes(1024);
  CHECK(bytes_per_second(t, rows(kBursts, 128, 1536, 64)) * 1e-9 > 1.2 * 166.8);
  CHECK(bytes_per_second(t, uniform(kBursts, std::int64_t{8} << 30, 64, 1)) * 1e-9 > 1.7 * 61.6);
}

TEST_CASE("random reads are slower than DRAMsim3's, since each takes its place for good",
          "[dram]") {
  // DEVIATIONS.md, DRAM 1: this difference is known and must not go unnoticed when it changes.
  const double found =
      bytes_per_second(hbm2(), uniform(kBursts, std::int64_t{8} << 30, 64, 1)) * 1e-9;
  CHECK(found < 61.6 * 0.97);
}

// DRAMsim3 sends READ at ACTIVATE + tRCDRD and answers read_delay = CL + BL / 2 later (configs/
// HBM2_8Gb_x128.ini and src/configuration.cc at 0eb6360); it has no other latency.
TEST_CASE("a lone read takes the clocks that DRAMsim3's rules give it", "[dram]") {
  const arch::DramTiming t = hbm2();
  BankDram dram(t, 1);
  const auto clocks = [&](std::int64_t row, std::int64_t column, Tick at) {
    const std::int64_t where = address(t, {0, 0, 0, 0, row, column});
    return dram.access({where, base::Bytes(64), false, at}).last - at;
  };
  CHECK(clocks(0, 0, 0) == 14 + 14 + 2);
  CHECK(clocks(0, 1, 100) == 14 + 2);
  CHECK(clocks(1, 0, 200) == 14 + 14 + 14 + 2);
}

TEST_CASE("random reads one at a time take what rows and refresh cost", "[dram]") {
  const arch::DramTiming t = hbm2();
  BankDram dram(t, 1);
  double sum = 0;
  Tick now = 0;
  constexpr int kReads = 100'000;
  for (const std::int64_t where : uniform(kReads, std::int64_t{8} << 30, 64, 2)) {
    const Tick last = dram.access({where, base::Bytes(64), false, now}).last;
    sum += static_cast<double>(last - now);
    now = last + 1;
  }
  const double mean = sum / kReads;
  // From one refresh to the next n reads meet 128 banks, the first of each a closed one; one of
  // them waits for the refresh.
  const double n = 3900 / (mean + 1);
  const double closed = 128 * (1 - std::pow(127.0 / 128, n));
  const double expected = (30 * closed + 44 * (n - closed) + 260) / n;
  CAPTURE(mean, expected);
  CHECK(std::abs(mean / expected - 1) <= 0.02);
}

TEST_CASE("streams of LPDDR4 stay near their closed forms", "[dram]") {
  const arch::DramTiming t = lpddr4();
  const arch::DramClocks& c = t.clocks;
  const double peak = static_cast<double>(t.peak().value());
  CHECK(peak == 51.2e9);
  const double refresh = static_cast<double>(c.refresh) / static_cast<double>(c.refresh_interval);
  const double sequential = bytes_per_second(t, strided(kBursts, 32)) / peak;
  CHECK(sequential < 1 - refresh);
  CHECK(sequential > 0.98 * (1 - refresh));
  // tFAW: four bursts in 64 clocks of each channel, half of the peak.
  const double random = bytes_per_second(t, uniform(kBursts, std::int64_t{8} << 30, 32, 1)) / peak;
  const double bound = 4.0 * static_cast<double>(t.organization.burst_clocks()) /
                       static_cast<double>(c.faw) * (1 - refresh);
  CHECK(random < bound);
  CHECK(random > 0.9 * bound);
}

TEST_CASE("one bank gives a burst every tRC, a rank four every tFAW", "[dram]") {
  const BankDramOptions no_refresh{false};
  for (const arch::DramTiming& t : {hbm2(), lpddr4()}) {
    const arch::DramClocks& c = t.clocks;
    const double burst = static_cast<double>(t.organization.burst_bytes());
    const double second = static_cast<double>(t.clock.value());
    const std::int64_t row_stride = AddressMap(t).row_stride();
    constexpr std::int64_t kCount = 10'000;
    // Always another row of the same bank: the i-th activation comes at i * tRC exactly.
    BankDram dram(t, 1, no_refresh);
    for (std::int64_t i = 0; i < kCount; ++i) {
      const auto done =
          dram.access({i * row_stride, base::Bytes(t.organization.burst_bytes()), false, 0});
      if (done.first != i * c.rc + c.rcd_read + c.cl) FAIL("burst " << i << " at " << done.first);
    }
    // All banks of one channel in turn.
    Addresses all;
    const std::int64_t banks = t.organization.bank_groups * t.organization.banks;
    for (std::int64_t i = 0; i < kCount; ++i)
      all.push_back(
          address(t, {0, 0, i % t.organization.bank_groups,
                      i / t.organization.bank_groups % t.organization.banks, i / banks, 0}));
    const double rate = bytes_per_second(t, all, no_refresh);
    const double bound = 4 * burst / static_cast<double>(c.faw) * second;
    CHECK(rate <= bound);
    CHECK(rate > 0.99 * bound);
  }
}

TEST_CASE("column commands stream at the rate of the pins, inside a bank group at tCCD_L",
          "[dram]") {
  arch::DramTiming t = hbm2();
  const BankDramOptions no_refresh{false};
  const double peak = static_cast<double>(t.peak().value());
  CHECK(bytes_per_second(t, strided(kBursts, 64), no_refresh) > 0.998 * peak);
  t.clocks.ccd_l = 5;  // two clocks for a burst, so 2/5 remain
  Addresses one_row = strided(kBursts, 64);
  for (std::int64_t& at : one_row) at %= t.organization.row.value();
  CHECK(8 * bytes_per_second(t, one_row, no_refresh) / peak == Approx(0.4).epsilon(0.001));
}

TEST_CASE("refresh costs tRFC of tREFI, and what it takes to stop and begin again", "[dram]") {
  const arch::DramTiming t = hbm2();
  const arch::DramClocks& c = t.clocks;
  const double with = bytes_per_second(t, strided(kBursts, 64));
  const double without = bytes_per_second(t, strided(kBursts, 64), {false});
  const double share = 1 - with / without;
  const auto of_interval = [&](std::int64_t clocks) {
    return static_cast<double>(clocks) / static_cast<double>(c.refresh_interval);
  };
  CHECK(share > of_interval(c.refresh));
  CHECK(share < of_interval(c.refresh + c.rp_all + c.rtp + c.rcd_read + c.rrd_l));
}

}  // namespace einfall::sim::tests
