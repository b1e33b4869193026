#include "einsum/import/projection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/operations.hpp"

namespace einfall::einsum {
namespace {

class Projector {
 public:
  Projector(const Cascade& cascade, const Sizes& sizes, const Einsum& einsum)
      : cascade_(cascade), sizes_(sizes), einsum_(einsum) {}

  /// nullopt: `why` says why not.
  std::optional<ProjectedEinsum> run(EinsumId id) {
    ProjectedEinsum projected;
    projected.einsum = id;
    auto output = access(einsum_.lhs, true);
    if (!output) return std::nullopt;
    projected.output = *std::move(output);
    for (const AccessId read : reads(cascade_, einsum_)) {
      auto input = access(read, false);
      if (!input) return std::nullopt;
      add(*std::move(input), projected.inputs);
    }
    if (projected.inputs.empty()) {
      why = "reads no tensor";
      return std::nullopt;
    }
    return projected;
  }
  std::string why;

 private:
  std::optional<Projection> project(IndexId id) {
    Projection projection;
    const Index& index = cascade_[id];
    const auto constant = index.constant.evaluate(sizes_);
    if (!constant) return fail("has an index that does not fit into 64 bits");
    projection.constant = *constant;
    for (const IndexTerm& term : index.terms) {
      const auto* variable = std::get_if<VarId>(&term.atom);
      if (variable == nullptr)
        return fail(std::holds_alternative<AccessId>(term.atom) ? "gathers"
                                                                : "has a quotient in an index");
      const auto coefficient = term.coefficient.evaluate(sizes_);
      if (!coefficient) return fail("has an index that does not fit into 64 bits");
      projection.terms.emplace_back(*variable, *coefficient);
    }
    return projection;
  }
  std::optional<Projection> fail(const char* reason) {
    why = reason;
    return std::nullopt;
  }

  // Slice r+1 of an iterative or shifted tensor is the element of step r in the other tool; slice
  // r, where it is read, that of the step before.
  std::optional<ProjectedAccess> access(AccessId id, bool written) {
    const Access& access = cascade_[id];
    const Tensor& tensor = cascade_[access.tensor];
    ProjectedAccess projected{tensor.name, access.tensor, {}};
    for (std::size_t i = 0; i < access.indices.size(); ++i) {
      auto projection = project(access.indices[i]);
      if (!projection) return std::nullopt;
      if (tensor.iterative_position == i || tensor.shifted_position == i) {
        const bool before = !written && projection->constant == 0;
        if (before)
          projected.name += "_prev";
        else
          --projection->constant;
      }
      projected.projections.push_back(*std::move(projection));
    }
    return projected;
  }

  // Each tensor once; read in two ways, it is two inputs.
  static void add(ProjectedAccess input, std::vector<ProjectedAccess>& inputs) {
    const std::string name = input.name;
    for (int copy = 2;; ++copy) {
      const auto known =
          std::find_if(inputs.begin(), inputs.end(),
                       [&](const ProjectedAccess& other) { return other.name == input.name; });
      if (known == inputs.end()) break;
      if (known->projections == input.projections) return;
      input.name = fmt::format("{}_{}", name, copy);
    }
    inputs.push_back(std::move(input));
  }

  const Cascade& cascade_;
  const Sizes& sizes_;
  const Einsum& einsum_;
};

bool is_plain(const Cascade& cascade, const Einsum& einsum) {
  const std::vector<Operation> ops = operations(cascade, einsum);
  return std::all_of(ops.begin(), ops.end(), [](const Operation& op) {
    return op.op == "mul" || (op.reduction && (op.op == "mac" || op.op == "add"));
  });
}

void list_lost(const Cascade& cascade, const std::vector<ProjectedEinsum>& kept,
               std::vector<std::string>& lost) {
  std::string operators, masked, previous, copies;
  const auto append = [](std::string& list, const std::string& name) {
    list += (list.empty() ? "" : ", ") + name;
  };
  for (const ProjectedEinsum& projected : kept) {
    const Einsum& einsum = cascade[projected.einsum];
    if (!is_plain(cascade, einsum)) append(operators, einsum.name);
    if (!einsum.where.empty()) append(masked, einsum.name);
    for (const ProjectedAccess& input : projected.inputs) {
      const std::string& tensor = cascade[input.tensor].name;
      if (input.name == tensor + "_prev")
        append(previous, input.name);
      else if (input.name != tensor)
        append(copies, fmt::format("{} in {}", input.name, einsum.name));
    }
  }
  if (!operators.empty()) lost.push_back("the operators of " + operators);
  if (!masked.empty()) lost.push_back("the conditions of " + masked);
  if (!previous.empty())
    lost.push_back("that an input is the step before of an iterative tensor: " + previous);
  if (!copies.empty()) lost.push_back("that an input is a second read of a tensor: " + copies);
}

}  // namespace

std::vector<ProjectedEinsum> project(const Cascade& cascade, const Sizes& sizes,
                                     std::vector<std::string>& lost) {
  std::vector<ProjectedEinsum> kept;
  std::string inits;
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i) {
    const Einsum& einsum = cascade.einsums[i];
    if (einsum.is_init) {
      inits += (inits.empty() ? "" : ", ") + einsum.name;
      continue;
    }
    Projector projector(cascade, sizes, einsum);
    if (auto projected = projector.run(EinsumId(i)))
      kept.push_back(*std::move(projected));
    else
      lost.push_back(fmt::format("the Einsum {}: it {}", einsum.name, projector.why));
  }
  if (!inits.empty()) lost.push_back("the first values of " + inits);
  list_lost(cascade, kept, lost);
  if (!cascade.params.empty()) lost.push_back("the params");
  if (!cascade.assumptions.empty()) lost.push_back("the assumptions");
  return kept;
}

}  // namespace einfall::einsum
