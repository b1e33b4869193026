#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "einsum/ir/access_walk.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/model/pieces.hpp"
#include "sim/values/values.hpp"

namespace einfall::sim {

using einsum::AccessId;
using einsum::EinsumId;
using einsum::TensorId;
using mappings::BoundAccess;
using mappings::BoundEinsum;
using mappings::Flow;
using mappings::FlowKind;
using mappings::KeepId;
using mappings::StepId;

/// Finds the places of all tensors, what each visit computes and what each movement copies.
class ValuesBuilder {
 public:
  explicit ValuesBuilder(Values& values) : v_(values), in_(values.in_) {}

  base::Result<void> run() {
    EINFALL_TRY(v_.evaluator_, einsum::TileEvaluator::make(in_.cascade, in_.bound.sizes, in_.whole,
                                                           in_.numerics, in_.max_bytes));
    v_.agreements_.resize(in_.cascade.tensors.size());
    v_.operations_.resize(in_.program.operations.size());
    for (std::size_t o = 0; o < in_.program.operations.size(); ++o) {
      const mappings::Operation& op = in_.program.operations[o];
      for (const StepId id : op.tile) {
        if (auto gap = refuse_gap(op, id)) return base::failure(std::move(*gap));
        if (auto added = add_step(o, id); !added) return added;
      }
      for (std::size_t m = 0; m < op.moves.size(); ++m) add_copy(o, m);
    }
    return {};
  }

 private:
  const einsum::Cascade& cascade() const { return in_.cascade; }
  TensorId tensor_of(AccessId access) const { return cascade()[access].tensor; }

  // ---- Places -------------------------------------------------------------------------------

  bool is_made(TensorId tensor) const {
    return std::any_of(
        in_.bound.einsums.begin(), in_.bound.einsums.end(),
        [&](const BoundEinsum& step) { return tensor_of(cascade()[step.einsum].lhs) == tensor; });
  }
  // The Einsum that makes a tensor and was absorbed into another tensor.
  std::optional<EinsumId> absorbed_maker(TensorId tensor) const {
    for (std::size_t e = 0; e < cascade().einsums.size(); ++e)
      if (!cascade().einsums[e].is_init && !in_.bound.step_of[e].valid() &&
          tensor_of(cascade().einsums[e].lhs) == tensor)
        return EinsumId(e);
    return std::nullopt;
  }

  Place* place(const std::string& kind, TensorId tensor, const std::string& name) {
    const einsum::Tensor& t = cascade()[tensor];
    auto& slot = v_.places_[kind + "/" + t.name];
    if (slot) return slot.get();
    const auto& whole = in_.whole.at(t.name);
    const auto& layout = v_.evaluator_->layout(tensor);
    slot = std::make_unique<Place>(name, layout, whole, v_.evaluator_->has_presence(tensor),
                                   t.iterative_position);
    TensorBox given;
    for (const std::int64_t extent : layout.shape) given.emplace_back(0, extent);
    const auto steps = t.iterative_position ? t.iterative_position : t.shifted_position;
    const bool outermost_input = kind == "outermost" && !is_made(tensor);
    if (steps && is_made(tensor)) given[*steps] = {0, 1};
    if (outermost_input || (steps && is_made(tensor))) {
      slot->image.take(whole, given);
    }
    return slot.get();
  }
  Place* outermost(TensorId tensor) {
    return place("outermost", tensor, "in the outermost memory");
  }
  Place* links(TensorId tensor) { return place("links", tensor, "on the links"); }
  // Of the Einsum that fetches: others of its leaf may be ahead of it or behind with their own.
  Place* staged(TensorId tensor, StepId step) {
    return place(fmt::format("staged {}", step.index()), tensor,
                 "at the edge of " + in_.machine.units[in_.bound[step].unit.index()].name);
  }
  Place* keep(TensorId tensor, KeepId id) {
    const mappings::BoundKeep& k = in_.bound[id];
    const std::string where =
        k.memory ? "in " + in_.machine.memories[k.memory->index()].name
                 : "in the registers of " + in_.machine.units[k.unit->index()].name;
    return place(fmt::format("keep {}", id.index()), tensor, where);
  }
  mappings::Place place_of(KeepId id) const {
    const mappings::BoundKeep& k = in_.bound[id];
    return k.memory ? mappings::Place{true, k.memory->index()}
                    : mappings::Place{false, k.unit->index()};
  }
  std::size_t keep_at(const BoundAccess& access, mappings::Place where) const {
    for (std::size_t i = 0; i < access.keeps.size(); ++i)
      if (place_of(access.keeps[i]) == where) return i;
    return access.keeps.size();
  }
  Place* kept_or_outermost(const BoundAccess& access, std::size_t i) {
    return i < access.keeps.size() ? keep(access.tensor, access.keeps[i])
                                   : outermost(access.tensor);
  }

  // Who fetches an operand: the Einsum itself, or another of its leaf that shares it.
  std::optional<StepId> fetcher(StepId step, const BoundAccess& read) const {
    if (!read.keeps.empty() && in_.bound[read.keeps.front()].unit) return std::nullopt;
    std::optional<StepId> other;
    for (const Flow& flow : in_.program.flows) {
      if (flow.kind != FlowKind::kOperand || flow.tensor != read.tensor) continue;
      if (flow.step == step) return step;
      if (std::find(flow.sharers.begin(), flow.sharers.end(), step) != flow.sharers.end())
        other = flow.step;
    }
    return other;
  }
  Place* beside(TensorId tensor, StepId fetches) {
    return place(fmt::format("beside {}", fetches.index()), tensor,
                 "beside the PEs of " + in_.machine.units[in_.bound[fetches].unit.index()].name);
  }
  bool is_shared(StepId owner, TensorId tensor) const {
    for (std::size_t s = 0; s < in_.bound.einsums.size(); ++s)
      for (const BoundAccess& read : in_.bound.einsums[s].reads)
        if (read.tensor == tensor && !read.forwarded && StepId(s) != owner &&
            in_.bound.einsums[s].node == in_.bound[owner].node &&
            in_.bound.einsums[s].unit == in_.bound[owner].unit && fetcher(StepId(s), read) == owner)
          return true;
    return false;
  }

  // An Einsum's own state passes from step to step inside a visit too.
  Place* read_place(StepId step, const BoundAccess& read) {
    if (is_passed_on(step, read)) return links(read.tensor);
    return is_fetched_by_another(step, read) ? beside(read.tensor, *fetcher(step, read))
                                             : fetched_from(step, read);
  }
  bool is_passed_on(StepId step, const BoundAccess& read) const {
    const bool own = tensor_of(cascade()[in_.bound[step].einsum].lhs) == read.tensor;
    return read.forwarded || own;
  }
  bool is_fetched_by_another(StepId step, const BoundAccess& read) const {
    const auto owner = fetcher(step, read);
    return !is_passed_on(step, read) && owner && *owner != step;
  }
  Place* fetched_from(StepId step, const BoundAccess& read) {
    if (!read.keeps.empty()) return keep(read.tensor, read.keeps.front());
    return staged(read.tensor, fetcher(step, read).value_or(step));
  }

  // ---- Steps --------------------------------------------------------------------------------

  std::optional<base::Diagnostic> refuse_gap(const mappings::Operation& op, StepId id) const {
    const mappings::PartSet loops = op.walk.parts();
    for (const auto& parts : in_.bound.rank_parts) {
      bool inside = false;
      for (const mappings::PartId part : parts) {
        if (mappings::is_passed_over(in_.bound, part, loops)) continue;
        if (inside && loops.has(part))
          return base::error(
              "E962", cascade()[in_.bound[id].einsum].span,
              fmt::format("{} of {} is a loop inside a part of its rank that is not one",
                          in_.bound.part_names[part.index()], op.name),
              "values are computed tile by tile; put the outer part into a loop");
        inside = inside || !loops.has(part);
      }
    }
    return std::nullopt;
  }

  base::Result<void> add_step(std::size_t operation, StepId id) {
    const BoundEinsum& bound = in_.bound[id];
    const einsum::Einsum& einsum = cascade()[bound.einsum];
    Values::Step step;
    step.id = id;
    step.operation = operation;
    step.lhs = einsum.lhs;
    std::vector<einsum::TensorPlace> views(cascade().tensors.size());
    for (std::size_t r = 0; r < bound.reads.size(); ++r) {
      const BoundAccess& read = bound.reads[r];
      Place* from = read_place(id, read);
      const TensorId real = tensor_of(read.access);
      if (real == read.tensor) {
        step.reads.push_back({read.access, from, r});
        if (is_shared(id, read.tensor))
          step.hands_on.emplace_back(step.reads.back(), beside(read.tensor, id));
        if (is_fetched_by_another(id, read))
          step.shares.push_back({{read.access, fetched_from(id, read), r}, from});
        views[real.index()] = from->image.place();
        continue;
      }
      EINFALL_TRY(Place * made, absorb(step, id, read, read.access, from));
      views[real.index()] = made->image.place();
    }
    step.result = links(tensor_of(einsum.lhs));
    if (!bound.write.keeps.empty()) {
      step.kept = keep(tensor_of(einsum.lhs), bound.write.keeps.front());
      step.comes_back = in_.bound[bound.write.keeps.front()].returned > 0;
    }
    EINFALL_TRY(step.placed, v_.evaluator_->place(bound.einsum, views, step.result->image.place()));
    const mappings::Walk& walk = in_.program.operations[operation].walk;
    step.reduced = walk.of(reduced_parts(einsum));
    step.split = step.reduced != 0;
    if (auto odd = odd_order(id, step)) return base::failure(*odd);
    v_.operations_[operation].steps.push_back(std::move(step));
    return {};
  }

  // Sums that are not made one addend after another.
  std::optional<base::Diagnostic> odd_order(StepId id, const Values::Step& step) const {
    const einsum::Einsum& einsum = cascade()[in_.bound[id].einsum];
    if (!std::holds_alternative<einsum::ReduceRoot>(einsum.root) ||
        v_.evaluator_->resumes(step.placed))
      return std::nullopt;
    const arch::ComputeUnit& unit = in_.machine.units[in_.bound[id].unit.index()];
    if (unit.kind == arch::UnitKind::kSpatialArray)
      return base::error(
          "E962", einsum.span,
          fmt::format("the PEs of {} add one product after another, which is not the order of {}",
                      unit.name, einsum.name),
          "let the machine's numerics (or the cascade's types) say order: sequential");
    if (!step.split) return std::nullopt;
    return base::error(
        "E962", einsum.span,
        fmt::format("{} is reduced in several visits, and its order of adding has more state than "
                    "a sum",
                    einsum.name),
        "let the machine add in sequence, or put the reduced ranks into rows, columns or time");
  }

  mappings::PartSet reduced_parts(const einsum::Einsum& einsum) const {
    mappings::PartSet parts;
    if (const auto* reduce = std::get_if<einsum::ReduceRoot>(&einsum.root))
      for (const einsum::VarId var : reduce->vars)
        for (const mappings::PartId part : in_.bound.rank_parts[cascade()[var].rank.index()])
          parts.insert(part);
    return parts;
  }

  // Where the reader finds a tensor whose Einsum was absorbed into what it gets instead.
  base::Result<Place*> absorb(Values::Step& step, StepId id, const BoundAccess& read,
                              AccessId access, Place* from) {
    const TensorId tensor = tensor_of(access);
    const EinsumId maker = *absorbed_maker(tensor);
    Values::Absorbed absorbed;
    absorbed.einsum = maker;
    absorbed.access = access;
    absorbed.result = place(fmt::format("absorbed {}", id.index()), tensor, "at the unit");
    std::vector<einsum::TensorPlace> views(cascade().tensors.size());
    for (const AccessId inner : einsum::reads(cascade(), cascade()[maker])) {
      const TensorId source = tensor_of(inner);
      Place* place = from;
      if (source != read.tensor) {
        if (absorbed_maker(source)) {
          EINFALL_TRY(place, absorb(step, id, read, inner, from));
        } else {
          place = outermost(source);
        }
      }
      views[source.index()] = place->image.place();
      absorbed.reads.emplace_back(inner, place);
    }
    EINFALL_TRY(absorbed.placed,
                v_.evaluator_->place(maker, views, absorbed.result->image.place()));
    Place* result = absorbed.result;
    step.absorbed.push_back(std::move(absorbed));
    return result;
  }

  // ---- Movements ----------------------------------------------------------------------------

  // What a reader's access needs of a tensor.
  void find_needed(TensorId tensor, AccessId access,
                   std::vector<std::pair<AccessId, EinsumId>> through,
                   std::vector<Values::Copy::Needed>& out) const {
    if (tensor_of(access) == tensor) {
      out.push_back({access, std::move(through)});
      return;
    }
    const auto maker = absorbed_maker(tensor_of(access));
    if (!maker) return;
    through.emplace_back(access, *maker);
    for (const AccessId inner : einsum::reads(cascade(), cascade()[*maker]))
      find_needed(tensor, inner, through, out);
  }

  void add_copy(std::size_t operation, std::size_t movement) {
    const mappings::Operation& op = in_.program.operations[operation];
    const Flow& flow = in_.program.flows[op.moves[movement].flow];
    const BoundEinsum& bound = in_.bound[flow.step];
    const bool transfer = op.kind == mappings::OperationKind::kTransfer;
    Values::Copy copy;
    copy.movement = movement;
    std::vector<AccessId> users;
    switch (flow.kind) {
      case FlowKind::kFill: {
        const BoundAccess& read = bound.reads[flow.read];
        const std::size_t at = keep_at(read, flow.to);
        copy.to = keep(read.tensor, read.keeps[at]);
        copy.from = kept_or_outermost(read, at + 1);
        users = in_.bound[read.keeps[at]].users;
        if (transfer) copy.room = room_for(op, read.keeps[at]);
        break;
      }
      case FlowKind::kReturn: {
        const std::size_t at = keep_at(bound.write, flow.to);
        copy.to = keep(bound.write.tensor, bound.write.keeps[at]);
        copy.from = kept_or_outermost(bound.write, at + 1);
        copy.comes_back = true;
        users = goes_on_with(bound.write, bound.write.keeps[at]);
        if (transfer) copy.room = room_for(op, bound.write.keeps[at]);
        break;
      }
      case FlowKind::kOperand: {
        const BoundAccess& read = bound.reads[flow.read];
        if (!transfer || !read.keeps.empty()) return;
        copy.to = staged(read.tensor, flow.step);
        copy.from = outermost(read.tensor);
        users = {read.access};
        copy.room = static_cast<std::size_t>(mappings::kStagedPieces);
        break;
      }
      case FlowKind::kWriteBack: {
        const std::size_t at = keep_at(bound.write, flow.from);
        copy.from = keep(bound.write.tensor, bound.write.keeps[at]);
        copy.to = kept_or_outermost(bound.write, at + 1);
        users = {bound.write.access};
        break;
      }
      case FlowKind::kResult:
      case FlowKind::kPartialWrite:
        if (!transfer) return;
        copy.from = links(bound.write.tensor);
        copy.to = outermost(bound.write.tensor);
        users = {bound.write.access};
        break;
      default:
        return;
    }
    for (const AccessId user : users) find_needed(flow.tensor, user, {}, copy.needed);
    auto& copies = v_.operations_[operation];
    const bool at_end = transfer || flow.kind == FlowKind::kWriteBack;
    (at_end ? copies.at_end : copies.at_start).push_back(std::move(copy));
  }

  // What comes back: of a state, the one before the step, as those who read it there read it; a sum
  // where it is written.
  std::vector<AccessId> goes_on_with(const BoundAccess& write, KeepId keep) const {
    std::vector<AccessId> accesses;
    for (const BoundEinsum& step : in_.bound.einsums)
      for (const BoundAccess& read : step.reads)
        if (read.carried && read.tensor == write.tensor &&
            std::find(read.keeps.begin(), read.keeps.end(), keep) != read.keeps.end())
          accesses.push_back(read.access);
    if (accesses.empty()) accesses.push_back(write.access);
    return accesses;
  }

  std::size_t room_for(const mappings::Operation& op, KeepId keep) const {
    std::vector<mappings::PartId> loops;
    for (const mappings::WalkLevel& level : op.walk.levels) loops.push_back(level.part);
    return static_cast<std::size_t>(mappings::room_of(in_.bound, keep, loops));
  }

  Values& v_;
  const ValuesInput& in_;
};

base::Result<std::unique_ptr<Values>> Values::make(const ValuesInput& input) {
  std::unique_ptr<Values> values(new Values(input));
  if (auto built = ValuesBuilder(*values).run(); !built) return base::failure(built.error());
  return values;
}

}  // namespace einfall::sim
