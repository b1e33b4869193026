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
  std::int64_t address = 0;  // 0 or more; beyond the device's capacity it wraps around
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
/// - Skipping a periodic steady state. append_relative_state(now, base, out) appends what decides
///   every future stamp, seen from tick `now` and address `base`, provided that all further
///   requests have earliest >= now. If two moments of a run give equal vectors, requests that are
///   the same relative to (now, base) get completions that are the same relative to now; the state
///   then repeats every period. Where refresh is modelled its phase is part of the vector, so that
///   equal vectors imply that the distance is a multiple of symmetry().ticks; likewise for base and
///   symmetry().bytes. The vector's length may vary.
/// - shift(by, bytes) moves the whole state later and up by multiples of symmetry(): that is how a
///   run goes on behind the periods it skipped. Counters stay.
class Dram {
 public:
  virtual ~Dram() = default;
  virtual DramCompletion access(const DramRequest& request) = 0;
  virtual void append_relative_state(Tick now, std::int64_t base,
                                     std::vector<std::int64_t>& out) const = 0;
  virtual void shift(Tick by, std::int64_t bytes) = 0;
  [[nodiscard]] virtual DramSymmetry symmetry() const = 0;
  [[nodiscard]] virtual const DramCounters& counters() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Dram> clone() const = 0;
};

}  // namespace einfall::sim
