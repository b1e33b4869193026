#include <fmt/format.h>

#include <cmath>
#include <set>

#include "einsum/ir/access_walk.hpp"
#include "einsum/language/verify.hpp"

namespace einfall::einsum {
namespace {

// The whole numbers an integer type holds.
std::optional<std::pair<double, double>> range(DataType type) {
  switch (type) {
    case DataType::kInt32:
      return {{-2147483648.0, 2147483647.0}};
    case DataType::kInt8:
      return {{-128, 127}};
    case DataType::kInt4:
      return {{-8, 7}};
    case DataType::kBool:
      return {{0, 1}};
    case DataType::kIndex:
      return {{0, 4294967295.0}};
    default:
      return std::nullopt;
  }
}

void check_constant(const Tensor& tensor, double value, const base::SourceSpan& span,
                    const char* what, base::Diagnostics& sink) {
  if (!tensor.type.dtype) return;
  const auto limits = range(*tensor.type.dtype);
  if (!limits || (value >= limits->first && value <= limits->second)) return;
  sink.push_back(base::error(
      "E403", span,
      fmt::format("{} {} does not fit into {}, the type of {} ({} to {})", what, value,
                  name(*tensor.type.dtype), tensor.name, limits->first, limits->second)));
}

void need_type(const Cascade& cascade, AccessId access, DataType wanted, const char* code,
               const char* use, base::Diagnostics& sink) {
  const Tensor& tensor = cascade[cascade[access].tensor];
  if (tensor.type.dtype == wanted) return;
  base::Diagnostic diagnostic = base::error(
      code, cascade[access].span,
      fmt::format("{} is used as {}, so it must be of type {}, not {}", tensor.name, use,
                  name(wanted), tensor.type.dtype ? name(*tensor.type.dtype) : "the default"),
      fmt::format("add `{}: {}` under 'types'", tensor.name, name(wanted)));
  diagnostic.notes.push_back({tensor.span, "declared or first written here"});
  sink.push_back(std::move(diagnostic));
}

// Accesses that stand in index positions: in the indices of other accesses, in comparisons and in
// index arithmetic used as a value. All of those are Index nodes.
void check_gathers(const Cascade& cascade, base::Diagnostics& sink) {
  std::set<TensorId> reported;
  for (const Index& index : cascade.indices) {
    for (const IndexTerm& term : index.terms) {
      const auto* access = std::get_if<AccessId>(&term.atom);
      if (access == nullptr) continue;
      if (reported.insert(cascade[*access].tensor).second)
        need_type(cascade, *access, DataType::kIndex, "E402", "an index", sink);
    }
  }
}

}  // namespace

void verify_types(const Cascade& cascade, base::Diagnostics& sink) {
  check_gathers(cascade, sink);
  std::set<TensorId> reported;
  for (const Cond& cond : cascade.conds) {
    const auto* truth = std::get_if<TruthCond>(&cond.node);
    if (truth != nullptr && reported.insert(cascade[truth->access].tensor).second)
      need_type(cascade, truth->access, DataType::kBool, "E404", "a condition", sink);
  }
  for (const Einsum& einsum : cascade.einsums) {
    const Tensor& tensor = cascade[cascade[einsum.lhs].tensor];
    if (!std::holds_alternative<MapRoot>(einsum.root)) continue;
    if (const auto* constant = std::get_if<ConstExpr>(&cascade[einsum.body].node))
      check_constant(tensor, constant->value, cascade[einsum.body].span, "constant", sink);
  }
  for (const Tensor& tensor : cascade.tensors)
    if (tensor.type.fill) check_constant(tensor, *tensor.type.fill, tensor.span, "fill", sink);
}

}  // namespace einfall::einsum
