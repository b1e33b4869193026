#include "sim/dram/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace einfall::sim {
namespace {

using Kind = DramCommandKind;

enum class Scope { kBank, kGroup, kOtherGroup, kRank };

struct Rule {
  const char* name;
  Kind before, after;
  Scope scope;
  std::int64_t clocks;
};

bool applies(Scope scope, const DramLocation& a, const DramLocation& b) {
  if (a.rank != b.rank) return false;
  const bool group = a.bank_group == b.bank_group;
  switch (scope) {
    case Scope::kBank:
      return group && a.bank == b.bank;
    case Scope::kGroup:
      return group;
    case Scope::kOtherGroup:
      return !group;
    case Scope::kRank:
      return true;
  }
  return false;
}

std::vector<Rule> rules_of(const arch::DramTiming& timing) {
  const arch::DramClocks& c = timing.clocks;
  const std::int64_t burst = timing.organization.burst / 2;
  const std::int64_t written = c.cwl + burst;
  return {
      {"tRC", Kind::kActivate, Kind::kActivate, Scope::kBank, c.rc},
      {"tRRD_L", Kind::kActivate, Kind::kActivate, Scope::kGroup, c.rrd_l},
      {"tRRD_S", Kind::kActivate, Kind::kActivate, Scope::kOtherGroup, c.rrd_s},
      {"tRCD_RD", Kind::kActivate, Kind::kRead, Scope::kBank, c.rcd_read},
      {"tRCD_WR", Kind::kActivate, Kind::kWrite, Scope::kBank, c.rcd_write},
      {"tRAS", Kind::kActivate, Kind::kPrecharge, Scope::kBank, c.ras},
      {"tRAS", Kind::kActivate, Kind::kPrechargeAll, Scope::kRank, c.ras},
      {"tRTP", Kind::kRead, Kind::kPrecharge, Scope::kBank, c.rtp},
      {"tRTP", Kind::kRead, Kind::kPrechargeAll, Scope::kRank, c.rtp},
      {"tWR", Kind::kWrite, Kind::kPrecharge, Scope::kBank, written + c.wr},
      {"tWR", Kind::kWrite, Kind::kPrechargeAll, Scope::kRank, written + c.wr},
      {"tRP", Kind::kPrecharge, Kind::kActivate, Scope::kBank, c.rp},
      {"tRP", Kind::kPrecharge, Kind::kRefresh, Scope::kRank, c.rp},
      {"tRP_all", Kind::kPrechargeAll, Kind::kActivate, Scope::kRank, c.rp_all},
      {"tRP_all", Kind::kPrechargeAll, Kind::kRefresh, Scope::kRank, c.rp_all},
      {"tRFC", Kind::kRefresh, Kind::kActivate, Scope::kRank, c.refresh},
      {"tRFC", Kind::kRefresh, Kind::kRefresh, Scope::kRank, c.refresh},
      {"tCCD_L", Kind::kRead, Kind::kRead, Scope::kGroup, c.ccd_l},
      {"tCCD_S", Kind::kRead, Kind::kRead, Scope::kOtherGroup, c.ccd_s},
      {"tCCD_L", Kind::kWrite, Kind::kWrite, Scope::kGroup, c.ccd_l},
      {"tCCD_S", Kind::kWrite, Kind::kWrite, Scope::kOtherGroup, c.ccd_s},
      {"tWTR_L", Kind::kWrite, Kind::kRead, Scope::kGroup, written + c.wtr_l},
      {"tWTR_S", Kind::kWrite, Kind::kRead, Scope::kOtherGroup, written + c.wtr_s},
      {"turnaround", Kind::kRead, Kind::kWrite, Scope::kRank, c.cl + burst + c.turnaround - c.cwl}};
}

/// The checks of one channel, whose commands stand in the order of their clocks.
class ChannelCheck {
 public:
  ChannelCheck(const arch::DramTiming& timing, const DramTrace& trace,
               std::vector<DramViolation>& out)
      : clocks_(timing.clocks),
        burst_(timing.organization.burst / 2),
        rules_(rules_of(timing)),
        trace_(trace),
        out_(out) {
    for (const Rule& rule : rules_) horizon_ = std::max(horizon_, rule.clocks);
  }

  void run() {
    for (std::size_t j = 0; j < trace_.size(); ++j) {
      for (std::size_t i = j; i > 0 && trace_[j].at - trace_[i - 1].at < horizon_; --i)
        pair(trace_[i - 1], trace_[j]);
      state(trace_[j]);
    }
    data_bus();
  }

 private:
  using BankKey = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

  void report(const char* rule, const DramCommand& before, const DramCommand& after,
              std::int64_t needed) {
    out_.push_back({rule, before, after, needed, after.at - before.at});
  }

  void pair(const DramCommand& before, const DramCommand& after) {
    for (const Rule& rule : rules_)
      if (rule.before == before.kind && rule.after == after.kind &&
          after.at - before.at < rule.clocks && applies(rule.scope, before.where, after.where))
        report(rule.name, before, after, rule.clocks);
  }

  void state(const DramCommand& command) {
    const BankKey key{command.where.rank, command.where.bank_group, command.where.bank};
    const auto open = open_.find(key);
    switch (command.kind) {
      case Kind::kActivate:
        if (open != open_.end()) report("row closed", open->second, command, 0);
        open_[key] = command;
        four_activations(command);
        break;
      case Kind::kPrecharge:
        open_.erase(key);
        break;
      case Kind::kPrechargeAll:
        close_rank(command.where.rank);
        break;
      case Kind::kRead:
      case Kind::kWrite:
        if (open == open_.end() || open->second.where.row != command.where.row)
          report("row open", open == open_.end() ? command : open->second, command, 0);
        break;
      case Kind::kRefresh:
        refresh(command);
        break;
    }
  }

  void close_rank(std::int64_t rank) {
    for (auto bank = open_.begin(); bank != open_.end();)
      bank = std::get<0>(bank->first) == rank ? open_.erase(bank) : std::next(bank);
  }

  void four_activations(const DramCommand& command) {
    std::vector<DramCommand>& all = activations_[command.where.rank];
    if (all.size() >= 4 && command.at - all[all.size() - 4].at < clocks_.faw)
      report("tFAW", all[all.size() - 4], command, clocks_.faw);
    all.push_back(command);
  }

  void refresh(const DramCommand& command) {
    for (const auto& [key, activation] : open_)
      if (std::get<0>(key) == command.where.rank) report("row closed", activation, command, 0);
    const auto last = refreshed_.find(command.where.rank);
    if (last != refreshed_.end() && command.at - last->second.at > clocks_.refresh_interval)
      report("tREFI", last->second, command, clocks_.refresh_interval);
    refreshed_[command.where.rank] = command;
  }

  // In the order of the data: each burst ends before the next begins, and rests between ranks.
  void data_bus() {
    std::vector<std::pair<DramClock, DramCommand>> data;
    for (const DramCommand& command : trace_)
      if (command.kind == Kind::kRead || command.kind == Kind::kWrite)
        data.emplace_back(command.at + (command.kind == Kind::kRead ? clocks_.cl : clocks_.cwl),
                          command);
    std::stable_sort(data.begin(), data.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < data.size(); ++i) {
      const bool switched = data[i - 1].second.where.rank != data[i].second.where.rank;
      const std::int64_t needed = burst_ + (switched ? clocks_.rank_switch : 0);
      if (data[i].first - data[i - 1].first < needed)
        report(switched ? "tRTRS" : "data bus", data[i - 1].second, data[i].second, needed);
    }
  }

  arch::DramClocks clocks_;
  std::int64_t burst_;
  std::int64_t horizon_ = 0;
  std::vector<Rule> rules_;
  const DramTrace& trace_;
  std::vector<DramViolation>& out_;
  std::map<BankKey, DramCommand> open_;  // the activation of each open bank
  std::map<std::int64_t, std::vector<DramCommand>> activations_;
  std::map<std::int64_t, DramCommand> refreshed_;
};

std::string text_of(const DramCommand& command) {
  static constexpr const char* kNames[] = {"ACT", "PRE", "PREA", "RD", "WR", "REF"};
  const DramLocation& w = command.where;
  return fmt::format("{} at {} (channel {}, rank {}, group {}, bank {}, row {})",
                     kNames[static_cast<std::size_t>(command.kind)], command.at, w.channel, w.rank,
                     w.bank_group, w.bank, w.row);
}

}  // namespace

std::string DramViolation::text() const {
  return fmt::format("{}: {} after {}: {} clocks, {} needed", rule, text_of(after), text_of(before),
                     found, needed);
}

std::vector<DramViolation> check_trace(const arch::DramTiming& timing, DramTrace trace) {
  std::stable_sort(trace.begin(), trace.end(),
                   [](const DramCommand& a, const DramCommand& b) { return a.at < b.at; });
  std::map<std::int64_t, DramTrace> channels;
  for (const DramCommand& command : trace) channels[command.where.channel].push_back(command);
  std::vector<DramViolation> found;
  for (const auto& [number, commands] : channels) ChannelCheck(timing, commands, found).run();
  return found;
}

}  // namespace einfall::sim
