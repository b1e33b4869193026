#pragma once

#include <cstdint>
#include <vector>

#include "mappings/model/counts.hpp"

namespace einfall::mappings {

/// The ports of the memories on the chip in groups that serve the same: those of a memory that
/// read, those that write, or all of them.
class PortGroups {
 public:
  PortGroups(const arch::Machine& machine, const ModelOptions& options);

  /// Rows a cycle; none: nothing is limited.
  [[nodiscard]] const std::vector<std::int64_t>& rates() const { return rates_; }
  /// The groups that one end of a flow passes.
  [[nodiscard]] const std::vector<std::size_t>& of(const Flow& flow, bool reading) const;
  /// Rows of all its words there.
  [[nodiscard]] Exact rows(const Flow& flow, bool reading) const;

 private:
  struct Groups {
    std::vector<std::size_t> reading, writing;
  };
  const arch::Machine& machine_;
  std::vector<std::int64_t> rates_;
  std::vector<Groups> groups_;  // by memory
  std::vector<std::size_t> none_;
};

}  // namespace einfall::mappings
