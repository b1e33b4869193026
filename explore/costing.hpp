#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "einsum/ir/cascade.hpp"
#include "explore/scenario.hpp"
#include "mappings/model/cost.hpp"

/// From a resolved scenario to its cost: loads the documents it names, binds and evaluates.
namespace einfall::explore {

/// Documents by path, each read once. Not for use by several threads.
class Documents {
 public:
  [[nodiscard]] base::Result<std::shared_ptr<const einsum::Cascade>> cascade(
      const std::string& path);
  /// With other components for the registers of some units (Assumptions::registers).
  [[nodiscard]] base::Result<std::shared_ptr<const arch::Machine>> machine(
      const std::string& path, const std::map<std::string, RegisterFile>& registers);
  [[nodiscard]] base::Result<std::shared_ptr<const mappings::Mapping>> mapping(
      const std::string& path);
  [[nodiscard]] Scenarios& scenarios() { return scenarios_; }
  /// Sizes that a model document gives: of ranks, and of its linear layers as query.K and query.N.
  [[nodiscard]] base::Result<std::map<std::string, std::int64_t>> model(const std::string& path);

 private:
  Scenarios scenarios_;
  std::map<std::string, std::shared_ptr<const einsum::Cascade>> cascades_;
  std::map<std::string, std::shared_ptr<const arch::Machine>> machines_;
  std::map<std::string, std::shared_ptr<const mappings::Mapping>> mappings_;
  std::map<std::string, std::map<std::string, std::int64_t>> models_;
};

struct CostedPart;

/// A scenario with its documents bound and its cost. A composition has parts instead, one after
/// another, and their sums.
struct Costed {
  Resolved scenario;
  std::shared_ptr<const einsum::Cascade> cascade;
  std::shared_ptr<const arch::Machine> machine;
  std::shared_ptr<const mappings::Mapping> mapping;
  std::shared_ptr<const mappings::BoundMapping> bound;
  mappings::Cost cost;
  std::vector<CostedPart> parts;

  double time_s = 0;
  double energy_j = 0;
  bool energy_known = true;
  double dram_bytes = 0;  // read and written at the outermost memory
};
/// A part of a composition, under its name.
struct CostedPart {
  std::string name;
  Costed costed;           // of one run
  std::int64_t times = 1;  // that it runs
};

/// Errors: those of every document, of binding and of the model, and E956 a size that is not a
/// product of numbers and ranks of the model.
[[nodiscard]] base::Result<Costed> cost_scenario(const Resolved& scenario, Documents& documents);

/// Loads, resolves and costs in one go.
[[nodiscard]] base::Result<Costed> cost_scenario(const std::string& path, const Settings& settings,
                                                 Documents& documents);

}  // namespace einfall::explore
