#pragma once

#include <vector>

#include "mappings/model/nest_place.hpp"
#include "mappings/model/nest_plan.hpp"

namespace einfall::mappings {

/// Which iterations the loops of a plan have where they stand, and which of them are alike
/// (nest_time.hpp). A level is one of the path of a node; those outside it stand at their steps.
class NestIterations {
 public:
  /// Both must outlive it.
  NestIterations(const NestPlan& plan, const NestPlace& place);

  [[nodiscard]] const NestNode& node_of(std::size_t op) const {
    return plan_.nodes[plan_.ops[op].leaf.index()];
  }
  NestMasks& masks_of(std::size_t op) { return masks_[plan_.ops[op].leaf.index()]; }
  /// Loops that count the pieces of a slice.
  [[nodiscard]] PartSet pieces_of(const NestEnd& end) const;

  /// Steps of a loop, the last tile of a rank cut off.
  [[nodiscard]] std::int64_t steps_of(const NestNode& at, std::size_t level) const;
  /// The first step from `from` on in which something below a node has a visit; `steps`: none.
  std::int64_t next_step(NodeId id, std::size_t level, std::int64_t from, std::int64_t steps);
  /// A mask decides what the steps of this level have inside.
  [[nodiscard]] bool is_cut(NodeId id, std::size_t level) const;

  /// Up to which step of a level all is alike from `from` on: up to `enough` at least, else `from`.
  /// The last step never is.
  std::int64_t alike_until(NodeId id, std::size_t level, std::int64_t from, std::int64_t enough,
                           std::int64_t steps);
  /// The same where all visits move by one shift with each step (nest_place.hpp).
  struct Moving {
    std::int64_t until = 0;
    PartId part;  // along which, by so many steps each time
    std::int64_t by = 0;
  };
  Moving moving_until(NodeId id, std::size_t level, std::int64_t from, std::int64_t enough,
                      std::int64_t steps);
  /// How much there is to do in these steps, in terms of one inside; some of them stand for all.
  double weight(NodeId id, std::size_t level, std::int64_t from, std::int64_t to);

 private:
  struct Moved {
    std::size_t op = 0;
    NestShift shift;
  };
  std::vector<Moved> moved(NodeId id, std::size_t level) const;

  const NestPlan& plan_;
  const NestPlace& place_;
  std::vector<NestMasks> masks_;                 // by node
  std::vector<std::vector<std::size_t>> below_;  // ops, by node
  std::vector<std::vector<PartSet>> ends_;       // by op: of which visits first and last matter
  std::vector<std::vector<const NestEnd*>> own_ends_;  // by op
};

}  // namespace einfall::mappings
