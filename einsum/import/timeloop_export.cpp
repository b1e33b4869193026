#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "einsum/import/export.hpp"
#include "einsum/import/projection.hpp"

namespace einfall::einsum {
namespace {

constexpr std::size_t kLetters = 26;

// One problem: the variables of an Einsum under letters, its accesses as sums of products.
class Problem {
 public:
  Problem(const Cascade& cascade, const Sizes& sizes, const ProjectedEinsum& projected)
      : cascade_(cascade), sizes_(sizes), projected_(projected) {
    for (const ProjectedAccess& input : projected.inputs) collect(input);
    collect(projected.output);
  }

  [[nodiscard]] bool fits() const { return !variables_.empty() && variables_.size() <= kLetters; }
  [[nodiscard]] bool shifted() const { return shifted_; }

  std::string text() {
    std::string spaces;
    for (const ProjectedAccess& input : projected_.inputs) spaces += space(input, false);
    spaces += space(projected_.output, true);
    std::string table, letters, instance;
    for (const VarId variable : variables_) {
      const RankId rank = cascade_[variable].rank;
      table += fmt::format("#   {} = {} (rank {})\n", letter(variable), cascade_[variable].name,
                           cascade_[rank].name);
      letters += fmt::format("{}{}", letters.empty() ? "" : ", ", letter(variable));
      instance += fmt::format("    {}: {}\n", letter(variable), sizes_[rank]);
    }
    const std::string& name = cascade_[projected_.einsum].name;
    std::string out =
        fmt::format("# Ranks of {}:\n{}problem:\n  version: 0.4\n  shape:\n", name, table);
    out += fmt::format("    name: {}\n    dimensions: [{}]\n", name, letters);
    if (!coefficients_.empty()) out += "    coefficients:\n";
    for (const auto& [value, coefficient] : coefficients_)
      out += fmt::format("    - {{name: {}, default: {}}}\n", coefficient, value);
    return out + "    data_spaces:\n" + spaces + "  instance:\n" + instance;
  }

 private:
  void collect(const ProjectedAccess& access) {
    for (const Projection& projection : access.projections) {
      shifted_ |= projection.constant != 0;
      for (const auto& [variable, coefficient] : projection.terms)
        if (std::find(variables_.begin(), variables_.end(), variable) == variables_.end())
          variables_.push_back(variable);
    }
  }
  [[nodiscard]] char letter(VarId variable) const {
    const auto at = std::find(variables_.begin(), variables_.end(), variable);
    return static_cast<char>('A' + (at - variables_.begin()));
  }

  std::string space(const ProjectedAccess& access, bool written) {
    std::string projections;
    for (const Projection& projection : access.projections) {
      std::string sum;
      for (const auto& [variable, coefficient] : projection.terms) {
        sum += fmt::format("{}[{}", sum.empty() ? "" : ", ", letter(variable));
        if (coefficient != 1) sum += ", " + name_of(coefficient);
        sum += "]";
      }
      if (!sum.empty()) projections += fmt::format("{}[{}]", projections.empty() ? "" : ", ", sum);
    }
    return fmt::format("    - {{name: {}, projection: [{}]{}}}\n", access.name, projections,
                       written ? ", read_write: True" : "");
  }
  const std::string& name_of(std::int64_t coefficient) {
    const auto fresh = fmt::format("c{}", coefficients_.size());
    return coefficients_.emplace(coefficient, fresh).first->second;
  }

  const Cascade& cascade_;
  const Sizes& sizes_;
  const ProjectedEinsum& projected_;
  std::vector<VarId> variables_;
  std::map<std::int64_t, std::string> coefficients_;
  bool shifted_ = false;
};

}  // namespace

Exported export_timeloop(const Cascade& cascade, const Sizes& sizes) {
  Exported exported;
  const std::vector<ProjectedEinsum> all = project(cascade, sizes, exported.lost);
  std::string problems, shifted;
  for (const ProjectedEinsum& projected : all) {
    Problem problem(cascade, sizes, projected);
    const std::string& name = cascade[projected.einsum].name;
    if (!problem.fits()) {
      exported.lost.push_back(
          fmt::format("the Einsum {}: it has not 1 to {} variables", name, kLetters));
      continue;
    }
    if (problem.shifted()) shifted += (shifted.empty() ? "" : ", ") + name;
    problems += "---\n" + problem.text();
    ++exported.einsums;
  }
  if (!shifted.empty()) exported.lost.push_back("the constants in indices of " + shifted);
  exported.text = fmt::format("# {}: Timeloop problems written by einfall.\n", cascade.name);
  for (const std::string& lost : exported.lost) exported.text += "# Lost: " + lost + ".\n";
  exported.text += problems;
  return exported;
}

}  // namespace einfall::einsum
