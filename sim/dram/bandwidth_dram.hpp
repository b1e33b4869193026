#pragma once

#include "sim/dram/dram.hpp"

namespace einfall::sim {

/// Bytes one after the other at a rate, each request's data after a fixed latency.
struct BandwidthDramSpec {
  Tick per_byte = 1;  // at least 1
  Tick latency = 0;   // from a free bus to the first byte; does not occupy the bus

  /// Refresh: the pins rest in [k * interval, k * interval + rest) for k = 1, 2, ... A transfer
  /// under way is interrupted. interval 0: never; else 0 <= rest < interval.
  Tick refresh_interval = 0;
  Tick refresh_rest = 0;

  bool operator==(const BandwidthDramSpec&) const = default;
};

/// Bandwidth and latency, exact, in constant time for a request of any size. Requests never wait
/// for anything but the bus, reads and writes alike.
class BandwidthDram final : public Dram {
 public:
  explicit BandwidthDram(const BandwidthDramSpec& spec);

  DramCompletion access(const DramRequest& request) override;
  void append_relative_state(Tick now, std::vector<std::int64_t>& out,
                             std::vector<std::int64_t>& open) const override;
  void shift(Tick by, const std::vector<std::int64_t>& moves) override;
  [[nodiscard]] Tick latency(bool) const override { return spec_.latency; }
  [[nodiscard]] DramSymmetry symmetry() const override;
  [[nodiscard]] const DramCounters& counters() const override { return counters_; }
  [[nodiscard]] std::unique_ptr<Dram> clone() const override;

 private:
  [[nodiscard]] Tick useful_before(Tick t) const;
  [[nodiscard]] Tick begin_of_useful(Tick useful) const;
  [[nodiscard]] Tick end_of_useful(Tick useful) const;

  BandwidthDramSpec spec_;
  Tick free_ = 0;  // the bus has finished what it was given
  DramCounters counters_;
};

}  // namespace einfall::sim
