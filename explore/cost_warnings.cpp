#include "explore/cost_warnings.hpp"

#include <algorithm>
#include <iterator>

#include "mappings/ir/point_warnings.hpp"
#include "mappings/ir/type_warnings.hpp"
#include "mappings/schedule/register_warnings.hpp"

namespace einfall::explore {

base::Diagnostics warnings_of(const Costed& costed) {
  base::Diagnostics found;
  const auto append = [&](base::Diagnostics more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  };
  if (costed.bound) {
    append(mappings::type_warnings(*costed.bound, *costed.cascade, *costed.machine));
    append(mappings::point_warnings(*costed.bound, *costed.cascade));
    if (const auto& pipeline = costed.cost.pipeline)
      append(mappings::register_warnings(pipeline->timetable, *costed.bound, *costed.cascade,
                                         *costed.machine, *costed.mapping));
  }
  for (const CostedPart& part : costed.parts) append(warnings_of(part.costed));
  return found;
}

}  // namespace einfall::explore
