#include <fmt/format.h>

#include <map>
#include <set>

#include "einsum/import/export.hpp"
#include "einsum/import/projection.hpp"

namespace einfall::einsum {
namespace {

std::string text(const Cascade& cascade, const Projection& projection) {
  std::string out;
  for (const auto& [variable, coefficient] : projection.terms) {
    if (!out.empty()) out += coefficient < 0 ? " - " : " + ";
    const std::int64_t shown = out.empty() || coefficient > 0 ? coefficient : -coefficient;
    if (shown != 1) out += fmt::format("{}*", shown);
    out += cascade[variable].name;
  }
  if (out.empty()) return std::to_string(projection.constant);
  if (projection.constant > 0) out += fmt::format(" + {}", projection.constant);
  if (projection.constant < 0) out += fmt::format(" - {}", -projection.constant);
  return out;
}

std::string line(const Cascade& cascade, const ProjectedAccess& access, bool output) {
  const Tensor& tensor = cascade[access.tensor];
  std::map<RankId, int> seen;
  std::string projections;
  for (std::size_t i = 0; i < access.projections.size(); ++i) {
    // A rank that a tensor has twice needs two names there.
    const int times = ++seen[tensor.ranks[i]];
    const std::string& rank = cascade[tensor.ranks[i]].name;
    projections += fmt::format("{}{}: {}", projections.empty() ? "" : ", ",
                               times == 1 ? rank : fmt::format("{}_{}", rank, times),
                               text(cascade, access.projections[i]));
  }
  return fmt::format("    - {{name: {}, projection: {{{}}}{}}}\n", access.name, projections,
                     output ? ", output: True" : "");
}

bool is_copy(const Cascade& cascade, const Einsum& einsum) {
  return std::holds_alternative<MapRoot>(einsum.root) &&
         std::holds_alternative<AccessExpr>(cascade[einsum.body].node);
}

// Bits of every tensor that is mentioned, by the name it has there.
std::map<std::string, int> widths(const Cascade& cascade, const std::vector<ProjectedEinsum>& all,
                                  int default_bits) {
  std::map<std::string, int> width;
  const auto add = [&](const ProjectedAccess& access) {
    const auto type = cascade[access.tensor].type.dtype;
    width[access.name] = type ? bits(*type) : default_bits;
  };
  for (const ProjectedEinsum& einsum : all) {
    for (const ProjectedAccess& input : einsum.inputs) add(input);
    add(einsum.output);
  }
  return width;
}

}  // namespace

Exported export_accelforge(const Cascade& cascade, const Sizes& sizes, int default_bits) {
  Exported exported;
  const std::vector<ProjectedEinsum> all = project(cascade, sizes, exported.lost);
  std::string& out = exported.text;
  out = fmt::format("# {}: an AccelForge workload written by einfall.\n", cascade.name);
  for (const std::string& lost : exported.lost) out += "# Lost: " + lost + ".\n";
  out += "workload:\n  rank_sizes:\n";
  for (std::size_t i = 0; i < cascade.ranks.size(); ++i)
    out += fmt::format("    {}: {}\n", cascade.ranks[i].name, sizes[RankId(i)]);
  out += "  bits_per_value:\n";
  for (const auto& [name, width] : widths(cascade, all, default_bits))
    out += fmt::format("    {}: {}\n", name, width);
  out += "  einsums:\n";
  for (const ProjectedEinsum& projected : all) {
    const Einsum& einsum = cascade[projected.einsum];
    out += fmt::format("  - name: {}\n", einsum.name);
    if (is_copy(cascade, einsum)) out += "    is_copy_operation: True\n";
    out += "    tensor_accesses:\n";
    for (const ProjectedAccess& input : projected.inputs) out += line(cascade, input, false);
    out += line(cascade, projected.output, true);
  }
  return exported;
}

}  // namespace einfall::einsum
