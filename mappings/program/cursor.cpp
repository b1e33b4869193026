#include "mappings/program/cursor.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

Levels from_level(const Walk& walk, std::size_t level) {
  return walk.all() & ~((Levels{1} << level) - 1);
}

// Visits of the levels from `from` inwards while those outside stand where the walker is.
std::int64_t visits(const std::vector<WalkLevel>& levels, std::size_t from, const Walker& at) {
  std::int64_t product = 1;
  for (std::size_t i = from; i < levels.size(); ++i) {
    // The innermost level of a rank counts for all of them.
    const WalkLevel& level = levels[i];
    const bool inner_follows = std::any_of(
        levels.begin() + static_cast<std::ptrdiff_t>(i) + 1, levels.end(), [&](const WalkLevel& l) {
          return std::find(l.outer.begin(), l.outer.end(), i) != l.outer.end();
        });
    if (inner_follows) continue;
    std::int64_t full = level.trips;
    std::int64_t offset = 0;
    for (const std::size_t o : level.outer) {
      if (o >= from)
        full *= levels[o].trips;
      else
        offset += at.digit(o) * levels[o].stride;
    }
    if (level.may_be_partial)
      full = std::min(full, base::ceil_div(level.extent - offset, level.stride));
    product *= full;
  }
  return product;
}

}  // namespace

Cursor::Cursor(const Operation& operation)
    : operation_(&operation),
      walker_(operation.walk),
      run_(from_level(operation.walk, operation.run_from)) {
  begin_run();
}

void Cursor::begin_run() {
  index_ = 0;
  shift_ = operation_->stage;
  if (!operation_->behind.empty())
    shift_ += std::max<std::int64_t>(
        0, visits(operation_->behind, operation_->run_from, walker_) -
               visits(operation_->walk.levels, operation_->run_from, walker_));
}

void Cursor::next() {
  ++index_;
  if (!operation_->group.valid()) {
    walker_.next();
    return;
  }
  const bool last_of_run = walker_.at_last(run_);
  if (last_of_run && beyond_ < operation_->extra) {
    ++beyond_;
    return;
  }
  beyond_ = 0;
  walker_.next();
  if (last_of_run && !walker_.done()) begin_run();
}

void Cursor::skip(std::size_t level, std::int64_t steps, std::int64_t visits) {
  walker_.skip(level, steps);
  index_ += visits;
}

CommonLevels common_levels(const Program& program, const Engine& engine) {
  const auto chain = [&](NodeId node) {
    std::vector<NodeId> nodes;
    for (; node.valid(); node = program.nodes[node.index()].parent) nodes.push_back(node);
    std::reverse(nodes.begin(), nodes.end());
    return nodes;
  };
  CommonLevels common(engine.operations.size(),
                      std::vector<std::size_t>(engine.operations.size(), 0));
  for (std::size_t a = 0; a < engine.operations.size(); ++a)
    for (std::size_t b = 0; b < engine.operations.size(); ++b) {
      const auto x = chain(program.operations[engine.operations[a]].node);
      const auto y = chain(program.operations[engine.operations[b]].node);
      for (std::size_t i = 0; i < std::min(x.size(), y.size()) && x[i] == y[i]; ++i)
        common[a][b] = program.nodes[x[i].index()].path.size();
    }
  return common;
}

bool comes_before(const Operation& a, const Cursor& at_a, const Operation& b, const Cursor& at_b,
                  std::size_t common) {
  const bool by_slot = a.group.valid() && a.group == b.group;
  const std::size_t levels = by_slot ? std::min(common, a.run_from) : common;
  for (std::size_t i = 0; i < levels; ++i)
    if (at_a.at().digit(i) != at_b.at().digit(i)) return at_a.at().digit(i) < at_b.at().digit(i);
  if (by_slot && at_a.slot() != at_b.slot()) return at_a.slot() < at_b.slot();
  if (by_slot && a.offset != b.offset) return a.offset < b.offset;
  return a.sequence < b.sequence;
}

}  // namespace einfall::mappings
