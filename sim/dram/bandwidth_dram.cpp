#include "sim/dram/bandwidth_dram.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

BandwidthDram::BandwidthDram(const BandwidthDramSpec& spec) : spec_(spec) {
  EINFALL_ENSURE(spec.per_byte > 0 && spec.latency >= 0, "rate and latency of a DRAM");
  EINFALL_ENSURE(spec.refresh_interval >= 0 && spec.refresh_rest >= 0 &&
                     (spec.refresh_interval == 0 || spec.refresh_rest < spec.refresh_interval),
                 "refresh of a DRAM");
}

// Ticks before t in which the pins do not rest. The first window begins at one interval, so each
// interval but the first begins with a rest.
Tick BandwidthDram::useful_before(Tick t) const {
  if (spec_.refresh_interval == 0 || t <= spec_.refresh_interval) return t;
  const Tick whole = t / spec_.refresh_interval - 1;
  const Tick resting = std::min(t % spec_.refresh_interval, spec_.refresh_rest);
  return t - whole * spec_.refresh_rest - resting;
}

// The last and the first tick t with useful_before(t) == useful; they differ where pins rest.
Tick BandwidthDram::begin_of_useful(Tick useful) const {
  if (spec_.refresh_interval == 0 || useful < spec_.refresh_interval) return useful;
  const Tick each = spec_.refresh_interval - spec_.refresh_rest;
  return useful + ((useful - spec_.refresh_interval) / each + 1) * spec_.refresh_rest;
}
Tick BandwidthDram::end_of_useful(Tick useful) const {
  return useful == 0 ? 0 : begin_of_useful(useful - 1) + 1;
}

DramCompletion BandwidthDram::access(const DramRequest& request) {
  EINFALL_ENSURE(request.bytes.value() > 0 && request.address >= 0 && request.earliest >= 0,
                 "a request for DRAM");
  const Tick useful = useful_before(std::max(request.earliest, free_));
  const Tick begin = begin_of_useful(useful);
  free_ = end_of_useful(useful + request.bytes.value() * spec_.per_byte);
  ++counters_.requests;
  (request.write ? counters_.written : counters_.read) += request.bytes;
  counters_.moved += request.bytes;
  return {begin, begin + spec_.latency, free_ + spec_.latency};
}

void BandwidthDram::append_relative_state(Tick now, std::vector<std::int64_t>& out,
                                          std::vector<std::int64_t>&) const {
  out.push_back(std::max(free_ - now, Tick{0}));
  // Before the first refresh the phase stands apart: there is no rest at tick 0.
  if (spec_.refresh_interval != 0) {
    out.push_back(now % spec_.refresh_interval);
    out.push_back(now < spec_.refresh_rest ? 1 : 0);
  }
}

void BandwidthDram::shift(Tick by, const std::vector<std::int64_t>&) {
  EINFALL_ENSURE(by % symmetry().ticks == 0, "a shift that refresh does not allow");
  free_ = std::max(free_ + by, Tick{0});
}

DramSymmetry BandwidthDram::symmetry() const {
  return {std::max(spec_.refresh_interval, Tick{1}), 1};
}

std::unique_ptr<Dram> BandwidthDram::clone() const {
  return std::make_unique<BandwidthDram>(*this);
}

}  // namespace einfall::sim
