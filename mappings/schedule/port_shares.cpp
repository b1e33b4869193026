#include "mappings/schedule/port_shares.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

constexpr std::int64_t kWhole = std::int64_t{1} << 20;  // parts of a cycle, of a row
constexpr Wide kForEver = Wide{1} << 90;

std::int64_t part_of(std::int64_t amount, std::int64_t times, std::int64_t of) {
  return static_cast<std::int64_t>(Wide{amount} * times / of);
}

}  // namespace

// Speeds of all; whether somebody is slower than alone.
bool PortShares::divide(std::vector<Share>& among) const {
  bool scarce = false;
  for (Share& share : among) share.speed = kWhole;
  std::vector<std::int64_t> wanted;
  for (std::size_t g = 0; g < rates_.size(); ++g) {
    wanted.clear();
    std::int64_t sum = 0;
    for (const Share& share : among) {
      wanted.push_back(share.demands[g]);
      sum += share.demands[g];
    }
    std::int64_t left = rates_[g] * kWhole;
    if (sum <= left) continue;
    scarce = true;
    std::sort(wanted.begin(), wanted.end());
    std::int64_t most = 0;  // that anybody gets
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      most = left / static_cast<std::int64_t>(wanted.size() - i);
      if (wanted[i] > most) break;
      left -= wanted[i];
    }
    for (Share& share : among)
      if (share.demands[g] > most)
        share.speed = std::min(share.speed,
                               std::max<std::int64_t>(1, part_of(most, kWhole, share.demands[g])));
  }
  return scarce;
}

// Until the first of them is through, or so many parts of a cycle; how many.
Wide PortShares::go_on(std::vector<Share>& all, Wide most) {
  for (const Share& share : all)
    most = std::min(most, (share.left * kWhole + share.speed - 1) / share.speed);
  for (Share& share : all) share.left = std::max<Wide>(0, share.left - most * share.speed / kWhole);
  return most;
}

void PortShares::advance(std::int64_t now) {
  const auto leave = [&] {
    under_way_.erase(std::remove_if(under_way_.begin(), under_way_.end(),
                                    [](const Share& share) { return share.left <= 0; }),
                     under_way_.end());
  };
  Wide parts = Wide{now - at_} * kWhole;
  for (Share& share : under_way_) share.end -= now - at_;
  at_ = now;
  while (scarce_ && parts > 0 && !under_way_.empty()) {
    parts -= go_on(under_way_, parts);
    leave();
    scarce_ = divide(under_way_);
  }
  for (Share& share : under_way_) share.left -= parts;
  leave();
}

void PortShares::begin(std::size_t who, std::int64_t cycles, const std::vector<std::int64_t>& rows,
                       std::int64_t now) {
  if (std::all_of(rows.begin(), rows.end(), [](std::int64_t r) { return r == 0; })) return;
  advance(now);
  cycles = std::max<std::int64_t>(1, cycles);
  under_way_.push_back({who, Wide{cycles} * kWhole, cycles, rows, kWhole});
  ++unsettled_;
}

void PortShares::lengthen(std::size_t who, std::int64_t cycles) {
  for (std::size_t i = under_way_.size() - unsettled_; i < under_way_.size(); ++i) {
    if (under_way_[i].who != who) continue;
    under_way_[i].end += cycles;
    under_way_[i].left += Wide{cycles} * kWhole;
  }
}

std::vector<PortShares::Delay> PortShares::settle() {
  for (std::size_t i = under_way_.size() - unsettled_; i < under_way_.size(); ++i)
    for (std::int64_t& demand : under_way_[i].demands)
      demand = part_of(demand, kWhole, under_way_[i].end);
  unsettled_ = 0;
  std::vector<Delay> delays;
  scarce_ = divide(under_way_);
  if (!scarce_) return delays;
  // If nobody else comes, this is how it goes on.
  std::vector<Share> future = under_way_;
  Wide parts = 0;
  while (!future.empty()) {
    parts += go_on(future, kForEver);
    const auto end = static_cast<std::int64_t>((parts + kWhole - 1) / kWhole);
    for (auto done = future.begin(); done != future.end();) {
      if (done->left > 0) {
        ++done;
        continue;
      }
      if (end > done->end) delays.push_back({done->who, end - done->end});
      done = future.erase(done);
    }
    divide(future);
  }
  for (const Delay& delay : delays)
    for (Share& share : under_way_)
      if (share.who == delay.who) share.end += delay.cycles;
  return delays;
}

void PortShares::append_state(std::int64_t now, std::vector<Wide>& state) const {
  const std::int64_t passed = now - at_;
  const bool matters = std::any_of(under_way_.begin(), under_way_.end(),
                                   [&](const Share& share) { return share.end > passed; });
  state.push_back(matters ? 1 : 0);
  if (!matters) return;
  state.push_back(passed);
  state.push_back(scarce_ ? 1 : 0);
  for (const Share& share : under_way_) {
    if (!scarce_ && share.end <= passed) continue;
    state.push_back(static_cast<Wide>(share.who));
    state.push_back(share.left);
    state.push_back(share.end);
    state.insert(state.end(), share.demands.begin(), share.demands.end());
  }
}

}  // namespace einfall::mappings
