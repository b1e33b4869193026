#include "sim/dram/address_map.hpp"

#include "base/ensure.hpp"

namespace einfall::sim {
namespace {

int bits_of(std::int64_t power_of_two) {
  int bits = 0;
  while (std::int64_t{1} << bits < power_of_two) ++bits;
  return bits;
}

std::int64_t count_of(arch::AddressField field, const arch::DramOrganization& o) {
  switch (field) {
    case arch::AddressField::kRow:
      return o.rows;
    case arch::AddressField::kRank:
      return o.ranks;
    case arch::AddressField::kBankGroup:
      return o.bank_groups;
    case arch::AddressField::kBank:
      return o.banks;
    case arch::AddressField::kChannel:
      return o.channels;
    case arch::AddressField::kColumn:
      return o.bursts_of_a_row();
  }
  return 1;
}

}  // namespace

AddressMap::AddressMap(const arch::DramTiming& timing)
    : burst_bytes_(timing.organization.burst_bytes()) {
  EINFALL_ENSURE(timing.mapping.size() == arch::kAddressFields, "a mapping of all fields");
  int low = bits_of(burst_bytes_);
  for (auto field = timing.mapping.rbegin(); field != timing.mapping.rend(); ++field) {
    const std::int64_t count = count_of(*field, timing.organization);
    bits_[static_cast<std::size_t>(*field)] = {low, count - 1};
    low += bits_of(count);
  }
  capacity_ = std::int64_t{1} << low;
  rows_ = timing.organization.rows;
  // Fields above the row would take its carry.
  const Bits& row = bits_[static_cast<std::size_t>(arch::AddressField::kRow)];
  const bool on_top = row.low + bits_of(rows_) == low;
  row_stride_ = on_top ? std::int64_t{1} << row.low : capacity_;
}

}  // namespace einfall::sim
