#include "sim/engine/ports.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace einfall::sim {

using mappings::Wide;

namespace {

constexpr std::int64_t kFull = std::int64_t{1} << 20;
constexpr Wide kForEver = Wide{1} << 90;

// Amounts nearly always fit 64 bits, which divide much faster.
Wide quotient(Wide amount, Wide divisor) {
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  if (amount > kMost || divisor > kMost) return amount / divisor;
  return static_cast<std::int64_t>(amount) / static_cast<std::int64_t>(divisor);
}

// amount * factor / divisor, where that fits 64 bits.
std::int64_t scaled(std::int64_t amount, std::int64_t factor, std::int64_t divisor) {
  return static_cast<std::int64_t>(quotient(Wide{amount} * factor, divisor));
}

}  // namespace

Ports::Ports(const mappings::Program& program) {
  // Where all ports are shared the first two never bind.
  std::vector<std::vector<std::size_t>> readers(program.ports.size()), writers(readers);
  const auto add = [&](std::int64_t ports) {
    groups_.push_back({ports * kFull, 0});
    return groups_.size() - 1;
  };
  for (std::size_t m = 0; m < program.ports.size(); ++m) {
    const mappings::PortLimit& limit = program.ports[m];
    if (limit.row_bytes == 0) continue;
    if (limit.reads < limit.total) readers[m].push_back(add(limit.reads));
    if (limit.writes < limit.total) writers[m].push_back(add(limit.writes));
    readers[m].push_back(add(limit.total));
    writers[m].push_back(groups_.size() - 1);
  }
  const auto end = [&](mappings::Place place, const mappings::Exact& share, std::int64_t bits,
                       const auto& groups) {
    if (!place.memory || groups[place.index].empty()) return End{};
    const Wide row = Wide{8} * program.ports[place.index].row_bytes * share.denominator();
    return End{row, Wide{bits} * share.numerator(), 0, groups[place.index]};
  };
  for (const mappings::Flow& flow : program.flows)
    flows_.push_back({end(flow.from, flow.from_share, flow.bits, readers),
                      end(flow.to, flow.to_share, flow.bits, writers)});
  asked_.assign(groups_.size(), 0);
}

void Ports::ask(std::size_t flow, std::int64_t words) {
  for (End* end : {&flows_[flow].read, &flows_[flow].written}) {
    if (end->row == 0) continue;
    end->carried += Wide{words} * end->word;
    const auto rows = static_cast<std::int64_t>(quotient(end->carried, end->row));
    if (rows == 0) continue;
    end->carried -= rows * end->row;
    asks_ = true;
    for (const std::size_t group : end->groups) asked_[group] += rows;
  }
}

// Max-min fair shares of every group of ports; whether any operation is held up.
bool Ports::set_speeds(std::vector<Job>& jobs) {
  bool held = false;
  for (Job& job : jobs) job.speed = kFull;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Rate wanted = 0;
    sharing_.clear();
    for (const Job& job : jobs) {
      wanted += job.demands[g];
      sharing_.push_back(job.demands[g]);
    }
    Rate left = groups_[g].rate;
    if (wanted <= left) continue;
    held = true;
    std::sort(sharing_.begin(), sharing_.end());
    Rate share = 0;  // of each of those who want more
    for (std::size_t i = 0; i < sharing_.size(); ++i) {
      share = left / static_cast<std::int64_t>(sharing_.size() - i);
      if (sharing_[i] > share) break;
      left -= sharing_[i];
    }
    for (Job& job : jobs)
      if (job.demands[g] > share)
        job.speed =
            std::min(job.speed, std::max<std::int64_t>(1, scaled(share, kFull, job.demands[g])));
  }
  return held;
}

// Goes on until the first operation has all its rows, at most so many units of 2^-20 cycles; how
// many. Those that are through have nothing left.
Wide Ports::step(std::vector<Job>& jobs, Wide most) {
  for (const Job& job : jobs) {
    most = std::min(most, quotient(job.left * kFull + job.speed - 1, job.speed));
  }
  for (Job& job : jobs) job.left = std::max<Wide>(0, job.left - quotient(most * job.speed, kFull));
  return most;
}

void Ports::remove_done() {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (job->left > 0) {
      ++job;
      continue;
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) groups_[g].wanted -= job->demands[g];
    job = jobs_.erase(job);
  }
}

void Ports::advance(std::int64_t now) {
  Wide units = Wide{now - at_} * kFull;
  for (Job& job : jobs_) job.end -= now - at_;
  at_ = now;
  while (contended_ && units > 0 && !jobs_.empty()) {
    units -= step(jobs_, units);
    remove_done();
    contended_ = set_speeds(jobs_);
  }
  // All go at full speed.
  if (units == 0) return;
  for (Job& job : jobs_) job.left -= units;
  remove_done();
}

void Ports::begin(std::size_t engine, std::int64_t issue, std::int64_t now) {
  if (!asks_) return;
  asks_ = false;
  advance(now);
  issue = std::max<std::int64_t>(1, issue);
  Job& job = jobs_.emplace_back();
  job.engine = engine;
  job.left = Wide{issue} * kFull;
  job.end = issue;
  job.speed = kFull;
  for (std::int64_t& rows : asked_) job.demands.push_back(std::exchange(rows, 0));
  ++unsettled_;
}

void Ports::lengthen(std::size_t engine, std::int64_t cycles) {
  for (auto job = jobs_.end() - static_cast<std::ptrdiff_t>(unsettled_); job != jobs_.end();
       ++job) {
    if (job->engine != engine) continue;
    job->end += cycles;
    job->left += Wide{cycles} * kFull;
  }
}

const std::vector<Ports::Delay>& Ports::settle() {
  delays_.clear();
  bool enough = true;
  for (auto job = jobs_.end() - static_cast<std::ptrdiff_t>(unsettled_); job != jobs_.end(); ++job)
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      job->demands[g] = scaled(job->demands[g], kFull, job->end);
      groups_[g].wanted += job->demands[g];
      enough = enough && groups_[g].wanted <= groups_[g].rate;
    }
  unsettled_ = 0;
  if (enough && !contended_) return delays_;
  contended_ = set_speeds(jobs_);
  if (contended_) find_delays();
  return delays_;
}

// If nobody else comes, this is how it goes on.
void Ports::find_delays() {
  future_ = jobs_;
  Wide units = 0;
  while (!future_.empty()) {
    units += step(future_, kForEver);
    const auto end = static_cast<std::int64_t>(quotient(units + kFull - 1, kFull));
    for (auto job = future_.begin(); job != future_.end();) {
      if (job->left > 0) {
        ++job;
        continue;
      }
      if (end > job->end) delays_.push_back({job->engine, end - job->end});
      for (Job& known : jobs_)
        if (known.engine == job->engine) known.end = std::max(known.end, end);
      job = future_.erase(job);
    }
    set_speeds(future_);
  }
}

// What is over but has not been taken off, since nobody asked after it, is of no account. Shares of
// too few ports go on from where they were last divided, as they would be rounded otherwise.
void Ports::append_state(std::int64_t now, std::vector<Wide>& state) const {
  const std::int64_t passed = now - at_;
  const bool shared =
      unsettled() || (contended_ && std::any_of(jobs_.begin(), jobs_.end(),
                                                [&](const Job& job) { return job.end > passed; }));
  const std::int64_t until_now = shared ? 0 : passed;
  if (shared) state.push_back(passed);
  for (const Job& job : jobs_) {
    if (!shared && (contended_ || job.left <= Wide{until_now} * kFull)) continue;
    state.push_back(static_cast<Wide>(job.engine));
    state.push_back(job.left - Wide{until_now} * kFull);
    state.push_back(job.end - until_now);
    state.insert(state.end(), job.demands.begin(), job.demands.end());
  }
  state.push_back((shared ? 1 : 0) + 2 * static_cast<Wide>(unsettled_));
  for (const Ends& flow : flows_) {
    state.push_back(flow.read.carried);
    state.push_back(flow.written.carried);
  }
}

}  // namespace einfall::sim
