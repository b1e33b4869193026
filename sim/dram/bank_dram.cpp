#include "sim/dram/bank_dram.hpp"

#include <algorithm>
#include <limits>

#include "base/ensure.hpp"

namespace einfall::sim {

BankDram::BankDram(const arch::DramTiming& timing, Tick ticks_per_clock, BankDramOptions options)
    : organization_(timing.organization),
      clocks_(timing.clocks),
      tick_(ticks_per_clock),
      refresh_(options.refresh),
      map_(timing),
      channels_(static_cast<std::size_t>(timing.organization.channels),
                DramChannel(timing, options.refresh)) {
  EINFALL_ENSURE(ticks_per_clock > 0, "ticks of a clock");
  for (std::int64_t rank = 0; rank < organization_.ranks; ++rank)
    calendars_.emplace_back(timing, rank, refresh_);
}

DramCompletion BankDram::access(const DramRequest& request) {
  EINFALL_ENSURE(request.bytes.value() > 0 && request.address >= 0 && request.earliest >= 0,
                 "a request for DRAM");
  const std::int64_t burst = map_.burst_bytes();
  const DramClock data = request.write ? clocks_.cwl : clocks_.cl;
  const std::int64_t end = request.address + request.bytes.value();
  DramClock first = std::numeric_limits<DramClock>::max(), last = 0;
  front_ = std::max(front_, base::ceil_div(request.earliest, tick_));
  ++counters_.requests;
  (request.write ? counters_.written : counters_.read) += request.bytes;
  for (std::int64_t at = request.address / burst * burst; at < end; at += burst) {
    const DramLocation where = map_.locate(at);
    DramChannel& channel = channels_[static_cast<std::size_t>(where.channel)];
    front_ = channel.entry(front_);
    const DramChannel::Served served = channel.serve(front_, where, request.write, trace_);
    first = std::min(first, served.column + data);
    last = std::max(last, served.column + data + organization_.burst_clocks());
    counters_.row_hits += served.hit ? 1 : 0;
    counters_.activations += served.hit ? 0 : 1;
    counters_.moved += base::Bytes(burst);
    counters_.data += organization_.burst_clocks();
    counters_.turnaround += served.turnaround;
  }
  count_outstanding(request.earliest / tick_, last);
  return {std::max(front_ * tick_, request.earliest), first * tick_, last * tick_};
}

void BankDram::count_outstanding(DramClock from, DramClock to) {
  from = std::max(from, until_);
  if (to <= from) return;
  until_ = to;
  counters_.outstanding += to - from;
  // Data follow their commands.
  for (const RefreshCalendar& calendar : calendars_)
    counters_.refreshing +=
        calendar.refreshing_before(to - clocks_.cl) - calendar.refreshing_before(from - clocks_.cl);
}

Tick BankDram::latency(bool write) const {
  return tick_ *
         (clocks_.rp + (write ? clocks_.rcd_write + clocks_.cwl : clocks_.rcd_read + clocks_.cl));
}

void BankDram::append_relative_state(Tick now, std::vector<std::int64_t>& out,
                                     std::vector<std::int64_t>& open) const {
  // No burst enters before the floor any more.
  const DramClock floor = std::max(base::ceil_div(now, tick_), front_);
  out.insert(out.end(), {now % symmetry().ticks, floor * tick_ - now,
                         std::max(until_ * tick_ - now, Tick{0})});
  const std::size_t first = open.size();
  for (const DramChannel& channel : channels_) channel.append_relative_state(floor, out, open);
  const std::int64_t rows = map_.rows_of_a_stride();
  for (std::size_t i = first; i < open.size(); ++i) {
    if (open[i] < 0) continue;
    if (rows > 1) out.push_back(open[i] % rows);
    open[i] = open[i] / rows * map_.row_stride();
  }
}

void BankDram::shift(Tick by, const std::vector<std::int64_t>& moves) {
  EINFALL_ENSURE(by % symmetry().ticks == 0, "a shift of time that refresh does not allow");
  const std::size_t banks = channels_.front().banks();
  EINFALL_ENSURE(moves.empty() || moves.size() == channels_.size() * banks, "a shift of all rows");
  std::vector<std::int64_t> rows(channels_.size() * banks, 0);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    EINFALL_ENSURE(moves[i] % map_.row_stride() == 0, "a shift of addresses that is not of rows");
    rows[i] = moves[i] / map_.row_stride() * map_.rows_of_a_stride();
  }
  const DramClock clocks = by / tick_;
  const std::int64_t epochs = refresh_ ? clocks / clocks_.refresh_interval : 0;
  for (std::size_t c = 0; c < channels_.size(); ++c)
    channels_[c].shift(clocks, epochs, rows.data() + c * banks);
  front_ += clocks;
  until_ += clocks;
}

DramSymmetry BankDram::symmetry() const {
  return {refresh_ ? clocks_.refresh_interval * tick_ : tick_, map_.row_stride()};
}

std::unique_ptr<Dram> BankDram::clone() const {
  auto copy = std::make_unique<BankDram>(*this);
  copy->record(nullptr);
  return copy;
}

void BankDram::append_refresh(DramClock clock, DramTrace& out) const {
  for (std::int64_t channel = 0; channel < organization_.channels; ++channel)
    for (std::int64_t rank = 0; rank < organization_.ranks; ++rank)
      calendars_[static_cast<std::size_t>(rank)].append_commands(channel, rank, clock, out);
}

}  // namespace einfall::sim
