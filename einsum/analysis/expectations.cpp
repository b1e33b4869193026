#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "einsum/analysis/passes.hpp"

namespace einfall::einsum {
namespace {

using base::Diagnostic;
using base::Diagnostics;

// "3", "T+2", "2*T+1" in any order of its terms.
std::optional<SymbolicCount> parse_count(const Cascade& cascade, std::string_view text) {
  SymbolicCount count;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('+'), text.size());
    std::string_view term = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!term.empty() && term.front() == ' ') term.remove_prefix(1);
    while (!term.empty() && term.back() == ' ') term.remove_suffix(1);
    std::int64_t factor = 1;
    const auto number = std::from_chars(term.data(), term.data() + term.size(), factor);
    const bool has_number = number.ec == std::errc();
    if (has_number) term.remove_prefix(static_cast<std::size_t>(number.ptr - term.data()));
    if (has_number && !term.empty() && term.front() == '*') term.remove_prefix(1);
    if (term.empty()) {
      if (!has_number || __builtin_add_overflow(count.constant, factor, &count.constant))
        return std::nullopt;
      continue;
    }
    const auto rank = cascade.find_rank(term);
    if (!rank || factor < 0 || factor > (std::int64_t{1} << 40)) return std::nullopt;
    count = with_growth(count, *rank, factor);
  }
  return count;
}

class Checker {
 public:
  Checker(const Cascade& cascade, const PassAnalysis& analysis)
      : cascade_(cascade), analysis_(analysis) {}

  Diagnostics run() {
    for (const Expectation& expectation : cascade_.expectations) check(expectation);
    return std::move(found_);
  }

 private:
  static std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : "+") + name;
    return text;
  }

  void check(const Expectation& expectation) {
    const auto expected = parse_count(cascade_, expectation.count);
    if (!expected) {
      found_.push_back(
          base::error("E502", expectation.span,
                      fmt::format("found '{}' where a count is expected", expectation.count),
                      "write a number, or a number plus ranks that it grows with: 3, T+2, 2*T+1"));
      return;
    }
    if (expectation.kind == "joint") return check_joint(expectation, *expected);
    if (expectation.kind == "fine") return check_fine(expectation, *expected);
    check_rank(expectation, *expected);
  }

  std::optional<RankId> rank_of(const Expectation& expectation, const std::string& name) {
    if (const auto rank = cascade_.find_rank(name)) return rank;
    std::vector<std::string> known;
    for (const Rank& rank : cascade_.ranks) known.push_back(rank.name);
    const std::string near = base::nearest(name, known);
    found_.push_back(
        base::error("E502", expectation.span, fmt::format("no rank {} in this cascade", name),
                    near.empty() ? std::string() : fmt::format("did you mean {}?", near)));
    return std::nullopt;
  }

  const RankPasses* find(const Expectation& expectation) {
    if (expectation.ranks.size() == 1 && !cascade_.find_rank(expectation.ranks[0]))
      for (const AliasPasses& alias : analysis_.aliases)
        if (alias.name == expectation.ranks[0]) return &alias.passes;
    if (expectation.ranks.size() != 1) {
      found_.push_back(base::error(
          "E502", expectation.span,
          fmt::format("'{}' names {} ranks, {} are counted for one", joined(expectation.ranks),
                      expectation.ranks.size(), expectation.kind)));
      return nullptr;
    }
    const auto rank = rank_of(expectation, expectation.ranks[0]);
    return rank ? &analysis_.ranks[rank->index()] : nullptr;
  }

  void check_rank(const Expectation& expectation, const SymbolicCount& expected) {
    const RankPasses* rank = find(expectation);
    if (rank == nullptr) return;
    const bool traversals = expectation.kind == "traversals";
    compare(expectation, expected, traversals ? rank->traversals : rank->passes,
            traversals ? rank->traversal_chain : rank->chain, certainty(analysis_, *rank));
  }

  void check_fine(const Expectation& expectation, const SymbolicCount& expected) {
    std::vector<std::string> known;
    for (const SplitPasses& split : analysis_.splits) {
      std::vector<std::string> names;
      for (const RankId part : split.parts) names.push_back(cascade_[part].name);
      if (names == expectation.ranks) return check_fine(expectation, expected, split);
      known.push_back(joined(names));
    }
    found_.push_back(base::error(
        "E502", expectation.span,
        fmt::format("no split {} in this cascade", joined(expectation.ranks)),
        known.empty() ? "a split rank is read as outer*INNER + inner, for example K[e, m1*M0 + m0]"
                      : fmt::format("splits of this cascade: {}", fmt::join(known, ", "))));
  }

  void check_fine(const Expectation& expectation, const SymbolicCount& expected,
                  const SplitPasses& split) {
    const RankPasses& outer = analysis_.ranks[split.parts.front().index()];
    compare(expectation, expected, split.fine, outer.chain, certainty(analysis_, outer));
  }

  void check_joint(const Expectation& expectation, const SymbolicCount& expected) {
    std::vector<RankId> ranks;
    for (const std::string& name : expectation.ranks) {
      const auto rank = rank_of(expectation, name);
      if (!rank) return;
      ranks.push_back(*rank);
    }
    const auto joint = joint_sweeps(cascade_, ranks, analysis_.sizes);
    if (!joint) {
      found_.insert(found_.end(), joint.error().begin(), joint.error().end());
      return;
    }
    compare(expectation, expected, SymbolicCount(joint->sweeps), {}, certainty(*joint));
  }

  void compare(const Expectation& expectation, const SymbolicCount& expected,
               const SymbolicCount& counted, const std::vector<ChainLink>& chain, Certainty known) {
    const bool open = (known == Certainty::kAtLeast && at_least(expected, counted)) ||
                      (known == Certainty::kAtMost && at_least(counted, expected)) ||
                      known == Certainty::kAbout;
    if (open) return warn(expectation, expected, counted, known);
    if (expected == counted) return;
    Diagnostic mismatch =
        base::error("E501", expectation.span,
                    fmt::format("{} of {}: found {}{}, expected {}", expectation.kind,
                                joined(expectation.ranks), words(known), text(cascade_, counted),
                                text(cascade_, expected)));
    for (const ChainLink& link : chain)
      mismatch.notes.push_back(
          {link.span,
           fmt::format("pass {} begins here: {} waits for {} ({})", text(cascade_, link.pass),
                       cascade_[link.einsum].name, cascade_[link.waits_for].name, link.kind)});
    found_.push_back(std::move(mismatch));
  }

  // A bound that the expectation keeps to neither confirms nor refutes it.
  void warn(const Expectation& expectation, const SymbolicCount& expected,
            const SymbolicCount& counted, Certainty known) {
    Diagnostic unknown =
        base::warning("W506", expectation.span,
                      fmt::format("{} of {}: known to be {}{}, so the expected {} is not confirmed",
                                  expectation.kind, joined(expectation.ranks), words(known),
                                  text(cascade_, counted), text(cascade_, expected)));
    if (known == Certainty::kAtMost) {
      unknown.help = "masks leave no whole fiber, so that one sweep may do for several";
      return found_.push_back(std::move(unknown));
    }
    for (const Recut& recut : analysis_.recuts) {
      std::vector<std::string> ways;
      for (const RankWay& way : recut.ways) {
        std::vector<std::string> parts;
        for (const RankId part : way) parts.push_back(cascade_[part].name);
        ways.push_back(joined(parts));
      }
      unknown.notes.push_back(
          {cascade_[recut.tensor].span,
           fmt::format("{} is gone through by {}, which are not counted together",
                       cascade_[recut.tensor].name, fmt::join(ways, " and by "))});
    }
    found_.push_back(std::move(unknown));
  }

  const Cascade& cascade_;
  const PassAnalysis& analysis_;
  Diagnostics found_;
};

}  // namespace

Diagnostics check_expectations(const Cascade& cascade, const PassAnalysis& analysis) {
  return Checker(cascade, analysis).run();
}

}  // namespace einfall::einsum
