#include "sim/dram/channel.hpp"

#include <algorithm>

namespace einfall::sim {
namespace {

// Earlier than any command could matter.
constexpr DramClock kLongAgo = -(DramClock{1} << 61);

}  // namespace

DramChannel::DramChannel(const arch::DramTiming& timing, bool refresh)
    : organization_(timing.organization),
      clocks_(timing.clocks),
      burst_(timing.organization.burst_clocks()),
      last_read_(kLongAgo),
      last_write_(kLongAgo) {
  const auto& o = organization_;
  const auto& c = clocks_;
  reach_same_ = std::max({c.ccd_l, burst_ + c.rank_switch});
  reach_turn_ = std::max({reach_same_, c.cl + burst_ + c.turnaround - c.cwl,
                          c.cwl + burst_ + c.wtr_l, c.cwl + burst_ + c.rank_switch - c.cl});
  for (std::int64_t rank = 0; rank < o.ranks; ++rank)
    calendars_.emplace_back(timing, rank, refresh);
  banks_.resize(static_cast<std::size_t>(o.ranks * o.bank_groups * o.banks));
  activations_.resize(static_cast<std::size_t>(o.ranks));
}

std::size_t DramChannel::index(const DramLocation& at) const {
  return static_cast<std::size_t>(
      (at.rank * organization_.bank_groups + at.bank_group) * organization_.banks + at.bank);
}

DramClock DramChannel::entry(DramClock clock) const {
  const bool full = places_.size() == static_cast<std::size_t>(organization_.window);
  return full ? std::max(clock, places_.front().at) : clock;
}

// Clocks from one column command to another behind it: the commands' own distance, and data that
// do not meet on the bus.
std::int64_t DramChannel::gap(const Column& before, const Column& after) const {
  const bool same_rank = before.rank == after.rank;
  const std::int64_t bus = burst_ + (same_rank ? 0 : clocks_.rank_switch);
  const bool same_group = same_rank && before.bank_group == after.bank_group;
  if (before.write == after.write) {
    if (!same_rank) return bus;
    return std::max(bus, same_group ? clocks_.ccd_l : clocks_.ccd_s);
  }
  if (after.write) {
    const std::int64_t rest = std::max(clocks_.turnaround, same_rank ? 0 : clocks_.rank_switch);
    return std::max<std::int64_t>(1, clocks_.cl + burst_ + rest - clocks_.cwl);
  }
  if (!same_rank) return std::max<std::int64_t>(1, clocks_.cwl + bus - clocks_.cl);
  return clocks_.cwl + burst_ + (same_group ? clocks_.wtr_l : clocks_.wtr_s);
}

// The first clock at `from` or later that keeps its distance from all column commands on both
// sides.
DramClock DramChannel::column_slot(DramClock from, const Column& wanted) const {
  DramClock t = from;
  const DramClock other = wanted.write ? last_read_ : last_write_;
  const std::int64_t reach = other + reach_turn_ > from ? reach_turn_ : reach_same_;
  std::size_t i = columns_.up_to(t);
  for (;;) {
    for (std::size_t j = i; j > 0 && columns_[j - 1].at + reach > t; --j)
      t = std::max(t, columns_[j - 1].at + gap(columns_[j - 1], wanted));
    if (i < columns_.size() && columns_[i].at <= t) {
      ++i;
      continue;
    }
    std::size_t j = i;
    while (j < columns_.size() && columns_[j].at < t + reach &&
           columns_[j].at >= t + gap(wanted, columns_[j]))
      ++j;
    if (j == columns_.size() || columns_[j].at >= t + reach) return t;
    t = columns_[j].at;  // no place before that one
    i = j + 1;
  }
}

// Likewise among the activations of a rank: tRRD on both sides, and any five span tFAW.
DramClock DramChannel::activation_slot(const Timeline<Activation>& others, DramClock from,
                                       std::int64_t bank_group) const {
  const auto& c = clocks_;
  const auto rrd = [&](std::size_t j) {
    return others[j].bank_group == bank_group ? c.rrd_l : c.rrd_s;
  };
  const std::size_t n = others.size();
  DramClock t = from;
  std::size_t i = others.up_to(t);
  for (;; ++i) {
    for (std::size_t j = i; j > 0 && others[j - 1].at + c.rrd_l > t; --j)
      t = std::max(t, others[j - 1].at + rrd(j - 1));
    if (i >= 4) t = std::max(t, others[i - 4].at + c.faw);
    if (i < n && others[i].at <= t) continue;
    bool fits = true;
    for (std::size_t j = i; fits && j < n && others[j].at < t + c.rrd_l; ++j)
      fits = others[j].at >= t + rrd(j);
    // Windows of five that begin before the new one and end behind it, or begin with it.
    for (std::size_t k = 1; fits && k <= 3; ++k)
      if (i >= k && i + 3 - k < n) fits = others[i + 3 - k].at - others[i - k].at >= c.faw;
    if (fits && i + 3 < n) fits = others[i + 3].at - t >= c.faw;
    if (fits) return t;
    t = std::max(t, others[i].at);
  }
}

DramChannel::Plan DramChannel::plan(DramClock from, const Bank& bank, const DramLocation& at,
                                    bool write) const {
  Plan plan;
  plan.hit = bank.row == at.row;
  plan.conflict = !plan.hit && bank.row != kClosed;
  DramClock column = std::max(from, write ? bank.write : bank.read);
  if (!plan.hit) {
    DramClock activate = std::max(from, bank.activate);
    if (plan.conflict) {
      plan.precharge = std::max(from, bank.precharge);
      activate = std::max(activate, plan.precharge + clocks_.rp);
    }
    plan.activate =
        activation_slot(activations_[static_cast<std::size_t>(at.rank)], activate, at.bank_group);
    column = plan.activate + (write ? clocks_.rcd_write : clocks_.rcd_read);
  }
  plan.column = column_slot(column, {0, at.rank, at.bank_group, write});
  return plan;
}

// When the bank could be precharged after the plan.
DramClock DramChannel::bank_free(const Plan& plan, bool write) const {
  const DramClock data = plan.column + (write ? clocks_.cwl + burst_ + clocks_.wr : clocks_.rtp);
  return plan.hit ? data : std::max(data, plan.activate + clocks_.ras);
}

DramChannel::Served DramChannel::serve(DramClock clock, const DramLocation& at, bool write,
                                       DramTrace* trace) {
  if (places_.size() == static_cast<std::size_t>(organization_.window)) places_.pop_front();
  columns_.drop_before(clock - reach_turn_);
  auto& activations = activations_[static_cast<std::size_t>(at.rank)];
  activations.drop_before(clock - std::max(clocks_.faw, clocks_.rrd_l));

  const RefreshCalendar& calendar = calendars_[static_cast<std::size_t>(at.rank)];
  Bank& bank = banks_[index(at)];
  std::int64_t epoch = std::max(calendar.epoch_at(clock), bank.epoch);
  Plan chosen;
  for (;; ++epoch) {
    // Only the time before the next refresh counts, so a bank of an earlier epoch is closed.
    const DramClock from = std::max(clock, calendar.begin(epoch));
    chosen = plan(from, epoch == bank.epoch ? bank : Bank{}, at, write);
    if (bank_free(chosen, write) <= calendar.end(epoch)) break;
  }
  if (trace != nullptr) record(chosen, at, write, *trace);
  const std::int64_t turnaround = added_turnaround({chosen.column, at.rank, at.bank_group, write});
  commit(chosen, bank, at, write, epoch);
  return {chosen.column, chosen.hit, turnaround};
}

// Clocks that the bus rests between the data of two column commands, one right after the other,
// because one is read and the other written.
std::int64_t DramChannel::turnaround(const Column& before, const Column& after) const {
  if (before.write == after.write || after.at - before.at > reach_turn_) return 0;
  const std::int64_t apart = before.write ? clocks_.cl - clocks_.cwl : clocks_.cwl - clocks_.cl;
  return std::max<std::int64_t>(0, gap(before, after) + apart - burst_);
}

// What the column command that is put among the others adds to that.
std::int64_t DramChannel::added_turnaround(const Column& column) const {
  const std::size_t i = columns_.up_to(column.at);
  std::int64_t added = 0;
  if (i > 0) added += turnaround(columns_[i - 1], column);
  if (i < columns_.size()) added += turnaround(column, columns_[i]);
  if (i > 0 && i < columns_.size()) added -= turnaround(columns_[i - 1], columns_[i]);
  return added;
}

void DramChannel::commit(const Plan& plan, Bank& bank, const DramLocation& at, bool write,
                         std::int64_t epoch) {
  if (!plan.hit) {
    activations_[static_cast<std::size_t>(at.rank)].insert({plan.activate, at.bank_group});
    bank = {at.row,
            epoch,
            plan.activate + clocks_.rc,
            plan.activate + clocks_.rcd_read,
            plan.activate + clocks_.rcd_write,
            plan.activate + clocks_.ras};
  }
  bank.precharge = std::max(bank.precharge, bank_free(plan, write));
  // In order inside a bank.
  bank.read = std::max(bank.read, plan.column);
  bank.write = std::max(bank.write, plan.column);
  columns_.insert({plan.column, at.rank, at.bank_group, write});
  (write ? last_write_ : last_read_) = std::max(write ? last_write_ : last_read_, plan.column);
  places_.insert({plan.column});
}

void DramChannel::record(const Plan& plan, const DramLocation& at, bool write,
                         DramTrace& trace) const {
  if (plan.conflict) trace.push_back({plan.precharge, DramCommandKind::kPrecharge, at});
  if (!plan.hit) trace.push_back({plan.activate, DramCommandKind::kActivate, at});
  trace.push_back({plan.column, write ? DramCommandKind::kWrite : DramCommandKind::kRead, at});
}

void DramChannel::append_bank(const Bank& bank, std::int64_t epoch, DramClock floor,
                              std::vector<std::int64_t>& out, std::vector<std::int64_t>& open) {
  const auto later = [&](DramClock at) { return std::max(at - floor, DramClock{0}); };
  if (bank.epoch < epoch || bank.row == kClosed) {
    out.push_back(kClosed);  // nothing of it outlives the refresh
    open.push_back(kClosed);
    return;
  }
  out.insert(out.end(), {bank.epoch - epoch, later(bank.activate), later(bank.read),
                         later(bank.write), later(bank.precharge)});
  open.push_back(bank.row);
}

void DramChannel::append_relative_state(DramClock floor, std::vector<std::int64_t>& out,
                                        std::vector<std::int64_t>& open) const {
  for (std::int64_t rank = 0; rank < organization_.ranks; ++rank) {
    const auto r = static_cast<std::size_t>(rank);
    const std::int64_t epoch = calendars_[r].epoch_at(floor);
    out.push_back(epoch == 0 ? 0 : 1);  // no refresh comes before the first epoch
    const std::size_t each = banks_.size() / calendars_.size();
    for (std::size_t b = 0; b < each; ++b)
      append_bank(banks_[r * each + b], epoch, floor, out, open);
    out.push_back(kClosed);
    for (std::size_t i = 0; i < activations_[r].size(); ++i) {
      const Activation& a = activations_[r][i];
      if (a.at + std::max(clocks_.faw, clocks_.rrd_l) > floor)
        out.insert(out.end(), {a.at - floor, a.bank_group});
    }
  }
  out.push_back(kClosed);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& c = columns_[i];
    if (c.at + reach_turn_ > floor)
      out.insert(out.end(), {c.at - floor, c.rank, c.bank_group, c.write ? 1 : 0});
  }
  // The places still taken at `floor` are those of the column commands after it: nothing to add.
}

void DramChannel::shift(DramClock by, std::int64_t epochs, const std::int64_t* rows) {
  // What was long ago stays there.
  const auto move = [by](DramClock& at) { at = std::max(at + by, kLongAgo); };
  for (std::size_t b = 0; b < banks_.size(); ++b) {
    Bank& bank = banks_[b];
    for (DramClock* at : {&bank.activate, &bank.read, &bank.write, &bank.precharge}) move(*at);
    bank.epoch += epochs;
    if (bank.row != kClosed) bank.row += rows[b];
  }
  for (auto& activations : activations_) activations.shift(by);
  columns_.shift(by);
  places_.shift(by);
  move(last_read_);
  move(last_write_);
}

}  // namespace einfall::sim
