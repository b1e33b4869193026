#include "einsum/analysis/relate.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "einsum/analysis/ways.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// An index seen from one of its variables: coefficient * variable + rest.
struct Seen {
  VarId variable;
  SizePoly coefficient;
  std::vector<IndexTerm> rest;
  SizePoly constant;
};

std::optional<Seen> see(const Cascade& cascade, IndexId id, const RankView& view) {
  Seen seen;
  bool found = false;
  for (const IndexTerm& term : cascade[id].terms) {
    const auto* variable = std::get_if<VarId>(&term.atom);
    if (variable == nullptr || !view.holds(cascade, *variable)) {
      seen.rest.push_back(term);
      continue;
    }
    if (found) return std::nullopt;
    found = true;
    seen.variable = *variable;
    seen.coefficient = term.coefficient;
  }
  if (!found) return std::nullopt;
  seen.constant = cascade[id].constant;
  return seen;
}

// The same variables (by rank) with the same coefficients, in any order.
bool same_rest(const Cascade& cascade, const Seen& a, const Seen& b) {
  if (a.rest.size() != b.rest.size()) return false;
  return std::all_of(a.rest.begin(), a.rest.end(), [&](const IndexTerm& term) {
    const auto* mine = std::get_if<VarId>(&term.atom);
    return mine != nullptr && std::any_of(b.rest.begin(), b.rest.end(), [&](const IndexTerm& o) {
             const auto* other = std::get_if<VarId>(&o.atom);
             return other != nullptr && cascade[*other].rank == cascade[*mine].rank &&
                    o.coefficient == term.coefficient;
           });
  });
}

bool only_variables(const std::vector<IndexTerm>& rest) {
  return std::all_of(rest.begin(), rest.end(), [](const IndexTerm& term) {
    return std::holds_alternative<VarId>(term.atom);
  });
}

SizePoly magnitude(const SizePoly& poly) {
  const auto constant = poly.as_constant();
  if (constant) return SizePoly::constant(*constant < 0 ? -*constant : *constant);
  const bool negative = std::all_of(poly.terms().begin(), poly.terms().end(),
                                    [](const auto& term) { return term.second < 0; });
  return negative ? SizePoly() - poly : poly;
}

// Largest value of the variables that are added to the swept one: how far apart write and read may
// lie in `written[n]` and `read[n - k]`.
SizePoly spread(const Cascade& cascade, const std::vector<IndexTerm>& rest) {
  SizePoly sum;
  for (const IndexTerm& term : rest)
    sum = sum +
          magnitude(term.coefficient) *
              (SizePoly::size(cascade[std::get<VarId>(term.atom)].rank) - SizePoly::constant(1));
  return sum;
}

// Window of one position that is gone through as a whole on both sides, in two ways: by `m` and by
// `m1*M0 + m0`, or by two splits.
std::optional<SizePoly> recut_window(const Cascade& cascade, IndexId write, IndexId read) {
  const auto written = as_whole(cascade, write), reads = as_whole(cascade, read);
  if (!written || !reads) return std::nullopt;
  if (written->variables.size() == 1 && reads->variables.size() == 1) return std::nullopt;
  std::int64_t shift = 0;
  if (__builtin_sub_overflow(written->offset, reads->offset, &shift)) return std::nullopt;
  return SizePoly::constant(1) + magnitude(SizePoly::constant(shift));
}

// Window of one position, or nullopt if write and read are not a bounded distance apart.
std::optional<SizePoly> window(const Cascade& cascade, const Seen& write, const Seen& read) {
  if (cascade[write.variable].rank != cascade[read.variable].rank) return std::nullopt;
  if (!(write.coefficient == read.coefficient)) return std::nullopt;
  const SizePoly shift = magnitude(write.constant - read.constant);
  if (same_rest(cascade, write, read)) {
    if (!shift.as_constant()) return std::nullopt;
    return SizePoly::constant(1) + shift;
  }
  if (!only_variables(write.rest) || !only_variables(read.rest)) return std::nullopt;
  // c*L + i against c*L + j: blocks are handed over one by one.
  if (!write.coefficient.as_constant()) return SizePoly::constant(1);
  if (!shift.as_constant()) return std::nullopt;
  return SizePoly::constant(1) + shift + spread(cascade, write.rest) + spread(cascade, read.rest);
}

// Pairs of variables (writer's, reader's) that meet at a position.
struct Match {
  VarId written, read;
  SizePoly window;
};

// `g` written, `c // R` read, where C is gone through by `g*R + r`: the value of the block that c
// is in. The variable that reads.
std::optional<Match> block_match(const Cascade& cascade, const Blocks& blocks, IndexId write,
                                 IndexId read, const RankView& view) {
  const auto block = blocks.outer(cascade, read);
  const auto written = as_shifted_variable(cascade, write);
  if (!block || !written || written->offset != 0) return std::nullopt;
  const VarId reader = variables_of(cascade, read).front();
  if (cascade[written->variable].rank != *block || !view.holds(*block) ||
      !view.holds(cascade, reader))
    return std::nullopt;
  return Match{written->variable, reader, SizePoly::constant(1)};
}

// `n + 1` written, `n // c * c` read: an element of the same block.
std::optional<Match> near_match(const Cascade& cascade, IndexId write, IndexId read,
                                const RankView& view) {
  const auto near = as_near(cascade, read);
  const auto written = as_shifted_variable(cascade, write);
  if (!near || !written || written->offset == std::numeric_limits<std::int64_t>::min() ||
      cascade[written->variable].rank != cascade[near->variable].rank ||
      !view.holds(cascade, near->variable))
    return std::nullopt;
  return Match{written->variable, near->variable,
               near->window + SizePoly::constant(std::abs(written->offset))};
}

// The quotient `n // 4` of a variable of the view.
struct ViewQuotient {
  VarId of;
  SizePoly divisor;
};
std::optional<ViewQuotient> as_quotient(const Cascade& cascade, IndexId id, const RankView& view) {
  const Index& index = cascade[id];
  if (index.terms.size() != 1 || !(index.constant == SizePoly()) ||
      !(index.terms[0].coefficient == SizePoly::constant(1)))
    return std::nullopt;
  const auto* division = std::get_if<DivMod>(&index.terms[0].atom);
  if (division == nullptr || division->mod) return std::nullopt;
  const auto of = as_shifted_variable(cascade, division->numerator);
  if (!of || of->offset != 0 || !view.holds(cascade, of->variable)) return std::nullopt;
  return ViewQuotient{of->variable, division->divisor};
}

// `c` written where `n // 4 == c`, `n // 4` read: the value of the block of n, which is complete
// within the block. Not of blocks of the whole rank.
std::optional<Match> masked_block_match(const Cascade& cascade, const Einsum& writer, IndexId write,
                                        IndexId read, const RankView& view) {
  const auto written = as_shifted_variable(cascade, write);
  const auto reads = as_quotient(cascade, read, view);
  if (!written || written->offset != 0 || !reads) return std::nullopt;
  const RankId rank = cascade[reads->of].rank;
  if (reads->divisor.as_size() == rank) return std::nullopt;
  for (const CondId where : writer.where) {
    const auto* compare = std::get_if<CompareCond>(&cascade[where].node);
    if (compare == nullptr || compare->op != CompareOp::kEq) continue;
    for (const auto& [block, of] :
         {std::pair(compare->lhs, compare->rhs), std::pair(compare->rhs, compare->lhs)}) {
      const auto quotient = as_quotient(cascade, of, view);
      const auto number = as_shifted_variable(cascade, block);
      if (quotient && number && number->offset == 0 && number->variable == written->variable &&
          quotient->divisor == reads->divisor && cascade[quotient->of].rank == rank)
        return Match{quotient->of, reads->of, reads->divisor};
    }
  }
  return std::nullopt;
}

std::vector<Match> matches(const Cascade& cascade, const Blocks& blocks, const Edge& edge,
                           const RankView& view) {
  const Einsum& writer = cascade[edge.writer];
  const Access &write = cascade[writer.lhs], &read = cascade[edge.access];
  std::vector<Match> found;
  const std::size_t positions = std::min(write.indices.size(), read.indices.size());
  for (std::size_t i = 0; i < positions; ++i) {
    if (auto block = block_match(cascade, blocks, write.indices[i], read.indices[i], view))
      found.push_back(std::move(*block));
    if (auto near = near_match(cascade, write.indices[i], read.indices[i], view))
      found.push_back(std::move(*near));
    if (auto block = masked_block_match(cascade, writer, write.indices[i], read.indices[i], view))
      found.push_back(std::move(*block));
    const auto written = see(cascade, write.indices[i], view);
    const auto reads = see(cascade, read.indices[i], view);
    if (!written || !reads) continue;
    auto size = window(cascade, *written, *reads);
    if (!size) size = recut_window(cascade, write.indices[i], read.indices[i]);
    if (size) found.push_back({written->variable, reads->variable, std::move(*size)});
  }
  return found;
}

// The partner of the writer's k-th variable: the reader's variable of the same name if it meets
// it, else the reader's k-th. Several variables on one rank must not swap: rows written, columns
// read is no stream.
const Match* partner(const std::vector<Match>& found, const std::vector<VarId>& writes,
                     const std::vector<VarId>& reads, std::size_t k) {
  const bool same_names = writes.size() > 1 && std::is_permutation(writes.begin(), writes.end(),
                                                                   reads.begin(), reads.end());
  const VarId expected = same_names ? writes[k] : reads[k];
  for (const Match& match : found)
    if (match.written == writes[k] && match.read == expected) return &match;
  return nullptr;
}

// Variables of an Einsum on the view, ordered by rank and, within a rank, as the Einsum has them.
std::vector<VarId> sweep(const Cascade& cascade, EinsumId id, const RankView& view) {
  std::vector<VarId> variables = variables_on(cascade, cascade[id], view);
  std::stable_sort(variables.begin(), variables.end(),
                   [&](VarId a, VarId b) { return cascade[a].rank < cascade[b].rank; });
  return variables;
}

std::optional<ShiftedVariable> shifted_on(const Cascade& cascade, IndexId id, RankId rank) {
  const auto index = as_shifted_variable(cascade, id);
  if (!index || cascade[index->variable].rank != rank) return std::nullopt;
  return index;
}

}  // namespace

RankView::RankView(const Cascade& cascade, const std::vector<RankId>& ranks)
    : member_(cascade.ranks.size(), false) {
  for (const RankId rank : ranks) member_[rank.index()] = true;
}

std::vector<VarId> variables_on(const Cascade& cascade, const Einsum& einsum,
                                const RankView& view) {
  std::vector<VarId> found;
  for (const VarId variable : einsum.vars)
    if (view.holds(cascade, variable)) found.push_back(variable);
  return found;
}

EdgeRelation relate(const Cascade& cascade, const Blocks& blocks, const Edge& edge,
                    const RankView& view, bool carried_on_view) {
  if (carried_on_view) return {Relation::kCarried, SizePoly::constant(1)};
  const std::vector<VarId> writes = sweep(cascade, edge.writer, view);
  const std::vector<VarId> reads = sweep(cascade, edge.reader, view);
  if (reads.empty()) return {Relation::kOutside, SizePoly::constant(1)};
  if (writes.empty()) return {Relation::kFree, SizePoly::constant(1)};
  EdgeRelation done{Relation::kDone, SizePoly::constant(1)};
  if (writes.size() != reads.size()) return done;
  const auto found = matches(cascade, blocks, edge, view);
  EdgeRelation stream{Relation::kStream, SizePoly::constant(1)};
  for (std::size_t k = 0; k < writes.size(); ++k) {
    const Match* match = partner(found, writes, reads, k);
    if (match == nullptr) return done;
    if (k == 0) stream.window = match->window;
  }
  return stream;
}

std::optional<std::int64_t> step_distance(const Cascade& cascade, const Edge& edge,
                                          RankId iterative) {
  const Access& write = cascade[cascade[edge.writer].lhs];
  const Access& read = cascade[edge.access];
  const std::optional<VarId> step = cascade[edge.writer].iterative_var;
  const std::size_t positions = std::min(write.indices.size(), read.indices.size());
  for (std::size_t i = 0; i < positions; ++i) {
    const auto written = shifted_on(cascade, write.indices[i], iterative);
    const auto reads = shifted_on(cascade, read.indices[i], iterative);
    if (!written || !reads || (step && written->variable != *step)) continue;
    std::int64_t distance = 0;
    if (__builtin_sub_overflow(written->offset, reads->offset, &distance)) return std::nullopt;
    return distance;
  }
  return std::nullopt;
}

}  // namespace einfall::einsum
