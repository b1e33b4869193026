#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "einsum/ir/access_walk.hpp"
#include "einsum/language/size_form.hpp"
#include "einsum/language/verify.hpp"

namespace einfall::einsum {
namespace {

constexpr std::size_t kMaxSlices = 64;
constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

// Coordinates that an index of a left side may write, as far as constants tell.
struct Interval {
  std::int64_t low = 0;
  std::int64_t high = kUnbounded;
};

Interval interval(const Cascade& cascade, IndexId index) {
  if (cascade[index].terms.empty())
    if (const auto constant = cascade[index].constant.as_constant()) return {*constant, *constant};
  if (const auto shifted = as_shifted_variable(cascade, index))
    return {shifted->offset, kUnbounded};
  return {};
}

bool disjoint(const Cascade& cascade, const Access& a, const Access& b) {
  for (std::size_t i = 0; i < a.indices.size(); ++i) {
    const Interval x = interval(cascade, a.indices[i]), y = interval(cascade, b.indices[i]);
    if (x.high < y.low || y.high < x.low) return true;
  }
  return false;
}

void check_single_assignment(const Cascade& cascade, const std::vector<EinsumId>& writers,
                             base::Diagnostics& sink) {
  if (writers.size() > kMaxSlices) {
    sink.push_back(base::error("E025", cascade[writers[kMaxSlices]].span,
                               fmt::format("{} is written in {} slices, at most {} are allowed",
                                           cascade[cascade[cascade[writers[0]].lhs].tensor].name,
                                           writers.size(), kMaxSlices)));
    return;
  }
  for (std::size_t i = 1; i < writers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Access& later = cascade[cascade[writers[i]].lhs];
      if (disjoint(cascade, later, cascade[cascade[writers[j]].lhs])) continue;
      base::Diagnostic diagnostic =
          base::error("E301", cascade[writers[i]].span,
                      fmt::format("{} is written twice", cascade[later.tensor].name),
                      "every point of a tensor is assigned once; name the second result anew");
      diagnostic.notes.push_back({cascade[writers[j]].span, "also written here"});
      sink.push_back(std::move(diagnostic));
      break;
    }
  }
}

// The coefficients are 1, |v1|, |v1||v2|, ... for the variables from fastest to slowest, so that
// every coordinate has one set of variables.
bool is_mixed_radix(const Cascade& cascade, const SizeForms& forms, std::vector<IndexTerm> terms) {
  SizePoly step = SizePoly::constant(1);
  while (!terms.empty()) {
    const auto fastest = std::find_if(terms.begin(), terms.end(), [&](const IndexTerm& term) {
      return forms.of(term.coefficient) == step;
    });
    if (fastest == terms.end()) return false;
    step = step * forms.of(cascade[std::get<VarId>(fastest->atom)].rank);
    terms.erase(fastest);
  }
  return true;
}

// Variables of the left side that its coordinates determine.
std::vector<VarId> determined(const Cascade& cascade, const SizeForms& forms, const Access& lhs) {
  std::vector<VarId> known;
  const auto is_known = [&](VarId v) {
    return std::find(known.begin(), known.end(), v) != known.end();
  };
  for (bool progress = true; progress;) {
    progress = false;
    for (const IndexId id : lhs.indices) {
      std::vector<IndexTerm> unknown;
      for (const IndexTerm& term : cascade[id].terms) {
        const auto* variable = std::get_if<VarId>(&term.atom);
        if (variable == nullptr || !is_known(*variable)) unknown.push_back(term);
      }
      const bool variables_only =
          std::all_of(unknown.begin(), unknown.end(),
                      [](const IndexTerm& t) { return std::holds_alternative<VarId>(t.atom); });
      if (unknown.empty() || !variables_only) continue;
      const bool alone = unknown.size() == 1 && unknown[0].coefficient.terms().size() == 1;
      if (!alone && !is_mixed_radix(cascade, forms, unknown)) continue;
      for (const IndexTerm& term : unknown) known.push_back(std::get<VarId>(term.atom));
      progress = true;
    }
  }
  return known;
}

void check_injective(const Cascade& cascade, const SizeForms& forms, const Einsum& einsum,
                     base::Diagnostics& sink) {
  const Access& lhs = cascade[einsum.lhs];
  const std::vector<VarId> known = determined(cascade, forms, lhs);
  for (const IndexId id : lhs.indices) {
    for (const VarId variable : variables_of(cascade, id)) {
      if (std::find(known.begin(), known.end(), variable) != known.end()) continue;
      sink.push_back(base::error(
          "E306", cascade[id].span,
          fmt::format("several values of '{}' would write the same point of {}",
                      cascade[variable].name, cascade[lhs.tensor].name),
          "an index of a left side is a variable, v+1, or a split such as m1*M0 + m0 with m0 in "
          "rank M0"));
      return;
    }
  }
}

// Whether the body reads the tensor it writes where absence is not replaced by `??`.
bool reads_itself_strictly(const Cascade& cascade, const Einsum& einsum) {
  const TensorId tensor = cascade[einsum.lhs].tensor;
  std::vector<ExprId> pending{einsum.body};
  std::set<ExprId> seen;
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    if (!seen.insert(id).second) continue;
    const auto& node = cascade[id].node;
    if (const auto* access = std::get_if<AccessExpr>(&node)) {
      if (cascade[access->access].tensor == tensor) return true;
    } else if (const auto* call = std::get_if<CallExpr>(&node)) {
      pending.insert(pending.end(), call->args.begin(), call->args.end());
    } else if (const auto* binary = std::get_if<BinaryExpr>(&node)) {
      pending.insert(pending.end(), {binary->lhs, binary->rhs});
    } else if (const auto* negated = std::get_if<NegExpr>(&node)) {
      pending.push_back(negated->operand);
    } else if (const auto* either = std::get_if<ElseExpr>(&node)) {
      pending.push_back(either->otherwise);
    }
  }
  return false;
}

void check_init(const Cascade& cascade, const std::vector<EinsumId>& writers,
                base::Diagnostics& sink) {
  const Tensor& tensor = cascade[cascade[cascade[writers.front()].lhs].tensor];
  const bool has_init =
      std::any_of(writers.begin(), writers.end(), [&](EinsumId id) { return cascade[id].is_init; });
  if (!tensor.iterative_position || has_init) return;
  for (const EinsumId id : writers) {
    if (!reads_itself_strictly(cascade, cascade[id])) continue;
    sink.push_back(base::error(
        "E305", cascade[id].span,
        fmt::format("{} is absent everywhere: it needs its own last step, and has no first",
                    tensor.name),
        fmt::format("add an init line for coordinate 0, or replace the absent value: "
                    "({}[...] ?\? 0)",
                    tensor.name)));
    return;
  }
}

}  // namespace

void verify_slices(const Cascade& cascade, base::Diagnostics& sink) {
  std::vector<std::vector<EinsumId>> writers(cascade.tensors.size());
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i)
    writers[cascade[cascade.einsums[i].lhs].tensor.index()].push_back(EinsumId(i));
  for (const auto& of_tensor : writers) {
    if (of_tensor.empty()) continue;
    check_single_assignment(cascade, of_tensor, sink);
    check_init(cascade, of_tensor, sink);
  }
  const SizeForms forms(cascade);
  for (const Einsum& einsum : cascade.einsums) check_injective(cascade, forms, einsum, sink);
}

}  // namespace einfall::einsum
