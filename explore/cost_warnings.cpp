#include "explore/cost_warnings.hpp"

#include <algorithm>
#include <iterator>

#include "mappings/ir/type_warnings.hpp"

namespace einfall::explore {

base::Diagnostics warnings_of(const Costed& costed) {
  base::Diagnostics found;
  if (costed.bound)
    found = mappings::type_warnings(*costed.bound, *costed.cascade, *costed.machine);
  for (const CostedPart& part : costed.parts) {
    base::Diagnostics more = warnings_of(part.costed);
    std::move(more.begin(), more.end(), std::back_inserter(found));
  }
  return found;
}

}  // namespace einfall::explore
