#include "einsum/analysis/symbolic_count.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace einfall::einsum {
namespace {

bool grows_at_least(const SymbolicCount& a, const SymbolicCount& b) {
  return std::all_of(b.growth.begin(), b.growth.end(),
                     [&](const auto& term) { return a.growth_along(term.first) >= term.second; });
}

}  // namespace

std::optional<std::int64_t> SymbolicCount::number() const {
  if (!growth.empty()) return std::nullopt;
  return constant;
}

std::int64_t SymbolicCount::growth_along(RankId rank) const {
  for (const auto& [along, steps] : growth)
    if (along == rank) return steps;
  return 0;
}

std::int64_t SymbolicCount::at(const Sizes& sizes) const {
  std::int64_t value = constant;
  for (const auto& [rank, steps] : growth) {
    std::int64_t part = 0;
    if (__builtin_mul_overflow(steps, sizes[rank], &part) ||
        __builtin_add_overflow(value, part, &value))
      return std::numeric_limits<std::int64_t>::max();
  }
  return value;
}

SymbolicCount operator+(SymbolicCount count, std::int64_t constant) {
  count.constant += constant;
  return count;
}

SymbolicCount with_growth(SymbolicCount count, RankId rank, std::int64_t steps) {
  if (steps == 0) return count;
  auto place = std::lower_bound(count.growth.begin(), count.growth.end(), rank,
                                [](const auto& term, RankId r) { return term.first < r; });
  if (place != count.growth.end() && place->first == rank)
    place->second += steps;
  else
    count.growth.insert(place, {rank, steps});
  return count;
}

bool at_least(const SymbolicCount& a, const SymbolicCount& b) {
  if (!grows_at_least(a, b)) return false;
  return a.growth != b.growth || a.constant >= b.constant;
}

SymbolicCount larger(const SymbolicCount& a, const SymbolicCount& b) {
  if (at_least(a, b)) return a;
  if (at_least(b, a)) return b;
  std::map<RankId, std::int64_t> growth(a.growth.begin(), a.growth.end());
  for (const auto& [rank, steps] : b.growth) {
    auto [place, fresh] = growth.emplace(rank, steps);
    if (!fresh) place->second = std::max(place->second, steps);
  }
  SymbolicCount joined(std::max(a.constant, b.constant));
  joined.growth.assign(growth.begin(), growth.end());
  joined.at_most = true;
  return joined;
}

SymbolicCount larger_from(const SymbolicCount& a, const SymbolicCount& b, const Sizes& sizes) {
  const std::int64_t here_a = a.at(sizes), here_b = b.at(sizes);
  if (at_least(a, b) && here_a >= here_b) return a;
  if (at_least(b, a) && here_b >= here_a) return b;
  SymbolicCount joined = larger(a, b);
  joined.at_most = true;
  const std::int64_t excess = joined.at(sizes) - std::max(here_a, here_b);
  return joined + -excess;
}

std::string text(const Cascade& cascade, const SymbolicCount& count) {
  std::string out;
  for (const auto& [rank, steps] : count.growth) {
    if (!out.empty()) out += "+";
    if (steps != 1) out += fmt::format("{}*", steps);
    out += cascade[rank].name;
  }
  if (out.empty() || count.constant > 0)
    out += fmt::format("{}{}", out.empty() ? "" : "+", count.constant);
  else if (count.constant < 0)
    out += fmt::format("{}", count.constant);
  return count.at_most ? "<= " + out : out;
}

}  // namespace einfall::einsum
