#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace einfall::sim {

/// The pins of a memory that is read row by row at an exact rate. Precondition: all positive, but
/// latency and row_words may be 0.
struct ChannelSpec {
  std::int64_t row_bytes = 1;
  std::int64_t bytes = 1, cycles = 1;  // so many bytes in so many cycles
  std::int64_t latency = 0;            // cycles from the last byte of a row to when it is there
  int row_words = 1;
};

/// The reading side of the outermost memory, stepped, with values; by bandwidth and latency, as
/// dram/bandwidth_dram.hpp. A row asked for in cycle t passes the pins behind those before it, and
/// arrives its latency after the cycle in which its last byte did.
class MemoryChannel {
 public:
  /// `words` of all rows, one after another; must outlive the channel.
  MemoryChannel(const ChannelSpec& spec, std::span<const float> words);

  /// The pins can begin another row in this cycle.
  [[nodiscard]] bool ready() const { return used_ < spec_.bytes; }
  /// How many rows the pins can begin in this cycle.
  [[nodiscard]] int room() const;
  /// All that was asked for has passed the pins.
  [[nodiscard]] bool idle() const { return used_ == 0; }
  /// The first cycle behind the row's last byte. Precondition: ready().
  std::int64_t request(std::int64_t row);

  struct Arrival {
    std::int64_t at = 0;
    std::vector<float> words;
  };
  /// A row is there in this cycle.
  [[nodiscard]] bool valid() const { return !arriving_.empty() && arriving_.front().at <= cycle_; }
  /// All rows that are there in this cycle, the oldest first.
  [[nodiscard]] std::vector<std::vector<float>> there() const;
  /// Precondition: valid().
  std::vector<float> take();
  /// To the next cycle.
  void tick();

  [[nodiscard]] std::int64_t cycle() const { return cycle_; }
  [[nodiscard]] const ChannelSpec& spec() const { return spec_; }

 private:
  ChannelSpec spec_;
  std::span<const float> words_;
  std::int64_t cycle_ = 0;
  /// How long the pins are in use from the beginning of this cycle on; a cycle has spec_.bytes
  /// units of time, a byte takes spec_.cycles.
  std::int64_t used_ = 0;
  std::deque<Arrival> arriving_;
};

}  // namespace einfall::sim
