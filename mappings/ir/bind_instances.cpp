#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

class Dealer {
 public:
  explicit Dealer(Binder& binder) : binder_(binder), bound_(binder.bound) {}

  void run() {
    const auto& written = binder_.mapping.distributed;
    for (const auto& loop : written) {
      const auto found = binder_.part_by_name.find(loop.value);
      if (found == binder_.part_by_name.end()) {
        std::vector<std::string> known;
        for (const auto& [name, parts] : binder_.part_by_name) known.push_back(name);
        binder_.report("E805", loop.span, fmt::format("there is no rank or part '{}'", loop.value),
                       suggestion(loop.value, known));
        return;
      }
      bound_.distributed.insert(bound_.distributed.end(), found->second.begin(),
                                found->second.end());
    }
    for (std::size_t s = 0; s < bound_.einsums.size() && !binder_.enough(); ++s) {
      instances(StepId(s));
      if (!written.empty()) outermost(StepId(s));
    }
    if (!written.empty() && bound_.slots > 1 &&
        binder_.mapping.schedule.kind == ScheduleKind::kPipelined)
      refuse(written.front().span, "a software pipeline runs on one instance of each unit",
             "make the schedule phased, or give the machine a unit for each instance");
  }

 private:
  void refuse(const base::SourceSpan& span, std::string message, std::string help) {
    binder_.report("E822", span, std::move(message), std::move(help));
  }

  void instances(StepId id) {
    const arch::ComputeUnit& unit = binder_.machine.units[bound_[id].unit.index()];
    if (unit.instances == 1 || unit.instances == bound_.slots) return;
    const base::SourceSpan& span = binder_.written_bindings[id.index()]->unit.span;
    if (bound_.distributed.empty())
      return refuse(span,
                    fmt::format("'{}' has {} instances, and the mapping does not say which work "
                                "each of them does",
                                unit.name, unit.instances),
                    "name the outermost loops that they share out: `distribute: [H]`");
    if (bound_.slots > 1)
      return refuse(span,
                    fmt::format("'{}' has {} instances, another unit of the mapping has {}",
                                unit.name, unit.instances, bound_.slots),
                    "use units with as many instances as each other");
    bound_.slots = unit.instances;
  }

  void outermost(StepId id) {
    const BoundEinsum& step = bound_[id];
    const base::SourceSpan& span = binder_.mapping.distributed.front().span;
    const auto& dealt = bound_.distributed;
    if (step.loops.size() < dealt.size() ||
        !std::equal(dealt.begin(), dealt.end(), step.loops.begin()))
      return refuse(span,
                    fmt::format("the loops dealt to instances are not the outermost ones of '{}'",
                                binder_.name_of(id)),
                    "every Einsum of the nest is inside them, in this order");
    for (const PartId part : dealt) {
      const einsum::RankId rank = bound_[part].rank;
      const auto& write = binder_.cascade[binder_.cascade[step.einsum].lhs];
      const einsum::Tensor& tensor = binder_.cascade[write.tensor];
      const auto at = std::find(tensor.ranks.begin(), tensor.ranks.end(), rank);
      const auto position = static_cast<std::size_t>(at - tensor.ranks.begin());
      const bool carried = tensor.iterative_position == position;
      if (at != tensor.ranks.end() && !carried) continue;
      refuse(
          span,
          fmt::format("'{}' {} '{}', so that tasks along it need each other", binder_.name_of(id),
                      carried ? "iterates along" : "reduces over", binder_.cascade[rank].name),
          "deal loops over ranks that the result of every Einsum has");
    }
  }

  Binder& binder_;
  BoundMapping& bound_;
};

}  // namespace

bool bind_instances(Binder& binder) {
  const std::size_t before = binder.sink.size();
  Dealer(binder).run();
  return binder.sink.size() == before;
}

void check_tasks_alike(Binder& binder) {
  if (binder.bound.dispatch) return;
  for (const BoundEinsum& step : binder.bound.einsums)
    for (const MaskConjunction& all : step.mask.any)
      for (const MaskLinear& linear : all)
        for (const auto& term : linear.terms)
          for (const PartId part : binder.bound.distributed) {
            if (binder.bound[part].rank != term.first || binder.bound.slots == 1) continue;
            binder.report("E822", binder.mapping.distributed.front().span,
                          fmt::format("a mask of '{}' makes iterations of '{}' unequal tasks",
                                      binder.cascade[step.einsum].name, binder.name_of(part)),
                          "deal loops that no mask names: heads, not query blocks; or `dispatch` "
                          "tasks one by one");
            return;
          }
}

}  // namespace einfall::mappings
