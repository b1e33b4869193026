#include "mappings/ir/overlap.hpp"

#include <algorithm>
#include <set>

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

// A loop that moves what is needed by `delta` coordinates up or down, this many times.
struct Move {
  std::int64_t delta = 1;
  std::int64_t trips = 1;
  PartId loop;
};

// What one position needs while the loops that move it stand still, and those loops.
struct Window {
  std::int64_t width = 1;
  std::vector<Move> moves;
  std::optional<PartId> inside;  // a loop whose steps stay inside one quotient
  std::int64_t divisor = 1;
};

void add_term(const BoundMapping& bound, const TermForm& term, PartSet moved, Window& out) {
  std::int64_t covered = bound.sizes[term.rank];  // by one step of the loops so far
  for (const PartId id : bound.rank_parts[term.rank.index()]) {
    const BoundPart& part = bound[id];
    if (!moved.has(id) || part.trips == 1) continue;
    covered = std::min(covered, part.stride);
    const std::int64_t reach = saturating_mul(part.stride, part.trips);
    if (term.divisor > 1 && !term.remainder && term.divisor % reach == 0) continue;
    if (term.divisor > 1 && term.remainder && part.stride % term.divisor == 0) continue;
    const bool apart =
        term.divisor == 1 || (term.remainder ? reach <= term.divisor && term.divisor % reach == 0
                                             : part.stride % term.divisor == 0);
    if (!apart) out.inside = id, out.divisor = term.divisor;
    const std::int64_t step = term.remainder ? part.stride : part.stride / term.divisor;
    out.moves.push_back({saturating_mul(magnitude(term), step), part.trips, id});
  }
  std::int64_t span = covered - 1;
  if (term.divisor > 1)
    span = term.remainder ? std::min(span, term.divisor - 1) : span / term.divisor;
  out.width += std::min(saturating_mul(magnitude(term), span), std::int64_t{1} << 41);
}

// Steps of the finest move do not reach into each other, nor all of them into those of the next.
std::optional<PartId> meets(Window window) {
  std::sort(window.moves.begin(), window.moves.end(),
            [](const Move& a, const Move& b) { return a.delta < b.delta; });
  std::int64_t width = window.width;
  for (const Move& move : window.moves) {
    if (move.delta < width) return move.loop;
    width = saturating_mul(move.delta, move.trips);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Shift> shifts(const BoundMapping& bound, const std::vector<einsum::AccessId>& users) {
  std::vector<Shift> out;
  if (users.empty()) return out;
  for (std::size_t i = 0; i < bound.forms[users.front().index()].indices.size(); ++i) {
    std::set<std::int64_t> constants;
    for (const einsum::AccessId user : users)
      if (const IndexForm& form = bound.forms[user.index()].indices[i]; !form.state)
        constants.insert(form.constant);
    if (constants.empty()) constants.insert(0);
    out.push_back(
        {*constants.rbegin() - *constants.begin(), static_cast<std::int64_t>(constants.size())});
  }
  return out;
}

std::optional<Overlap> overlap(const BoundMapping& bound,
                               const std::vector<einsum::AccessId>& users, PartSet moved) {
  const std::vector<Shift> apart = shifts(bound, users);
  for (const einsum::AccessId user : users) {
    const std::vector<IndexForm>& indices = bound.forms[user.index()].indices;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i].state || !indices[i].opaque.empty()) continue;
      Window window;
      for (const TermForm& term : indices[i].terms) add_term(bound, term, moved, window);
      if (window.inside) return Overlap{*window.inside, user, window.divisor};
      window.width += apart[i].spread;
      if (const auto loop = meets(std::move(window))) return Overlap{*loop, user, 1};
    }
  }
  return std::nullopt;
}

}  // namespace einfall::mappings
