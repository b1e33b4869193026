#include "mappings/program/program.hpp"

namespace einfall::mappings {

std::int64_t Extent::at(const Walker& walker) const {
  std::int64_t count = full;
  for (const Cut& cut : cuts)
    if (walker.at_end(cut.last)) count = count / cut.full * cut.partial;
  return count;
}

std::string_view name(Lack lack) {
  switch (lack) {
    case Lack::kOperand:
      return "operand";
    case Lack::kDependence:
      return "dependence";
    case Lack::kSpace:
      return "space";
    case Lack::kBarrier:
      return "barrier";
  }
  return "";
}

}  // namespace einfall::mappings
