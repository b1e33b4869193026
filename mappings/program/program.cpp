#include "mappings/program/program.hpp"

namespace einfall::mappings {

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
