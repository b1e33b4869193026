#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/schema.hpp"
#include "base/units.hpp"

/// The timing table of a DRAM as a plain value: how the device is built, and how many of its clocks
/// must lie between two commands. Every number names its source in the document.
namespace einfall::arch {

/// The parts of an address. A channel is a bus of its own; ranks share one.
enum class AddressField { kRow, kRank, kBankGroup, kBank, kChannel, kColumn };
inline constexpr std::size_t kAddressFields = 6;

/// All counts are powers of two.
struct DramOrganization {
  std::int64_t channels = 1;
  std::int64_t ranks = 1;        // of a channel
  std::int64_t bank_groups = 1;  // of a rank
  std::int64_t banks = 1;        // of a bank group
  std::int64_t rows = 1;         // of a bank
  base::Bytes row{0};            // what one activation opens
  base::Bytes bus{0};            // width of a channel
  std::int64_t burst = 2;        // beats of a column command, two a clock
  std::int64_t window = 1;       // bursts that a channel's controller holds
  std::string source;

  [[nodiscard]] std::int64_t burst_bytes() const { return bus.value() * burst; }
  [[nodiscard]] std::int64_t burst_clocks() const { return burst / 2; }
  [[nodiscard]] std::int64_t bursts_of_a_row() const { return row.value() / burst_bytes(); }
  bool operator==(const DramOrganization&) const = default;
};

/// Clocks of the device, all counted from command to command but for cl and cwl (command to the
/// first data). _s: other bank group, _l: same bank group.
struct DramClocks {
  std::int64_t cl = 0, cwl = 0;
  std::int64_t rcd_read = 0, rcd_write = 0;
  std::int64_t rp = 0, rp_all = 0;  // of one bank, of all banks of a rank
  std::int64_t ras = 0, rc = 0;
  std::int64_t ccd_s = 0, ccd_l = 0;
  std::int64_t rrd_s = 0, rrd_l = 0, faw = 0;
  std::int64_t rtp = 0, wr = 0;       // wr counts from the end of the data
  std::int64_t wtr_s = 0, wtr_l = 0;  // from the end of the data
  std::int64_t turnaround = 0;        // rest of the data bus between read and write data
  std::int64_t rank_switch = 0;       // rest of the data bus between data of two ranks
  std::int64_t refresh_interval = 0;  // tREFI: one refresh of each rank in so many clocks
  std::int64_t refresh = 0;           // tRFC
  bool operator==(const DramClocks&) const = default;
};

/// Where one number of the table comes from.
struct DramSource {
  std::string key;
  std::string source;
  base::SourceSpan span;
};

struct DramTiming {
  std::string name;
  std::string doc;
  base::Hertz clock{1};
  DramOrganization organization;
  DramClocks clocks;
  std::vector<AddressField> mapping;  // from the top of the address down, each field once
  std::vector<DramSource> sources;    // of each of the clocks

  /// What the pins of all channels move when no command is in their way.
  [[nodiscard]] base::BytesPerSecond peak() const;
};

/// Reads a timing table. Errors: those of the reader, E718 an address that is not each field once,
/// E719 numbers that contradict each other, E715 a number without a source.
[[nodiscard]] base::Result<DramTiming> load_dram_timing(const std::string& path);

/// The keys of a timing table, for the reference page.
[[nodiscard]] std::vector<base::SchemaTable> dram_schema_tables();

}  // namespace einfall::arch
