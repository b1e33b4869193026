#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mappings/walk/walk.hpp"

/// Random loops over a few ranks and random masks, and what they mean by definition: every
/// iteration is listed, and each is tried.
namespace einfall::tests {

using Digits = std::vector<std::int64_t>;

class WalkMaker {
 public:
  explicit WalkMaker(std::uint32_t seed) : rng_(seed) {}

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng_);
  }
  bool once_in(std::int64_t times) { return between(1, times) == 1; }

  /// Two or three ranks, each cut into up to three parts. Nothing else is bound.
  mappings::BoundMapping ranks() {
    mappings::BoundMapping bound;
    const std::int64_t count = between(2, 3);
    for (std::int64_t r = 0; r < count; ++r) {
      const std::int64_t size = between(1, count == 2 ? 16 : 9);
      const std::int64_t parts = between(1, 3);
      bound.sizes.values.push_back(size);
      std::vector<mappings::PartId> ids;
      std::vector<std::int64_t> strides{between(1, 3)};
      for (std::int64_t p = 1; p < parts; ++p) strides.push_back(strides.back() * between(1, 3));
      std::reverse(strides.begin(), strides.end());
      for (std::size_t p = 0; p < strides.size(); ++p) {
        const std::int64_t outer = p == 0 ? size : strides[p - 1];
        ids.emplace_back(bound.parts.size());
        bound.parts.push_back({einsum::RankId(static_cast<std::size_t>(r)),
                               base::ceil_div(outer, strides[p]), strides[p]});
      }
      bound.rank_parts.push_back(ids);
    }
    return bound;
  }

  /// The outer parts of every rank as loops, those of a rank in its order. With gaps, an outer part
  /// may be missing.
  std::vector<mappings::PartId> loops(const mappings::BoundMapping& bound, bool gaps) {
    std::vector<std::vector<mappings::PartId>> left = bound.rank_parts;
    for (auto& parts : left) {
      parts.resize(static_cast<std::size_t>(
          between(once_in(4) ? 0 : 1, static_cast<std::int64_t>(parts.size()))));
      if (gaps && parts.size() > 1 && once_in(4)) parts.erase(parts.begin());
    }
    std::vector<mappings::PartId> out;
    while (
        std::any_of(left.begin(), left.end(), [](const auto& parts) { return !parts.empty(); })) {
      auto& parts =
          left[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(left.size()) - 1))];
      if (parts.empty()) continue;
      out.push_back(parts.front());
      parts.erase(parts.begin());
    }
    return out;
  }

  /// A union of causal, windowed, block and other masks.
  mappings::Mask mask(const mappings::BoundMapping& bound) {
    mappings::Mask out;
    const std::int64_t conjunctions = between(1, 3);
    for (std::int64_t c = 0; c < conjunctions; ++c) {
      mappings::MaskConjunction all;
      const std::int64_t count = between(once_in(10) ? 0 : 1, 3);
      for (std::int64_t l = 0; l < count; ++l) all.push_back(linear(bound));
      out.any.push_back(all);
    }
    return out;
  }

  /// Levels such that of the loops of each rank those in the set are the innermost ones.
  mappings::Levels inner_levels(const mappings::BoundMapping& bound, const mappings::Walk& walk) {
    mappings::Levels set = 0;
    for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
      std::vector<std::size_t> levels;
      for (std::size_t i = 0; i < walk.levels.size(); ++i)
        if (bound[walk.levels[i].part].rank.index() == r) levels.push_back(i);
      const auto from =
          static_cast<std::size_t>(between(0, static_cast<std::int64_t>(levels.size())));
      for (std::size_t i = from; i < levels.size(); ++i) set |= mappings::Levels{1} << levels[i];
    }
    return set;
  }

 private:
  mappings::MaskLinear linear(const mappings::BoundMapping& bound) {
    mappings::MaskLinear out;
    const auto ranks = static_cast<std::int64_t>(bound.rank_parts.size());
    const auto first = static_cast<std::size_t>(between(0, ranks - 1));
    const auto second =
        (first + static_cast<std::size_t>(between(1, ranks - 1))) % static_cast<std::size_t>(ranks);
    const std::int64_t scale = once_in(2) ? 1 : between(2, 4);
    switch (between(0, 3)) {
      case 0:  // not past the other, or not past its blocks
        out.terms = {{einsum::RankId(first), 1}, {einsum::RankId(second), -scale}};
        out.constant = -between(0, 4);
        break;
      case 1:  // at most so far behind
        out.terms = {{einsum::RankId(first), -1}, {einsum::RankId(second), scale}};
        out.constant = -between(0, 6);
        break;
      case 2:
        out.terms = {{einsum::RankId(first), once_in(2) ? 1 : -1}};
        out.constant = between(-6, 6);
        break;
      default:
        for (std::size_t r = 0; r < bound.rank_parts.size(); ++r)
          if (const std::int64_t factor = between(-3, 3); factor != 0)
            out.terms.emplace_back(einsum::RankId(r), factor);
        out.constant = between(-12, 12);
    }
    return out;
  }

  std::mt19937 rng_;
};

/// All iterations of some loops, in order, masks not considered.
class Iterations {
 public:
  Iterations(const mappings::BoundMapping& bound, std::vector<mappings::PartId> loops)
      : bound_(bound), loops_(std::move(loops)) {
    Digits digits;
    list(digits);
  }

  [[nodiscard]] const std::vector<Digits>& all() const { return all_; }

  /// The tile of a rank that an iteration stands in, cut by those of the loops that are in
  /// `divided`. A part of one step may be among them or not.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> tile(std::size_t rank, const Digits& digits,
                                                           mappings::PartSet divided) const {
    std::int64_t low = 0;
    std::int64_t width = bound_.sizes.values[rank];
    for (const mappings::PartId part : bound_.rank_parts[rank]) {
      const auto at = std::find(loops_.begin(), loops_.end(), part);
      const auto level = static_cast<std::size_t>(at - loops_.begin());
      const bool cut = level < digits.size() && divided.has(part);
      if (!cut && bound_[part].trips == 1) continue;
      if (!cut) break;
      low += digits[level] * bound_[part].stride;
      width = bound_[part].stride;
    }
    return {low, std::min(low + width, bound_.sizes.values[rank])};
  }

  [[nodiscard]] bool issued(const mappings::Mask& mask, mappings::PartSet divided,
                            const Digits& digits) const {
    if (mask.any.empty()) return true;
    const auto possible = [&](const mappings::MaskLinear& linear) {
      std::int64_t least = linear.constant;
      for (const auto& [rank, factor] : linear.terms) {
        const auto [low, end] = tile(rank.index(), digits, divided);
        least += std::min(factor * low, factor * (end - 1));
      }
      return least <= 0;
    };
    return std::any_of(mask.any.begin(), mask.any.end(), [&](const auto& all) {
      return std::all_of(all.begin(), all.end(), possible);
    });
  }

 private:
  void list(Digits& digits) {
    if (digits.size() == loops_.size()) {
      all_.push_back(digits);
      return;
    }
    const mappings::BoundPart& part = bound_[loops_[digits.size()]];
    for (std::int64_t digit = 0; digit < part.trips; ++digit) {
      digits.push_back(digit);
      if (begins_inside(part.rank.index(), digits)) list(digits);
      digits.pop_back();
    }
  }

  // Where an outer part of the rank, one that steps, is no loop, tiles are full.
  [[nodiscard]] bool begins_inside(std::size_t rank, const Digits& digits) const {
    const auto [low, end] = tile(rank, digits, mappings::PartSet(loops_));
    return low < end;
  }

  const mappings::BoundMapping& bound_;
  std::vector<mappings::PartId> loops_;
  std::vector<Digits> all_;
};

/// The digits of an iteration at some levels.
inline Digits digits_at(const Digits& digits, mappings::Levels levels) {
  Digits out;
  for (std::size_t i = 0; i < digits.size(); ++i)
    if (((levels >> i) & 1U) != 0) out.push_back(digits[i]);
  return out;
}

/// For a test that fails.
inline std::string text(const mappings::BoundMapping& bound, const mappings::Walk& walk,
                        const mappings::Mask& mask) {
  std::string out = "sizes";
  for (const std::int64_t size : bound.sizes.values) out += " " + std::to_string(size);
  out += "; loops";
  for (const mappings::WalkLevel& level : walk.levels)
    out += " r" + std::to_string(bound[level.part].rank.index()) + "(" +
           std::to_string(level.trips) + "x" + std::to_string(level.stride) + ")";
  for (const mappings::MaskConjunction& all : mask.any) {
    out += "; or";
    for (const mappings::MaskLinear& linear : all) {
      for (const auto& [rank, factor] : linear.terms)
        out += " " + std::to_string(factor) + "*r" + std::to_string(rank.index());
      out += " + " + std::to_string(linear.constant) + " <= 0,";
    }
  }
  return out;
}

}  // namespace einfall::tests
