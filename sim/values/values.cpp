#include "sim/values/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "mappings/ir/measure.hpp"
#include "mappings/schedule/tile_timing.hpp"
#include "sim/values/touched.hpp"

namespace einfall::sim {

using mappings::RankRanges;
using mappings::Walk;
using mappings::Walker;

namespace {

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Whoever could use what a transfer brings has nothing to do with this piece: it holds its room no
// longer than it takes to come.
bool is_unused(const mappings::Program& program, const mappings::Operation& op, const Walker& at) {
  bool unused = false;
  for (const mappings::Take& take : op.takes) {
    if (program.tokens[take.token].lack != mappings::Lack::kSpace) continue;
    unused = std::any_of(op.gives.begin(), op.gives.end(), [&](const mappings::Give& give) {
      return give.token == take.token && give.when.holds(at);
    });
    if (!unused) return false;
  }
  return unused;
}

}  // namespace

RankRanges ranges_for(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                      einsum::EinsumId absorbed, const TensorBox& box) {
  RankRanges ranges;
  for (const std::int64_t size : sizes.values) ranges.emplace_back(0, size);
  const einsum::Access& lhs = cascade[cascade[absorbed].lhs];
  for (std::size_t i = 0; i < lhs.indices.size(); ++i)
    for (const einsum::IndexTerm& term : cascade[lhs.indices[i]].terms)
      if (const auto* var = std::get_if<einsum::VarId>(&term.atom))
        if (cascade[lhs.indices[i]].terms.size() == 1) ranges[cascade[*var].rank.index()] = box[i];
  return ranges;
}

RankRanges ranges_at(const mappings::BoundMapping& bound, const Walk& walk, const Walker& at) {
  RankRanges ranges;
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r) {
    const std::int64_t size = bound.sizes.values[r];
    std::int64_t low = 0;
    std::int64_t end = size;
    for (const mappings::PartId part : bound.rank_parts[r]) {
      const mappings::Levels level = walk.of(mappings::PartSet({part}));
      if (mappings::is_passed_over(bound, part, walk.parts())) continue;
      if (level == 0) break;
      const std::int64_t digit = at.digit(static_cast<std::size_t>(__builtin_ctzll(level)));
      low += digit * bound[part].stride;
      end = std::min(end, low + bound[part].stride);
    }
    ranges.emplace_back(low, std::min(end, size));
  }
  return ranges;
}

Values::~Values() = default;

TensorBox Values::box_of(einsum::AccessId access, const RankRanges& ranges) const {
  return touched(in_.cascade, in_.bound.sizes, access, ranges);
}

TensorBox Values::box_of(const Copy::Needed& needed, RankRanges ranges) const {
  for (const auto& [access, einsum] : needed.through)
    ranges = ranges_for(in_.cascade, in_.bound.sizes, einsum, box_of(access, ranges));
  return box_of(needed.access, ranges);
}

void Values::began(std::size_t index, const Walker& at, std::int64_t now) {
  if (trouble_) return;
  Operation& op = operations_[index];
  const mappings::Operation& program = in_.program.operations[index];
  if (op.steps.empty() && op.at_start.empty() && op.at_end.empty()) return;
  const RankRanges ranges = ranges_at(in_.bound, program.walk, at);
  for (Copy& copy : op.at_end)
    if (copy.room > 0 && program.moves[copy.movement].when.holds(at))
      make_room(copy, ranges, is_unused(in_.program, program, at), now);
  for (Copy& copy : op.at_start)
    if (program.moves[copy.movement].when.holds(at)) run_copy(copy, ranges, now, now);
  for (const Step& step : op.steps) compute(step, ranges, at, now);
}

void Values::ended(std::size_t index, const Walker& at, std::int64_t now, std::int64_t usable) {
  if (trouble_) return;
  Operation& op = operations_[index];
  if (op.at_end.empty()) return;
  const mappings::Operation& program = in_.program.operations[index];
  const RankRanges ranges = ranges_at(in_.bound, program.walk, at);
  for (Copy& copy : op.at_end)
    if (program.moves[copy.movement].when.holds(at)) run_copy(copy, ranges, now, usable);
}

void Values::run_copy(Copy& copy, const RankRanges& ranges, std::int64_t now, std::int64_t usable) {
  const auto piece = std::find_if(copy.held.begin(), copy.held.end(), [](const Copy::Piece& held) {
    return held.usable == Copy::kOnItsWay;
  });
  for (const Copy::Needed& needed : copy.needed) {
    TensorBox box = box_of(needed, ranges);
    if (copy.comes_back) copy.to->only_first_step(box);
    copy.from->bring_state(box);
    copy.to->image.copy(copy.from->image, box);
    copy.to->leave_state(box);
    // What is fetched again is there already, as long as its last piece is held.
    std::vector<TensorBox> comes = {box};
    for (const Copy::Piece& held : copy.held)
      if (held.usable != Copy::kOnItsWay) comes = left_by(comes, held);
    for (TensorBox& part : comes)
      copy.to->expect({std::move(part), usable, Place::kNobody, 0}, now);
  }
  if (piece != copy.held.end()) piece->usable = usable;
}

// What of these boxes a piece does not hold.
std::vector<TensorBox> Values::left_by(std::vector<TensorBox> boxes, const Copy::Piece& piece) {
  for (const TensorBox& held : piece.boxes) {
    std::vector<TensorBox> left;
    for (const TensorBox& box : boxes)
      for (TensorBox& part : without(box, held)) left.push_back(std::move(part));
    boxes = std::move(left);
  }
  return boxes;
}

// The piece that comes takes the room of the oldest one, or of one that nobody uses.
void Values::make_room(Copy& copy, const RankRanges& ranges, bool unused, std::int64_t now) {
  if (copy.held.size() == copy.room) {
    const std::vector<TensorBox> gone = std::move(copy.held.front().boxes);
    copy.held.pop_front();
    std::vector<TensorBox> left = gone;
    for (const Copy::Piece& other : copy.held) {
      left = left_by(left, other);
      if (other.usable == Copy::kOnItsWay || other.usable <= now) continue;
      for (const TensorBox& still : other.boxes)
        if (std::any_of(gone.begin(), gone.end(),
                        [&](const TensorBox& box) { return overlap(box, still); }))
          copy.to->expect({still, other.usable, Place::kNobody, 0}, now);
    }
    for (const TensorBox& box : left) copy.to->image.forget(box);
  }
  Copy::Piece piece;
  for (const Copy::Needed& needed : copy.needed) {
    piece.boxes.push_back(box_of(needed, ranges));
    if (!copy.comes_back) continue;
    copy.to->only_first_step(piece.boxes.back());
    copy.to->image.forget(piece.boxes.back());  // until it has arrived
  }
  copy.held.insert(unused ? copy.held.begin() : copy.held.end(), std::move(piece));
}

mappings::DependenceDelay Values::delay(std::size_t maker, const Step& reader, const Read& read) {
  const auto key = std::make_pair(maker, std::make_pair(reader.id.index(), read.index));
  const auto known = delays_.find(key);
  if (known != delays_.end()) return known->second;
  const mappings::DependenceDelay found = mappings::dependence_delay(
      in_.bound, in_.machine, in_.program.operations[maker].tile,
      in_.program.operations[reader.operation].tile, in_.bound[reader.id].reads[read.index]);
  return delays_[key] = found;
}

void Values::check_arrivals(const Step& step, const Read& read, const RankRanges& ranges,
                            std::int64_t now) {
  if (read.place->arrivals().empty()) return;
  const TensorBox box = box_of(read.access, ranges);
  for (const Place::Arrival& arrival : read.place->arrivals()) {
    if (arrival.maker == step.operation || !overlap(arrival.box, box)) continue;
    std::int64_t from = arrival.time;
    if (arrival.maker != Place::kNobody) {
      const mappings::DependenceDelay behind = delay(arrival.maker, step, read);
      from += behind.cycles - (behind.of_last ? arrival.sooner : 0);
    }
    if (from <= now || trouble_) continue;
    trouble_ = base::error(
        "E963", in_.cascade[in_.bound[step.id].einsum].span,
        fmt::format("at cycle {} {} reads {} {}, which can be used there from cycle {} on", now,
                    in_.cascade[in_.bound[step.id].einsum].name,
                    in_.cascade[in_.cascade[read.access].tensor].name, read.place->name(), from),
        "the schedule lets a value be used before it has come");
  }
}

// A sum, or the state before the first step of the visit, goes on from what lies in the memory that
// keeps it: it may have left unfinished and come back.
void Values::go_on(const Step& step, const RankRanges& ranges, const Walker& at, std::int64_t now) {
  const auto from_memory = [&](const Read& kept) {
    check_arrivals(step, kept, ranges, now);
    TensorBox box = box_of(kept.access, ranges);
    kept.place->only_first_step(box);
    kept.place->bring_state(box);
    step.result->image.copy(kept.place->image, box);
    const auto found = kept.place->image.first_poison(box);
    if (!found || trouble_) return;
    const einsum::Einsum& einsum = in_.cascade[in_.bound[step.id].einsum];
    trouble_ =
        base::error("E963", einsum.span,
                    fmt::format("at cycle {} {} goes on with {}{} {}, where it is not", now,
                                einsum.name, in_.cascade[in_.cascade[kept.access].tensor].name,
                                kept.place->image.layout().coordinates(*found), kept.place->name()),
                    "it has not come back, or is overwritten already");
  };
  if (step.split && !at.at_first(step.reduced)) from_memory({step.lhs, step.kept, 0});
  for (const Read& read : step.reads)
    if (in_.bound[step.id].reads[read.index].carried &&
        in_.cascade[read.access].tensor == in_.cascade[step.lhs].tensor)
      from_memory({read.access, step.kept, read.index});
}

void Values::compute(const Step& step, const RankRanges& ranges, const Walker& at,
                     std::int64_t now) {
  if (step.comes_back) go_on(step, ranges, at, now);
  for (const Read& read : step.reads) check_arrivals(step, read, ranges, now);
  for (const Read& read : step.reads) read.place->bring_state(box_of(read.access, ranges));
  for (const auto& [read, place] : step.hands_on)
    place->image.copy(read.place->image, box_of(read.access, ranges));
  for (const auto& [read, place] : step.shares) {
    const TensorBox box = box_of(read.access, ranges);
    if (!place->image.first_poison(box)) continue;
    check_arrivals(step, read, ranges, now);
    place->image.copy(read.place->image, box);
  }
  for (const Absorbed& absorbed : step.absorbed) {
    const TensorBox box = box_of(absorbed.access, ranges);
    absorbed.result->image.clear_presence(box);
    const auto done = evaluator_->run(
        absorbed.placed, ranges_for(in_.cascade, in_.bound.sizes, absorbed.einsum, box), false);
    if (!done && !trouble_) trouble_ = done.error().front();
  }
  const TensorBox box = box_of(step.lhs, ranges);
  if (!step.split || at.at_first(step.reduced)) step.result->image.clear_presence(box);
  const auto done = evaluator_->run(step.placed, ranges, step.split);
  if (!done && !trouble_) trouble_ = done.error().front();
  const std::int64_t sooner = in_.program.operations[step.operation].sooner_at(at);
  step.result->leave_state(box);
  step.result->expect({box, now, step.operation, sooner}, now);
  if (step.kept != nullptr) {
    step.kept->image.copy(step.result->image, box);
    step.kept->leave_state(box);
    step.kept->expect({box, now, step.operation, sooner}, now);
  }
  if (!trouble_ && (!step.split || at.at_last(step.reduced))) compare(step, box, ranges, now);
}

// Everything is compared where it is made, so that the first difference says where it comes from.
void Values::compare(const Step& step, const TensorBox& box, const RankRanges& ranges,
                     std::int64_t now) {
  const einsum::TensorId tensor = in_.cascade[step.lhs].tensor;
  const einsum::DenseTensor<double>& whole = in_.whole.at(in_.cascade[tensor].name);
  TensorAgreement& agreement = agreements_[tensor.index()];
  const Image& made = step.result->image;
  std::int64_t different = 0;
  made.each_run(box, [&](std::int64_t flat, std::int64_t length) {
    for (std::int64_t i = flat; i < flat + length; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const bool here = made.is_present(i);
      agreement.compared += here ? 1 : 0;
      if (here != whole.is_present(at) || (here && !same_bits(made.value(i), whole.values[at])))
        ++different;
    }
  });
  agreement.different += different;
  if (different > 0) find_poison(step, ranges, now);
}

bool Values::find_poison(const Step& step, const RankRanges& ranges, std::int64_t now) {
  const auto in_place = [&](einsum::AccessId access, const Place& place, const RankRanges& where) {
    const auto found = place.image.first_poison(box_of(access, where));
    if (!found) return false;
    const einsum::Einsum& einsum = in_.cascade[in_.bound[step.id].einsum];
    trouble_ = base::error("E963", einsum.span,
                           fmt::format("at cycle {} {} reads {}{} {}, where it is not", now,
                                       einsum.name, in_.cascade[in_.cascade[access].tensor].name,
                                       place.image.layout().coordinates(*found), place.name()),
                           "it was not delivered, not made yet, or is overwritten already");
    return true;
  };
  for (const Absorbed& absorbed : step.absorbed)
    for (const auto& [access, place] : absorbed.reads)
      if (in_place(access, *place,
                   ranges_for(in_.cascade, in_.bound.sizes, absorbed.einsum,
                              box_of(absorbed.access, ranges))))
        return true;
  return std::any_of(step.reads.begin(), step.reads.end(),
                     [&](const Read& read) { return in_place(read.access, *read.place, ranges); });
}

einsum::DenseTensor<double> Values::stored(einsum::TensorId tensor) const {
  const auto& whole = in_.whole.at(in_.cascade[tensor].name);
  einsum::DenseTensor<double> out{whole.shape, {}, {}};
  const auto found = places_.find("outermost/" + in_.cascade[tensor].name);
  for (std::size_t i = 0; i < whole.values.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const bool known = found != places_.end();
    out.values.push_back(known ? found->second->image.value(at) : poison());
    if (!whole.present.empty())
      out.present.push_back(known && found->second->image.is_present(at) ? 1 : 0);
  }
  return out;
}

}  // namespace einfall::sim
