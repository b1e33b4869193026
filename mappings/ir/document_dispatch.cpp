#include "arch/fields.hpp"
#include "mappings/ir/document.hpp"

namespace einfall::mappings {
namespace {

using base::Presence;
namespace yaml = base::yaml;

constexpr std::int64_t kMostResidents = 1024;

}  // namespace

base::Schema<Dispatch> dispatch_schema() {
  return {"dispatch",
          "Tasks of a distribution that get instances of units one by one. Each runs its phases "
          "one after another; the analytic model finds when the last has ended.",
          {{"order", "order", Presence::kOptional, "grid",
            "grid: as the loops of `distribute` count, each task to the place that is free first; "
            "reverse: the same from the last to the first; longest-first: the longest that is "
            "left; persistent: task i to place i modulo their "
            "number",
            [](const yaml::Node& node, Dispatch& out, base::Diagnostics& sink) {
              if (const auto order = yaml::read_choice(
                      node, "'order'", {"grid", "reverse", "longest-first", "persistent"}, sink))
                out.order = static_cast<DispatchOrder>(*order);
            }},
           arch::field<Dispatch, std::optional<Located<std::int64_t>>, std::int64_t>(
               "per_instance", "integer", Presence::kOptional,
               "as many as its memories and registers hold", "tasks on one instance at a time",
               &Dispatch::per_instance,
               [](const yaml::Node& node, const std::string& what, base::Diagnostics& sink) {
                 return yaml::read_integer(node, what, 1, kMostResidents, sink);
               }),
           {"together", "list of tensors", Presence::kOptional, "none",
            "tasks that run at the same time and use the same slices of these fetch them once from "
            "the outermost memory, for a memory between them holds what is new",
            [](const yaml::Node& node, Dispatch& out, base::Diagnostics& sink) {
              out.together = arch::read_names(node, "a tensor", sink);
            }}}};
}

}  // namespace einfall::mappings
