#include <fmt/format.h>

#include "mappings/program/lowering.hpp"
#include "mappings/program/order.hpp"

namespace einfall::mappings {
namespace {

// The levels of the set follow one another.
bool is_connected(Levels set) {
  const Levels from_lowest = set / (set & (~set + 1));
  return (from_lowest & (from_lowest + 1)) == 0;
}

// The loops of the set lie inside all others that the mask knows.
bool is_innermost(const Walk& walk, Levels set) {
  return !walk.mask || (walk.mask->levels() & ~set) < (set & (~set + 1));
}

Known in_turn(const Walk& from, Levels given, const Walk& to, Levels taken) {
  if (same_mask(from, to) && is_innermost(from, given) && is_innermost(to, taken)) return true;
  const Known gapless = is_gapless(from, given);
  return gapless == true ? is_gapless(to, taken) : gapless;
}

}  // namespace

bool hands_on(Lowering& lowering, const Walk& from, const Walk& to, PartSet loops,
              const HandedOn& handed) {
  const Levels given = from.of(loops);
  const auto refuse = [&](const char* code, std::string why, const std::string& help) {
    lowering.errors.push_back(
        base::error(code, handed.where, handed.what + ", " + std::move(why), help));
    return false;
  };
  if (!is_connected(given))
    return refuse("E890", "but " + handed.loops + " do not stand next to each other", handed.help);
  const Known turns = in_turn(from, given, to, to.of(loops));
  if (turns == true) return true;
  return refuse("E891",
                turns ? std::string("and the mask leaves out steps between others, which the "
                                    "simulator does not execute")
                      : fmt::format("under a mask that goes through more than {} steps of loops, "
                                    "which the simulator does not look at",
                                    kMostSteps),
                "`einfall cost` evaluates it");
}

}  // namespace einfall::mappings
