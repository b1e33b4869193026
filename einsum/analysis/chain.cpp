#include "einsum/analysis/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/root_names.hpp"

namespace einfall::einsum {
namespace {

class Chain {
 public:
  Chain(const LevelProblem& problem, const Levels& levels)
      : problem_(problem), flow_(problem.flow), cascade_(problem.flow.cascade), levels_(levels) {}

  std::vector<ChainLink> links() const {
    std::vector<ChainLink> found;
    std::set<std::size_t> listed;
    for (const std::size_t e : way_to(top()))
      if (opens(e) && listed.insert(e).second) found.push_back(link(e));
    std::reverse(found.begin(), found.end());
    return found;
  }

 private:
  EinsumId top() const {
    EinsumId best;
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      if (!best.valid() || greater(levels_.level[i], levels_[best])) best = EinsumId(i);
    return best;
  }

  // The edges that set the levels, from a statement back to the start. In an unrolled component
  // the way first goes through its last steps; once it comes round, through the first one.
  std::vector<std::size_t> way_to(EinsumId id) const {
    std::vector<std::size_t> way;
    std::set<EinsumId> visited;
    bool first_step = false;
    std::size_t component = id.valid() ? flow_.component_of[id.index()] : 0;
    while (id.valid()) {
      if (flow_.component_of[id.index()] != component) {
        component = flow_.component_of[id.index()];
        first_step = false;
      }
      if (!visited.insert(id).second) {
        if (first_step) break;
        first_step = true;
      }
      const auto& via = first_step ? levels_.via_first : levels_.via_last;
      if (!via[id.index()]) break;
      way.push_back(*via[id.index()]);
      id = flow_.edge(way.back()).writer;
      if (way.size() > 2 * cascade_.einsums.size()) break;
    }
    return way;
  }

  bool opens(std::size_t e) const {
    return problem_.costs[flow_.edge(e).reader.index()] && problem_.steps[e] == Step::kAfter &&
           !levels_[flow_.edge(e).writer].is_zero();
  }

  ChainLink link(std::size_t e) const {
    const Edge& edge = flow_.edge(e);
    ChainLink link;
    link.einsum = edge.reader;
    link.waits_for = flow_.written_by(edge.writer);
    link.pass = levels_[edge.reader];
    link.kind = kind(e);
    link.each_step = flow_.inside_component(e) && levels_.grows[edge.reader.index()];
    link.span = cascade_[edge.reader].span;
    return link;
  }

  bool sweeps(EinsumId id) const {
    return !variables_on(cascade_, cascade_[id], problem_.view).empty();
  }

  // Why the reader has to wait. A writer that does not sweep the rank itself passes on a wait that
  // began further up.
  std::string kind(std::size_t e) const {
    std::string through;
    std::set<EinsumId> visited;
    EinsumId writer = flow_.edge(e).writer;
    while (!sweeps(writer) && visited.insert(writer).second) {
      // A state that only kept its value points at itself: its first step says where it came from.
      auto via = levels_.via_last[writer.index()];
      if (!via || visited.count(flow_.edge(*via).writer) > 0)
        via = levels_.via_first[writer.index()];
      if (!via) break;
      if (through.empty())
        through = fmt::format("through {}: ", cascade_[flow_.written_by(writer)].name);
      e = *via;
      writer = flow_.edge(e).writer;
    }
    return through + own_kind(e);
  }

  bool on_view(const std::vector<VarId>& variables) const {
    return std::any_of(variables.begin(), variables.end(),
                       [&](VarId variable) { return problem_.view.holds(cascade_, variable); });
  }

  std::string own_kind(std::size_t e) const {
    const Edge& edge = flow_.edge(e);
    const auto& root = cascade_[edge.writer].root;
    if (const auto* reduce = std::get_if<ReduceRoot>(&root))
      if (on_view(reduce->vars)) return fmt::format("reduce {}", name(reduce->op));
    if (const auto* populate = std::get_if<PopulateRoot>(&root))
      if (on_view(populate->over)) return std::string(name(populate->op));
    const Access& write = cascade_[cascade_[edge.writer].lhs];
    const Access& read = cascade_[edge.access];
    const std::size_t positions = std::min(write.indices.size(), read.indices.size());
    for (std::size_t i = 0; i < positions; ++i)
      if (on_view(variables_of(cascade_, write.indices[i])))
        return read_kind(cascade_[read.indices[i]]);
    return "whole rank";
  }

  static std::string read_kind(const Index& index) {
    if (index.terms.empty()) return index.constant.as_size() ? "final value" : "one element";
    for (const IndexTerm& term : index.terms)
      if (std::holds_alternative<AccessId>(term.atom)) return "gather";
    return "other index";
  }

  const LevelProblem& problem_;
  const Flow& flow_;
  const Cascade& cascade_;
  const Levels& levels_;
};

}  // namespace

std::vector<ChainLink> critical_chain(const LevelProblem& problem, const Levels& levels) {
  return Chain(problem, levels).links();
}

}  // namespace einfall::einsum
