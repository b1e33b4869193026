#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/units.hpp"

namespace einfall::sim {

/// Simulated time. How long a tick is, is chosen by common_timebase (timebase.hpp) such that all
/// stamps are whole.
using Tick = std::int64_t;

struct DramRequest {
  std::int64_t address = 0;  // 0 or more; beyond the device's capacity: rows that only it has
  base::Bytes bytes{1};      // at least 1, contiguous
  bool write = false;
  Tick earliest = 0;  // when the request is made, 0 or more

  bool operator==(const DramRequest&) const = default;
};

struct DramCompletion {
  Tick accepted = 0;  // the memory has taken the whole request; the next one may follow
  Tick first = 0;     // the first byte begins to pass the pins
  Tick last = 0;      // the last byte has passed them

  bool operator==(const DramCompletion&) const = default;
};

/// What has been served so far. Not part of the state that repeats.
struct DramCounters {
  std::int64_t requests = 0;
  base::Bytes read{0}, written{0};  // as requested
  base::Bytes moved{0};             // over the pins, in whole bursts
  std::int64_t row_hits = 0;        // bursts that found their row open
  std::int64_t activations = 0;
  // Where banks are modelled, in clocks of the device:
  std::int64_t outstanding = 0;  // something had been asked for and not all of it had passed
  std::int64_t data = 0;         // the pins moved data; summed over channels
  std::int64_t turnaround = 0;   // they rested between two directions; summed over channels
  std::int64_t refreshing = 0;   // of `outstanding`: a rank was refreshed; summed over ranks

  bool operator==(const DramCounters&) const = default;
};

/// By how much time and addresses may move without changing anything else.
struct DramSymmetry {
  Tick ticks = 1;
  std::int64_t bytes = 1;
};

/// A memory that says at once when a request will be served.
///
/// Contract.
/// - access() is final: no later request moves the stamps of an earlier one. Requests are taken in
///   the order of the calls, each no earlier than the one before was taken, so a full memory holds
///   up all that come behind. `earliest` may go back.
/// - accepted >= earliest, first >= accepted, last > first; every byte of the request passes the
///   pins between first and last.
/// - Deterministic: the same calls give the same stamps. A clone goes on as the original would.
/// - Skipping a periodic steady state. append_relative_state(now, out, open) appends to `out` what
///   decides every future stamp, seen from tick `now`, provided that all further requests have
///   earliest >= now, but for the open rows. Those go to `open`, one entry for each bank: the
///   address of the row, rounded down to a multiple of symmetry().bytes, or -1. If two moments of a
///   run give equal vectors `out`, and the rows in `open` and all addresses of further requests
///   differ by multiples of symmetry().bytes such that the same are equal, then completions are the
///   same relative to now. Where refresh is modelled its phase is part of `out`, so that equal
///   vectors imply that the distance is a multiple of symmetry().ticks. The vector's length may
///   vary.
/// - shift(by, moves) moves the whole state by a multiple of symmetry().ticks (back only to where
///   two of them have passed), and each row of `open` up by a multiple of symmetry().bytes
///   (`moves` empty: none). Counters stay.
class Dram {
 public:
  virtual ~Dram() = default;
  virtual DramCompletion access(const DramRequest& request) = 0;
  virtual void append_relative_state(Tick now, std::vector<std::int64_t>& out,
                                     std::vector<std::int64_t>& open) const = 0;
  virtual void shift(Tick by, const std::vector<std::int64_t>& moves) = 0;
  /// Nothing else under way, no row open for it: from a request to its first byte.
  [[nodiscard]] virtual Tick latency(bool write) const = 0;
  [[nodiscard]] virtual DramSymmetry symmetry() const = 0;
  [[nodiscard]] virtual const DramCounters& counters() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Dram> clone() const = 0;
};

}  // namespace einfall::sim
