#include "mappings/program/precedence.hpp"

#include <algorithm>
#include <tuple>

#include "mappings/program/common_loops.hpp"

namespace einfall::mappings {

Precedence::Precedence(const Program& program, const std::vector<Cursor>& cursors)
    : program_(program), cursors_(cursors), index_(program.operations.size(), kNone) {
  std::vector<std::size_t> transfers;
  for (const Engine& engine : program.engines)
    for (const std::size_t o : engine.operations) {
      const Operation& op = program.operations[o];
      if (op.kind != OperationKind::kTransfer) continue;
      index_[o] = transfers.size();
      transfers.push_back(o);
      Place place{engine.kind == EngineKind::kStore, {}, {}, {}, {}};
      bool at_ends = false;
      for (const WalkLevel& level : program.operations[op.serves].walk.levels) {
        Loop loop{kNone, level.trips};
        for (std::size_t l = 0; l < op.walk.levels.size(); ++l)
          if (op.walk.levels[l].part == level.part) loop.level = l;
        place.loops.push_back(loop);
        at_ends = at_ends || (loop.level == kNone && loop.trips > 1);
      }
      const Operation& served = program.operations[op.serves];
      if (at_ends && served.walk.mask) place.served.emplace(served.walk);
      places_.push_back(std::move(place));
    }
  for (const std::size_t x : transfers)
    for (const std::size_t y : transfers) {
      const Operation& a = program.operations[program.operations[x].serves];
      const Operation& b = program.operations[program.operations[y].serves];
      Pair pair{common_levels(program, a, b), a.group.valid() && a.group == b.group, false};
      if (pair.by_slot) pair.common = std::min(pair.common, a.run_from);
      const auto rank = [&](const Operation& op, std::size_t transfer) {
        return std::tuple(pair.by_slot ? op.offset : 0, op.sequence,
                          places_[index_[transfer]].store, transfer);
      };
      pair.first = rank(a, x) < rank(b, y);
      pairs_.push_back(pair);
    }
}

std::int64_t Precedence::digit(std::size_t transfer, std::size_t loop) const {
  Place& place = places_[index_[transfer]];
  const Loop& at = place.loops[loop];
  const Walker& walker = cursors_[transfer].at();
  if (at.level != kNone) return walker.digit(at.level);
  if (!place.served) return place.store ? at.trips - 1 : 0;
  if (place.at != walker.digits() || place.found.empty()) find(walker, place);
  return place.found[loop];
}

// The first (last) steps, of those that a mask leaves, of the loops that it stands at an end of.
void Precedence::find(const Walker& at, Place& place) {
  Walker& served = *place.served;
  const WalkMask& mask = *served.walk().mask;
  place.at = at.digits();
  place.found.assign(place.loops.size(), 0);
  Levels known = 0;
  const auto stand = [&](std::size_t loop, std::int64_t step) {
    served.skip(loop, step - served.digit(loop));
    place.found[loop] = step;
    known |= Levels{1} << loop;
  };
  for (std::size_t l = 0; l < place.loops.size(); ++l)
    if (place.loops[l].level != kNone) stand(l, place.at[place.loops[l].level]);
  for (std::size_t l = 0; l < place.loops.size(); ++l) {
    if (place.loops[l].level != kNone) continue;
    std::int64_t low = 0;
    std::int64_t end = place.loops[l].trips;
    if (!served.exists(mask, known, {l, low, end})) {
      stand(l, place.store ? end - 1 : 0);
      continue;
    }
    while (end - low > 1) {
      const std::int64_t middle = low + (end - low) / 2;
      const bool sooner = place.store ? !served.exists(mask, known, {l, middle, end})
                                      : served.exists(mask, known, {l, low, middle});
      (sooner ? end : low) = middle;
    }
    stand(l, low);
  }
}

// Where in its run, shifted by its stage.
std::int64_t Precedence::slot(std::size_t transfer) const {
  const Operation& served = program_.operations[program_.operations[transfer].serves];
  const std::vector<Loop>& loops = places_[index_[transfer]].loops;
  std::int64_t visit = 0;
  for (std::size_t l = served.run_from; l < loops.size(); ++l)
    visit = visit * loops[l].trips + digit(transfer, l);
  return visit + served.stage;
}

bool Precedence::before(std::size_t a, std::size_t b) const {
  const Pair& pair = pairs_[index_[a] * places_.size() + index_[b]];
  for (std::size_t l = 0; l < pair.common; ++l) {
    const std::int64_t at_a = digit(a, l);
    const std::int64_t at_b = digit(b, l);
    if (at_a != at_b) return at_a < at_b;
  }
  if (pair.by_slot) {
    const std::int64_t slot_a = slot(a);
    const std::int64_t slot_b = slot(b);
    if (slot_a != slot_b) return slot_a < slot_b;
  }
  return pair.first;
}

}  // namespace einfall::mappings
