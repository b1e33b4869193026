#include "einsum/ir/step_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

const std::string& tensor_name(const Cascade& cascade, AccessId access) {
  return cascade[cascade[access].tensor].name;
}

class Steps {
 public:
  Steps(const Cascade& cascade, const std::vector<EinsumId>& members,
        const std::vector<Edge>& inside, base::Diagnostics& errors)
      : cascade_(cascade), members_(members), inside_(inside), errors_(errors) {}

  Component run() {
    Component component{members_, find_rank()};
    if (!component.iterative_rank) return component;
    rank_ = *component.iterative_rank;
    for (const EinsumId id : members_) find_step_variable(id);
    const std::size_t before = errors_.size();
    for (const Edge& edge : inside_) relate(edge);
    if (errors_.size() == before) component.einsums = sorted();
    return component;
  }

 private:
  // The rank of the iterative variables; all must agree.
  std::optional<RankId> find_rank() {
    std::optional<RankId> rank;
    const Einsum* first = nullptr;
    for (const EinsumId id : members_) {
      const Einsum& einsum = cascade_[id];
      if (!einsum.iterative_var) continue;
      const RankId mine = cascade_[*einsum.iterative_var].rank;
      if (rank && *rank != mine) {
        base::Diagnostic clash = base::error(
            "E303", einsum.span,
            fmt::format("{} steps along rank {} but depends on {}, which steps along {}, and the "
                        "other way round",
                        einsum.name, cascade_[mine].name, first->name, cascade_[*rank].name));
        clash.notes.push_back({first->span, fmt::format("{} is written here", first->name)});
        errors_.push_back(std::move(clash));
        return std::nullopt;
      }
      rank = mine;
      if (first == nullptr) first = &einsum;
    }
    if (!rank) report_no_rank();
    return rank;
  }

  void report_no_rank() {
    const Einsum& first = cascade_[members_.front()];
    std::string names;
    for (const EinsumId id : members_)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", cascade_[id].name);
    base::Diagnostic cycle = base::error(
        "E303", first.span,
        members_.size() == 1
            ? fmt::format("{} depends on itself, but not along an iterative rank", first.name)
            : fmt::format("{} depend on each other, but not along an iterative rank", names),
        "write the tensor that carries the value at r+1, read it at r");
    for (const Edge& edge : inside_)
      cycle.notes.push_back(
          {cascade_[edge.access].span, fmt::format("{} reads {} here", cascade_[edge.reader].name,
                                                   tensor_name(cascade_, edge.access))});
    errors_.push_back(std::move(cycle));
  }

  bool steps_along(std::optional<ShiftedVariable> index) const {
    return index && cascade_[index->variable].rank == rank_;
  }

  // The variable of an Einsum that is the step: the iterative one, else the one it reads the
  // component's iterative tensors at, else the first of the rank on the left side.
  void find_step_variable(EinsumId id) {
    const Einsum& einsum = cascade_[id];
    if (einsum.iterative_var) {
      step_[id] = *einsum.iterative_var;
      return;
    }
    for (const Edge& edge : inside_) {
      const auto position = cascade_[cascade_[edge.access].tensor].iterative_position;
      if (edge.reader != id || !position) continue;
      const auto index = as_shifted_variable(cascade_, cascade_[edge.access].indices[*position]);
      if (!steps_along(index)) continue;
      step_[id] = index->variable;
      return;
    }
    for (const IndexId written : cascade_[einsum.lhs].indices) {
      const auto index = as_shifted_variable(cascade_, written);
      if (!steps_along(index)) continue;
      step_[id] = index->variable;
      return;
    }
  }

  // Where W writes its step: the position, and the offset of the index there.
  struct Written {
    std::size_t position;
    std::int64_t offset;
  };
  std::optional<Written> written_step(EinsumId writer) const {
    const auto step = step_.find(writer);
    if (step == step_.end()) return std::nullopt;
    const std::vector<IndexId>& indices = cascade_[cascade_[writer].lhs].indices;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const auto index = as_shifted_variable(cascade_, indices[i]);
      if (index && index->variable == step->second) return Written{i, index->offset};
    }
    return std::nullopt;
  }

  void relate(const Edge& edge) {
    const auto written = written_step(edge.writer);
    const auto step = step_.find(edge.reader);
    const Access& read = cascade_[edge.access];
    std::optional<ShiftedVariable> index;
    if (written) index = as_shifted_variable(cascade_, read.indices[written->position]);
    if (!index || step == step_.end() || index->variable != step->second) {
      errors_.push_back(base::error(
          "E303", read.span,
          fmt::format("{} needs {} here and {} depends on {}, but {} is not read at the step of "
                      "rank {} plus a constant",
                      cascade_[edge.reader].name, tensor_name(cascade_, edge.access),
                      tensor_name(cascade_, edge.access), cascade_[edge.reader].name,
                      tensor_name(cascade_, edge.access), cascade_[rank_].name)));
      return;
    }
    std::int64_t distance = 0;
    if (__builtin_sub_overflow(written->offset, index->offset, &distance)) distance = -1;
    if (distance < 0) {
      base::Diagnostic early = base::error(
          "E302", read.span,
          fmt::format("{} reads {} before it is written: distance {} along rank {}, expected 0 or "
                      "more",
                      cascade_[edge.reader].name, tensor_name(cascade_, edge.access), distance,
                      cascade_[rank_].name));
      early.notes.push_back({cascade_[edge.writer].span, "written here"});
      errors_.push_back(std::move(early));
    } else if (distance == 0) {
      before_[edge.reader].insert(edge.writer);
    }
  }

  // Each Einsum after those it reads in the same step; free choices in file order.
  std::vector<EinsumId> sorted() {
    std::map<EinsumId, std::vector<EinsumId>> after;
    std::map<EinsumId, std::size_t> waiting;
    std::set<EinsumId> ready(members_.begin(), members_.end());
    for (const auto& [reader, writers] : before_) {
      waiting[reader] = writers.size();
      ready.erase(reader);
      for (const EinsumId writer : writers) after[writer].push_back(reader);
    }
    std::vector<EinsumId> order;
    while (!ready.empty()) {
      const EinsumId id = *ready.begin();
      ready.erase(ready.begin());
      order.push_back(id);
      for (const EinsumId reader : after[id])
        if (--waiting[reader] == 0) ready.insert(reader);
    }
    if (order.size() != members_.size()) report_zero_cycle(waiting);
    return order.size() == members_.size() ? order : members_;
  }

  void report_zero_cycle(const std::map<EinsumId, std::size_t>& waiting) {
    std::optional<base::Diagnostic> cycle;
    for (const Edge& edge : inside_) {
      const auto reader = waiting.find(edge.reader), writer = waiting.find(edge.writer);
      const bool stuck = reader != waiting.end() && reader->second > 0 && writer != waiting.end() &&
                         writer->second > 0 && before_[edge.reader].count(edge.writer) > 0;
      if (!stuck) continue;
      const std::string text =
          fmt::format("{} needs {} of the same step", cascade_[edge.reader].name,
                      tensor_name(cascade_, edge.access));
      if (cycle)
        cycle->notes.push_back({cascade_[edge.access].span, text});
      else
        cycle = base::error(
            "E302", cascade_[edge.access].span,
            fmt::format("a cycle inside one step of rank {}: {}", cascade_[rank_].name, text),
            "let one tensor of the cycle be read one step later");
    }
    if (cycle) errors_.push_back(std::move(*cycle));
  }

  const Cascade& cascade_;
  const std::vector<EinsumId>& members_;
  const std::vector<Edge>& inside_;
  base::Diagnostics& errors_;
  RankId rank_;
  std::map<EinsumId, VarId> step_;
  std::map<EinsumId, std::set<EinsumId>> before_;  // what must run earlier in the step
};

}  // namespace

Component order_steps(const Cascade& cascade, const std::vector<EinsumId>& members,
                      const std::vector<Edge>& inside, base::Diagnostics& errors) {
  return Steps(cascade, members, inside, errors).run();
}

}  // namespace einfall::einsum
