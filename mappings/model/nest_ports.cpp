#include "mappings/model/nest_ports.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "mappings/schedule/port_shares.hpp"

namespace einfall::mappings {
namespace {

constexpr double kParts = 64;        // of a row
constexpr double kMostParts = 1e17;  // of one operation
constexpr double kNever = std::numeric_limits<double>::infinity();

std::vector<std::int64_t> in_parts(const std::vector<std::int64_t>& rates) {
  std::vector<std::int64_t> parts;
  for (const std::int64_t rate : rates) parts.push_back(rate * static_cast<std::int64_t>(kParts));
  return parts;
}

}  // namespace

// Phases one after another, as they pass where everything that is known takes its rows.
class NestPorts::Replay {
 public:
  Replay(const NestPlan& plan, std::deque<Use>& passing, double from)
      : plan_(plan),
        shares_(in_parts(plan.port_rates)),
        passing_(passing),
        from_(from),
        zero_(std::floor(from)) {
    for (; next_ < passing_.size() && passing_[next_].end() <= from; ++next_) {
    }
    for (std::size_t p = next_; p < passing_.size(); ++p) passing_[p].longer = 0;
  }

  /// What is used in a phase that begins so much later than was known.
  const std::vector<Use>& phase(const std::vector<Use>& uses, double late) {
    uses_ = uses;
    begun_.assign(uses.size(), false);
    first_ = passing_.size() + numbered_;
    numbered_ += uses.size();
    for (Use& use : uses_) {
      move(use, late);
      use.longer = 0;
    }
    double end = 0;
    for (;;) {
      const std::optional<std::size_t> use = next_use();
      const double at = use ? uses_[*use].start : kNever;
      const double other =
          next_ < passing_.size() ? std::max(from_, passing_[next_].start) : kNever;
      const double now = std::min(at, other);
      if (now == kNever || cycle(now) > now_) settle();
      if (next_use() != use || (use && uses_[*use].start != at)) continue;  // held up meanwhile
      end = 0;
      for (const Use& each : uses_) end = std::max(end, each.end());
      if (now == kNever || (!use && now >= end)) return uses_;
      now_ = std::max(now_, cycle(now));
      if (at <= other) {
        begun_[*use] = true;
        begin(first_ + *use, uses_[*use]);
      } else {
        begin(next_, passing_[next_]);
        ++next_;
      }
    }
  }

  /// What a visit makes comes so much later.
  void made(std::int64_t visit, double later) { later_[visit] = later; }
  /// One of a phase that begins so much later waits for what was made.
  void move(Use& use, double late) const {
    use.free += late;
    for (NestValue& value : use.values)
      if (const auto later = later_.find(value.visit); later != later_.end())
        value.time += later->second;
    use.start = use.asked();
  }

 private:
  // The one that begins first of those that their engines come to next.
  std::optional<std::size_t> next_use() {
    std::optional<std::size_t> first;
    for (std::size_t u = 0; u < uses_.size(); ++u) {
      if (begun_[u]) continue;
      const std::size_t engine = plan_.ops[uses_[u].op].engine;
      bool behind = false;
      for (std::size_t before = 0; before < u; ++before) {
        if (plan_.ops[uses_[before].op].engine != engine) continue;
        if (!begun_[before]) behind = true;
        uses_[u].start = std::max(uses_[u].start, uses_[before].end());
      }
      if (!behind && (!first || uses_[u].start < uses_[*first].start)) first = u;
    }
    return first;
  }

  [[nodiscard]] std::int64_t cycle(double time) const {
    return static_cast<std::int64_t>(std::floor(time - zero_));
  }

  void begin(std::size_t who, const Use& use) {
    rows_.clear();
    for (const double rows : use.rows)
      rows_.push_back(std::llround(std::min(rows * kParts, kMostParts)));
    shares_.begin(who, std::llround(use.cycles), rows_, now_);
  }

  void settle() {
    if (!shares_.unsettled()) return;
    for (const PortShares::Delay& delay : shares_.settle()) {
      const auto cycles = static_cast<double>(delay.cycles);
      if (delay.who < passing_.size())
        passing_[delay.who].longer += cycles;
      else if (delay.who >= first_)
        uses_[delay.who - first_].longer += cycles;
    }
  }

  const NestPlan& plan_;
  PortShares shares_;
  std::deque<Use>& passing_;
  double from_, zero_;
  std::size_t next_ = 0;  // of those that pass
  std::vector<Use> uses_;
  std::vector<bool> begun_;
  std::size_t first_ = 0, numbered_ = 0;  // of the uses
  std::vector<std::int64_t> rows_;
  std::int64_t now_ = 0;
  std::unordered_map<std::int64_t, double> later_;
};

NestPorts::NestPorts(const NestPlan& plan) : plan_(plan) {}

NestPorts::Use NestPorts::use_of(const Begin& here) {
  Use use{here.op, here.visit, here.free, here.values, here.arrived, 0, here.cycles, 0, here.rows};
  use.start = use.asked();
  return use;
}

double NestPorts::Use::asked() const {
  double from = std::max(free, arrived);
  for (const NestValue& value : values) from = std::max(from, value.time);
  return from;
}

double NestPorts::begin_of(const std::vector<Use>& uses) {
  double begin = kNever;
  for (const Use& use : uses) begin = std::min(begin, use.asked());
  return begin;
}

std::vector<double> NestPorts::most_of(const std::vector<Use>& uses) const {
  std::vector<double> sum(plan_.port_rates.size(), 0);
  std::vector<double> most(plan_.units);
  for (std::size_t g = 0; g < sum.size(); ++g) {
    most.assign(plan_.units, 0);
    for (const Use& use : uses) {
      const NestOp& op = plan_.ops[use.op];
      most[op.engine] = std::max(most[op.engine], use.rows[g] / use.cycles);
    }
    for (const double rows : most) sum[g] += rows;
  }
  return sum;
}

// Whether all that can be under way together in one of these phases asks for more than there is, or
// did.
bool NestPorts::may_lack(std::size_t first) const {
  for (std::size_t p = first; p < phases_.size(); ++p) {
    const Phase& phase = phases_[p];
    if (phase.held) return true;
    for (std::size_t g = 0; g < plan_.port_rates.size(); ++g) {
      double sum = phase.most[g];
      for (const Use& use : passing_)
        if (use.start < phase.end && use.end() > phase.begin) sum += use.rows[g] / use.cycles;
      if (sum > static_cast<double>(plan_.port_rates[g])) return true;
    }
  }
  return false;
}

void NestPorts::begin(const Begin& here) {
  if (plan_.port_rates.empty() || here.cycles <= 0) return;
  if (open_.size() == kOpen) open_.erase(open_.begin());
  open_.push_back(use_of(here));
}

std::vector<NestPorts::Delay> NestPorts::close(std::int64_t phase, double end, std::int64_t last) {
  if (plan_.port_rates.empty() || open_.empty()) return {};
  double used = 0;
  for (const Use& use : open_) used = std::max(used, use.end());
  phases_.push_back(
      {phase, begin_of(open_), end, end - used, last, most_of(open_), false, std::move(open_)});
  open_.clear();
  if (phases_.size() > kPhases) phases_.pop_front();
  while (!passing_.empty() && passing_.front().end() <= phases_.front().begin) passing_.pop_front();
  return replay(phases_.back().begin);
}

std::vector<NestPorts::Delay> NestPorts::pass(const Begin& here) {
  if (plan_.port_rates.empty() || here.cycles <= 0) return {};
  const Use use = use_of(here);
  const auto at =
      std::upper_bound(passing_.begin(), passing_.end(), use.start,
                       [](double time, const Use& other) { return time < other.start; });
  passing_.insert(at, use);
  if (passing_.size() > kPassing) passing_.pop_front();
  return replay(use.start);
}

void NestPorts::shift(double cycles) {
  const auto move = [&](auto& uses) {
    for (Use& use : uses) {
      use.free += cycles;
      for (NestValue& value : use.values) value.time += cycles;
      use.arrived += cycles;
      use.start += cycles;
    }
  };
  for (Phase& phase : phases_) {
    phase.end += cycles;
    phase.begin += cycles;
    move(phase.uses);
  }
  move(open_);
  move(passing_);
}

std::vector<NestPorts::Delay> NestPorts::replay(double since) {
  std::size_t first = phases_.size();
  while (first > 0 && phases_[first - 1].end > since) --first;
  if (first == phases_.size() || !may_lack(first)) return {};
  // From a phase on at whose begin nobody is under way who began before.
  for (double before = since;; before = since) {
    while (first > 0 && phases_[first - 1].end > since) --first;
    since = std::min(since, phases_[first].begin);
    for (const Use& use : passing_)
      if (use.end() > since) since = std::min(since, use.start);
    if (since == before) break;
  }
  std::vector<Delay> delays;
  double late = 0;
  std::vector<double> longer;
  for (const Use& use : passing_) longer.push_back(use.longer);
  Replay replay(plan_, passing_, since);
  for (std::size_t p = first; p < phases_.size(); ++p) {
    Phase& phase = phases_[p];
    Delay delay{phase.end + late, 0, phase.number, phase.last, {}};
    const std::vector<Use> now = replay.phase(phase.uses, late);
    double end = 0;
    for (std::size_t u = 0; u < now.size(); ++u) {
      Use& use = phase.uses[u];
      const double more = now[u].end() - use.end() - late;
      if (more != 0) delay.held.push_back({use.op, use.visit, more});
      if (late + more != 0) replay.made(use.visit, late + more);
      end = std::max(end, now[u].end());
      use = now[u];
    }
    end += phase.waits;
    delay.cycles = end - delay.since;
    late += delay.cycles;
    phase.end = end;
    phase.begin = begin_of(phase.uses);
    phase.held = std::any_of(phase.uses.begin(), phase.uses.end(),
                             [](const Use& use) { return use.longer > 0; });
    if (!delay.held.empty() || delay.cycles != 0) delays.push_back(std::move(delay));
  }
  for (Use& use : open_) replay.move(use, late);
  Delay beside{kNever, 0, phases_.back().number, phases_.back().last, {}};
  for (std::size_t p = 0; p < passing_.size(); ++p) {
    const Use& use = passing_[p];
    if (use.longer != longer[p]) beside.held.push_back({use.op, use.visit, use.longer - longer[p]});
  }
  if (!beside.held.empty()) delays.push_back(std::move(beside));
  return delays;
}

}  // namespace einfall::mappings
