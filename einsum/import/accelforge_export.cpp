#include <fmt/format.h>

#include <cctype>
#include <map>
#include <set>

#include "einsum/import/export.hpp"
#include "einsum/import/projection.hpp"

namespace einfall::einsum {
namespace {

std::string in_case(std::string text, int (*convert)(int)) {
  for (char& c : text) c = static_cast<char>(convert(static_cast<unsigned char>(c)));
  return text;
}

// There a variable runs over the rank of its own name: `h` over H. One whose name says another rank
// of the cascade is renamed; one whose name says none brings a further rank.
class Names {
 public:
  Names(const Cascade& cascade, const Sizes& sizes)
      : cascade_(cascade), sizes_(sizes), names_(cascade.variables.size()) {
    std::vector<std::size_t> refused;
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (!take(i, cascade.variables[i].name)) refused.push_back(i);
    std::map<RankId, int> copies;
    for (const std::size_t i : refused) {
      const RankId rank = cascade.variables[i].rank;
      const std::string name = in_case(cascade[rank].name, std::tolower);
      for (bool taken = false; !taken;) {
        const int copy = ++copies[rank];
        taken = take(i, copy == 1 ? name : fmt::format("{}_{}", name, copy));
      }
    }
  }

  [[nodiscard]] const std::string& of(VarId id) const { return names_[id.index()]; }
  /// A tensor that has a rank several times needs a name for each there.
  std::string rank(RankId id, int time) {
    const std::string& name = cascade_[id].name;
    if (time == 1) return name;
    for (int copy = time;; ++copy) {
      std::string candidate = fmt::format("{}_{}", name, copy);
      if (cascade_.find_rank(candidate)) continue;
      if (further_.emplace(candidate, sizes_[id]).first->second == sizes_[id]) return candidate;
    }
  }
  [[nodiscard]] const std::map<std::string, std::int64_t>& further_ranks() const {
    return further_;
  }

 private:
  bool take(std::size_t variable, const std::string& name) {
    const std::string said = in_case(name, std::toupper);
    const RankId rank = cascade_.variables[variable].rank;
    const auto found = cascade_.find_rank(said);
    if ((found && *found != rank) || !taken_.insert(said).second) return false;
    names_[variable] = name;
    if (!found) further_.emplace(said, sizes_[rank]);
    return true;
  }

  const Cascade& cascade_;
  const Sizes& sizes_;
  std::vector<std::string> names_;  // by VarId
  std::set<std::string> taken_;     // as ranks
  std::map<std::string, std::int64_t> further_;
};

std::string text(const Names& names, const Projection& projection) {
  std::string out;
  for (const auto& [variable, coefficient] : projection.terms) {
    if (!out.empty()) out += coefficient < 0 ? " - " : " + ";
    const std::int64_t shown = out.empty() || coefficient > 0 ? coefficient : -coefficient;
    if (shown != 1) out += fmt::format("{}*", shown);
    out += names.of(variable);
  }
  if (out.empty()) return std::to_string(projection.constant);
  if (projection.constant > 0) out += fmt::format(" + {}", projection.constant);
  if (projection.constant < 0) out += fmt::format(" - {}", -projection.constant);
  return out;
}

std::string line(const Cascade& cascade, Names& names, const ProjectedAccess& access, bool output) {
  const Tensor& tensor = cascade[access.tensor];
  std::map<RankId, int> seen;
  std::string projections;
  for (std::size_t i = 0; i < access.projections.size(); ++i) {
    const RankId rank = tensor.ranks[i];
    projections += fmt::format("{}{}: {}", projections.empty() ? "" : ", ",
                               names.rank(rank, ++seen[rank]), text(names, access.projections[i]));
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
  exported.einsums = all.size();
  Names names(cascade, sizes);
  std::string& out = exported.text;
  out = fmt::format("# {}: an AccelForge workload written by einfall.\n", cascade.name);
  for (const std::string& lost : exported.lost) out += "# Lost: " + lost + ".\n";
  std::string einsums;
  for (const ProjectedEinsum& projected : all) {
    const Einsum& einsum = cascade[projected.einsum];
    einsums += fmt::format("  - name: {}\n", einsum.name);
    if (is_copy(cascade, einsum)) einsums += "    is_copy_operation: True\n";
    einsums += "    tensor_accesses:\n";
    for (const ProjectedAccess& input : projected.inputs)
      einsums += line(cascade, names, input, false);
    einsums += line(cascade, names, projected.output, true);
  }
  out += "workload:\n  rank_sizes:\n";
  for (std::size_t i = 0; i < cascade.ranks.size(); ++i)
    out += fmt::format("    {}: {}\n", cascade.ranks[i].name, sizes[RankId(i)]);
  for (const auto& [rank, size] : names.further_ranks())
    out += fmt::format("    {}: {}\n", rank, size);
  out += "  bits_per_value:\n";
  for (const auto& [name, width] : widths(cascade, all, default_bits))
    out += fmt::format("    {}: {}\n", name, width);
  out += "  einsums:\n" + einsums;
  return exported;
}

}  // namespace einfall::einsum
