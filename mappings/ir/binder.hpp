#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "einsum/ir/graph.hpp"
#include "mappings/ir/bind.hpp"

/// The stages of bind, each filling in more of one BoundMapping. Internal to this folder.
namespace einfall::mappings {

/// Where the numbers of a cut rank come from; `automatic` is the position of the part that is
/// sized by what fits.
struct RankCut {
  einsum::RankId rank;
  std::vector<std::int64_t> inner;  // sizes of all parts but the outermost
  std::optional<std::size_t> automatic;
  const Partition* written = nullptr;
};

/// What the stages share. `bound` is the result, everything else is only needed on the way.
struct Binder {
  const Mapping& mapping;
  const einsum::Cascade& cascade;
  const arch::Machine& machine;
  const BindOptions& options;
  base::Diagnostics& sink;

  BoundMapping bound;
  einsum::Graph graph;
  std::vector<RankCut> cuts;                                // of the mapping, not of the cascade
  std::map<std::string, std::vector<PartId>> part_by_name;  // a rank's own name: all its parts
  std::map<std::string, StepId> step_by_name;
  std::vector<einsum::TensorId> stands_for;    // by TensorId: itself, or what it was absorbed into
  std::vector<const LoopNode*> written_nodes;  // by NodeId
  std::vector<const Keep*> written_keeps;      // by KeepId
  std::vector<const Binding*> written_bindings;  // by StepId
  std::vector<base::SourceSpan> step_spans;      // by StepId: where the nest names it

  /// Reading on would only bury the first errors; keeps hostile documents from taking long.
  [[nodiscard]] bool enough() const { return sink.size() >= 100; }

  void report(std::string code, const base::SourceSpan& span, std::string message,
              std::string help = {}) {
    sink.push_back(base::error(std::move(code), span, std::move(message), std::move(help)));
  }
  [[nodiscard]] const std::string& name_of(StepId step) const {
    return cascade[bound[step].einsum].name;
  }
  [[nodiscard]] const std::string& name_of(einsum::TensorId tensor) const {
    return cascade[tensor].name;
  }
  [[nodiscard]] const std::string& name_of(PartId part) const {
    return bound.part_names[part.index()];
  }
};

/// Sizes with those the partitions of the mapping add (M0: 256), then one part or several for every
/// rank. E803, E804, E805.
[[nodiscard]] bool bind_parts(Binder& binder, const std::map<std::string, std::int64_t>& sizes);
/// Trips and strides of every part, the automatic one being `automatic`.
void set_trips(Binder& binder, std::int64_t automatic);

/// Nodes, keeps and Einsums of the nest. E805, E806, E820.
[[nodiscard]] bool bind_nest(Binder& binder);
/// Absorbed Einsums. E805, E819.
[[nodiscard]] bool bind_absorbed(Binder& binder);
/// Units, spatial and time parts, operators. E805, E812, E813, E820.
[[nodiscard]] bool bind_units(Binder& binder);
/// Operands and results, and the places that keep them. E817.
[[nodiscard]] bool bind_accesses(Binder& binder);
/// Loops dealt to instances. E805, E822.
[[nodiscard]] bool bind_instances(Binder& binder);
/// The tasks of a distribution must be alike: no mask may couple its loops to others. E822.
void check_tasks_alike(Binder& binder);
/// How tasks are dispatched, and the memories beside instances. E805, E822.
[[nodiscard]] bool bind_dispatch(Binder& binder);
/// Tasks that share an instance fit there together; finds how many where the mapping leaves it
/// open. E822.
void check_residents(Binder& binder);
/// Which points are needed, of Einsums and of what is kept. Errors of present_points.
[[nodiscard]] bool bind_masks(Binder& binder);
/// On units with a fused multiply-add: an Einsum that only multiplies, and whose only reader adds
/// the product in the same iteration on the same unit, leaves its work to the reader, which becomes
/// one mac a point; the product itself is never stored.
void fuse_multiply_adds(Binder& binder);
/// Sections, phases, loops of a pipeline. E805, E818.
[[nodiscard]] bool bind_schedule(Binder& binder);

/// "did you mean" or the list of what there is.
[[nodiscard]] std::string suggestion(const std::string& word, std::vector<std::string> known);

}  // namespace einfall::mappings
