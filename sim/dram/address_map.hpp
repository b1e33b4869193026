#pragma once

#include <array>

#include "arch/dram_timing.hpp"

namespace einfall::sim {

/// One burst's place in the device.
struct DramLocation {
  std::int64_t channel = 0, rank = 0, bank_group = 0, bank = 0, row = 0, column = 0;
  bool operator==(const DramLocation&) const = default;
};

/// Takes addresses apart as the timing table says: bursts count the addresses, fields of whole bits
/// follow each other. What lies above the device is in the same banks, in rows that only it has.
class AddressMap {
 public:
  explicit AddressMap(const arch::DramTiming& timing);
  /// address >= 0.
  [[nodiscard]] DramLocation locate(std::int64_t address) const {
    const auto field = [&](arch::AddressField f) {
      const Bits& bits = bits_[static_cast<std::size_t>(f)];
      return address >> bits.low & bits.mask;
    };
    using F = arch::AddressField;
    const std::int64_t row = field(F::kRow) + address / capacity_ * rows_;
    return {field(F::kChannel), field(F::kRank), field(F::kBankGroup), field(F::kBank), row,
            field(F::kColumn)};
  }
  [[nodiscard]] std::int64_t burst_bytes() const { return burst_bytes_; }
  /// Bytes after which only the row differs, always by rows_of_a_stride.
  [[nodiscard]] std::int64_t row_stride() const { return row_stride_; }
  [[nodiscard]] std::int64_t rows_of_a_stride() const {
    return row_stride_ == capacity_ ? rows_ : 1;
  }
  [[nodiscard]] std::int64_t capacity() const { return capacity_; }

 private:
  struct Bits {
    int low = 0;
    std::int64_t mask = 0;
  };
  std::array<Bits, arch::kAddressFields> bits_;
  std::int64_t burst_bytes_ = 1, row_stride_ = 1, capacity_ = 1, rows_ = 1;
};

}  // namespace einfall::sim
