#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "arch/assemble.hpp"

namespace einfall::arch {
namespace {

constexpr std::int64_t kMaxCycles = std::int64_t{1} << 30;
constexpr std::size_t kMaxDepth = 16;

// Follows compositions down to primitive operators.
class Resolver {
 public:
  Resolver(const UnitFeature& unit, base::Diagnostics& sink) : unit_(unit), sink_(sink) {
    for (const OperatorFeature& op : unit.operators) written_[op.name.value] = &op;
  }

  void resolve_all() {
    for (const OperatorFeature& op : unit_.operators) (void)resolve(op);
  }
  [[nodiscard]] std::vector<Operator> result() const {
    std::vector<Operator> out;
    for (const OperatorFeature& op : unit_.operators)
      if (const auto it = done_.find(op.name.value); it != done_.end()) out.push_back(it->second);
    return out;
  }

 private:
  // nullptr: reported.
  const Operator* resolve(const OperatorFeature& op) {
    if (const auto it = done_.find(op.name.value); it != done_.end()) return &it->second;
    if (failed_[op.name.value]) return nullptr;
    failed_[op.name.value] = true;  // until proven otherwise; also stops cycles
    Operator out;
    out.name = op.name.value;
    out.span = op.name.span;
    if (op.compose.empty()) {
      out.issue_cycles = op.issue_cycles.value_or(1);
      out.latency = op.latency.value_or(out.issue_cycles);
      if (out.latency < out.issue_cycles) too_early(op, out);
    } else if (!compose(op, out)) {
      return nullptr;
    }
    failed_[op.name.value] = false;
    return &done_.emplace(op.name.value, std::move(out)).first->second;
  }

  bool compose(const OperatorFeature& op, Operator& out) {
    if (op.issue_cycles) {
      sink_.push_back(
          base::error("E708", op.name.span,
                      fmt::format("operator '{}' of unit '{}' is composed and has issue "
                                  "cycles of its own",
                                  op.name.value, unit_.name.value),
                      "its cycles are those of its parts; drop one of the two"));
      return false;
    }
    out.issue_cycles = 0;
    out.latency = 0;
    std::map<std::string, std::int64_t> primitives;
    path_.push_back(op.name.value);
    bool good = true;
    for (const auto& [part, count] : op.compose)
      good = add_part(op, part, count, out, primitives) && good;
    path_.pop_back();
    if (op.latency) out.latency = *op.latency;
    out.primitives.assign(primitives.begin(), primitives.end());
    return good;
  }

  bool add_part(const OperatorFeature& op, const Located<std::string>& part, std::int64_t count,
                Operator& out, std::map<std::string, std::int64_t>& primitives) {
    const auto written = written_.find(part.value);
    if (written == written_.end()) return lacks(op, part);
    if (std::find(path_.begin(), path_.end(), part.value) != path_.end()) return circle(part);
    if (path_.size() == kMaxDepth) return too_deep(part);
    const Operator* resolved = resolve(*written->second);
    if (resolved == nullptr) return false;
    out.issue_cycles += count * resolved->issue_cycles;
    out.latency += count * resolved->latency;
    if (out.issue_cycles > kMaxCycles || out.latency > kMaxCycles) return too_slow(op);
    if (resolved->primitives.empty()) primitives[resolved->name] += count;
    for (const auto& [name, inner] : resolved->primitives) primitives[name] += count * inner;
    return true;
  }

  bool lacks(const OperatorFeature& op, const Located<std::string>& part) {
    std::vector<std::string> known;
    for (const OperatorFeature& other : unit_.operators) known.push_back(other.name.value);
    const std::string close = base::nearest(part.value, known);
    sink_.push_back(
        base::error("E707", part.span,
                    fmt::format("operator '{}' is composed of '{}', which unit '{}' does not have",
                                op.name.value, part.value, unit_.name.value),
                    close.empty() ? fmt::format("it has: {}", fmt::join(known, " "))
                                  : fmt::format("did you mean '{}'?", close)));
    return false;
  }
  bool circle(const Located<std::string>& part) {
    sink_.push_back(
        base::error("E706", part.span,
                    fmt::format("operator '{}' is composed of itself: {} -> {}", part.value,
                                fmt::join(path_, " -> "), part.value),
                    "a composition must end in operators that have cycles of their own"));
    return false;
  }
  bool too_deep(const Located<std::string>& part) {
    sink_.push_back(base::error("E706", part.span,
                                fmt::format("compositions are nested more than {} deep", kMaxDepth),
                                "compose an operator of primitive ones"));
    return false;
  }
  bool too_slow(const OperatorFeature& op) {
    sink_.push_back(
        base::error("E709", op.name.span,
                    fmt::format("operator '{}' takes more than 2^30 cycles", op.name.value)));
    return false;
  }

  void too_early(const OperatorFeature& op, const Operator& out) {
    sink_.push_back(base::error(
        "E720", op.name.span,
        fmt::format("operator '{}' of unit '{}' issues for {} cycles and has its result after {}",
                    op.name.value, unit_.name.value, out.issue_cycles, out.latency),
        fmt::format("its latency counts from its first issue cycle: at least {}",
                    out.issue_cycles)));
  }

  const UnitFeature& unit_;
  base::Diagnostics& sink_;
  std::map<std::string, const OperatorFeature*> written_;
  std::map<std::string, Operator> done_;
  std::map<std::string, bool> failed_;
  std::vector<std::string> path_;
};

}  // namespace

std::vector<Operator> resolve_operators(const UnitFeature& unit, base::Diagnostics& sink) {
  Resolver resolver(unit, sink);
  resolver.resolve_all();
  return resolver.result();
}

}  // namespace einfall::arch
