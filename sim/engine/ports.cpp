#include "sim/engine/ports.hpp"

#include <algorithm>
#include <limits>

namespace einfall::sim {

using mappings::Wide;

namespace {

constexpr std::int64_t kFull = std::int64_t{1} << 20;

// Takes out of an amount what is whole ones of something. Amounts of one piece nearly always fit 64
// bits, which divide much faster.
std::int64_t take_whole(Wide& amount, Wide row) {
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  if (amount <= kMost && row <= kMost) {
    const auto all = static_cast<std::int64_t>(amount);
    const auto one = static_cast<std::int64_t>(row);
    amount = all % one;
    return all / one;
  }
  const auto rows = static_cast<std::int64_t>(amount / row);
  amount %= row;
  return rows;
}

}  // namespace

Ports::Ports(const mappings::Program& program)
    : program_(program),
      read_parts_(program.flows.size(), 0),
      written_parts_(program.flows.size(), 0) {
  for (std::size_t m = 0; m < program.ports.size(); ++m) {
    const mappings::PortLimit& limit = program.ports[m];
    if (limit.row_bytes == 0) continue;
    // Where all ports are shared the first two never bind.
    if (limit.reads < limit.total) groups_.push_back({limit.reads * kFull, m, true, false});
    if (limit.writes < limit.total) groups_.push_back({limit.writes * kFull, m, false, true});
    groups_.push_back({limit.total * kFull, m, true, true});
  }
}

void Ports::ask(std::size_t index, std::int64_t words) {
  const mappings::Flow& flow = program_.flows[index];
  ask_end(flow.from, flow.from_share, flow.bits, false, read_parts_[index], words);
  ask_end(flow.to, flow.to_share, flow.bits, true, written_parts_[index], words);
}

void Ports::ask_end(mappings::Place place, const mappings::Exact& share, std::int64_t bits,
                    bool write, Wide& carried, std::int64_t words) {
  if (!place.memory || program_.ports[place.index].row_bytes == 0) return;
  const Wide row = Wide{8} * program_.ports[place.index].row_bytes * share.denominator();
  carried += Wide{words} * bits * share.numerator();
  const std::int64_t rows = take_whole(carried, row);
  if (rows == 0) return;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const Group& group = groups_[g];
    if (group.memory != place.index || !(write ? group.writes : group.reads)) continue;
    const auto same =
        std::find_if(asked_.begin(), asked_.end(), [&](const Demand& d) { return d.group == g; });
    if (same == asked_.end())
      asked_.push_back({g, rows, 0});
    else
      same->rows += rows;
  }
}

// Max-min fair shares of every group of ports; whether any operation is held up.
bool Ports::set_speeds(std::vector<Job>& jobs) {
  bool held = false;
  for (Job& job : jobs) job.speed = kFull;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Rate wanted = 0;
    sharing_.clear();
    for (const Job& job : jobs)
      for (const Demand& demand : job.demands)
        if (demand.group == g) {
          wanted += demand.rate;
          sharing_.push_back(&demand);
        }
    Rate left = groups_[g].rate;
    if (wanted <= left) continue;
    held = true;
    std::sort(sharing_.begin(), sharing_.end(),
              [](const Demand* a, const Demand* b) { return a->rate < b->rate; });
    Rate share = 0;  // of each of those who want more
    for (std::size_t i = 0; i < sharing_.size(); ++i) {
      share = left / static_cast<std::int64_t>(sharing_.size() - i);
      if (sharing_[i]->rate > share) break;
      left -= sharing_[i]->rate;
    }
    for (Job& job : jobs)
      for (const Demand& demand : job.demands)
        if (demand.group == g && demand.rate > share)
          job.speed = std::min(
              job.speed, std::max<std::int64_t>(
                             1, static_cast<std::int64_t>(Wide{share} * kFull / demand.rate)));
  }
  return held;
}

// Goes on until the first operation has all its rows, at most so many units of 2^-20 cycles; how
// many. Those that are through have nothing left.
std::int64_t Ports::step(std::vector<Job>& jobs, std::int64_t most) {
  for (const Job& job : jobs) {
    const Wide needs = (Wide{job.left} * kFull + job.speed - 1) / job.speed;
    most = static_cast<std::int64_t>(std::min<Wide>(most, needs));
  }
  for (Job& job : jobs)
    job.left = std::max<std::int64_t>(
        0, job.left - static_cast<std::int64_t>(Wide{most} * job.speed / kFull));
  return most;
}

void Ports::advance(std::int64_t now) {
  std::int64_t units = (now - at_) * kFull;
  const auto through = [](const Job& job) { return job.left == 0; };
  for (Job& job : jobs_) job.end -= now - at_;
  while (units > 0 && !jobs_.empty()) {
    units -= step(jobs_, units);
    jobs_.erase(std::remove_if(jobs_.begin(), jobs_.end(), through), jobs_.end());
    if (contended_) contended_ = set_speeds(jobs_);
  }
  at_ = now;
}

const std::vector<Ports::Delay>& Ports::begin(std::size_t engine, std::int64_t issue,
                                              std::int64_t now) {
  delays_.clear();
  if (asked_.empty()) return delays_;
  advance(now);
  issue = std::max<std::int64_t>(1, issue);
  Job job{engine, issue * kFull, issue, {}, kFull};
  job.demands = asked_;
  asked_.clear();
  for (Demand& demand : job.demands) {
    Wide wanted = Wide{demand.rows} * kFull;
    demand.rate = take_whole(wanted, issue);
  }
  jobs_.push_back(std::move(job));
  contended_ = set_speeds(jobs_);
  if (contended_) find_delays();
  return delays_;
}

// If nobody else comes, this is how it goes on.
void Ports::find_delays() {
  future_ = jobs_;
  std::int64_t units = 0;
  while (!future_.empty()) {
    units += step(future_, std::numeric_limits<std::int64_t>::max());
    const std::int64_t end = base::ceil_div(units, kFull);
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

void Ports::append_state(std::int64_t now, std::vector<Wide>& state) const {
  if (!jobs_.empty()) state.push_back(now - at_);
  for (const Job& job : jobs_) {
    state.push_back(static_cast<Wide>(job.engine));
    state.push_back(job.left);
    state.push_back(job.end);
    for (const Demand& demand : job.demands) {
      state.push_back(static_cast<Wide>(demand.group));
      state.push_back(demand.rows);
      state.push_back(demand.rate);
    }
  }
  state.push_back(contended_ ? 1 : 0);
  state.insert(state.end(), read_parts_.begin(), read_parts_.end());
  state.insert(state.end(), written_parts_.begin(), written_parts_.end());
}

}  // namespace einfall::sim
