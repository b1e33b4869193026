#include "sim/engine/pin_queue.hpp"

#include <algorithm>

namespace einfall::sim {

using mappings::Wide;

PinQueue::Time PinQueue::duration(Wide bytes) const {
  std::int64_t ticks = 0;
  // Nearly always it fits 64 bits, which divide much faster.
  if (bytes < Wide{1} << 62 &&
      !__builtin_mul_overflow(static_cast<std::int64_t>(bytes), rate_.per_byte, &ticks))
    return {ticks / rate_.per_cycle, ticks % rate_.per_cycle};
  const Wide all = bytes * rate_.per_byte;
  return {static_cast<std::int64_t>(all / rate_.per_cycle),
          static_cast<std::int64_t>(all % rate_.per_cycle)};
}

PinQueue::Time PinQueue::sum(const Time& a, const Time& b) const {
  const std::int64_t room = rate_.per_cycle - b.ticks;
  if (a.ticks < room) return {a.cycle + b.cycle, a.ticks + b.ticks};
  return {a.cycle + b.cycle + 1, a.ticks - room};
}

double PinQueue::cycles(const Time& time) const {
  return static_cast<double>(time.cycle) +
         static_cast<double>(time.ticks) / static_cast<double>(rate_.per_cycle);
}

std::int64_t PinQueue::ask(std::size_t engine, std::size_t transfer, Wide bytes, std::int64_t now) {
  delays_.clear();
  const auto past = std::find_if(pieces_.begin(), pieces_.end(),
                                 [&](const Piece& piece) { return piece.end.whole() >= now; });
  pieces_.erase(pieces_.begin(), past);
  // What passes in this cycle is through.
  std::size_t through = 0;
  while (through < pieces_.size() && pieces_[through].end.whole() == now) ++through;
  std::size_t place = pieces_.size();
  while (place > through && before_(transfer, pieces_[place - 1].transfer)) --place;
  const Time takes = duration(bytes);
  Time begin{now, 0};
  if (place > through)
    begin = pieces_[place - 1].end;
  else
    play_.together = false;
  const Time end = sum(begin, takes);
  limit_play(end);
  for (std::size_t i = place; i < pieces_.size(); ++i) {
    Piece& piece = pieces_[i];
    const std::int64_t before = piece.end.whole();
    // Only the first can have begun.
    if (keeps_spans_ && piece.begin.cycle < now)
      piece.spans.emplace_back(cycles(piece.begin), static_cast<double>(now));
    piece.begin = i == place ? end : pieces_[i - 1].end;
    piece.end = sum(piece.end, takes);
    limit_play(piece.end);
    if (piece.end.whole() > before) delays_.push_back({piece.engine, piece.end.whole() - before});
  }
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(place),
                 {engine, transfer, begin, end, {}});
  return end.whole();
}

void PinQueue::append_state(std::int64_t now, std::vector<Wide>& state, bool with_tick) const {
  const std::int64_t first = with_tick ? rate_.per_cycle : tick(now);
  for (const Piece& piece : pieces_) {
    if (piece.end.whole() <= now) continue;
    state.push_back(static_cast<Wide>(piece.transfer));
    state.push_back(Wide{piece.end.whole() - now} * rate_.per_cycle + tick_of(piece.end) - first);
  }
  state.push_back(-1);
}

std::int64_t PinQueue::tick(std::int64_t now) const {
  for (const Piece& piece : pieces_)
    if (piece.end.whole() > now) return tick_of(piece.end);
  return 0;
}

void PinQueue::limit_play(const Time& end) {
  play_.sooner = std::min(play_.sooner, tick_of(end) - 1);
  play_.later = std::min(play_.later, rate_.per_cycle - tick_of(end));
}

std::int64_t PinQueue::watch_play(std::int64_t now) {
  play_ = {rate_.per_cycle, rate_.per_cycle, tick(now) > 0, play_.watch + 1};
  for (const Piece& piece : pieces_)
    if (piece.end.whole() > now) limit_play(piece.end);
  return play_.watch;
}

void PinQueue::move(std::int64_t now, std::int64_t ticks) {
  for (Piece& piece : pieces_) {
    if (piece.end.whole() <= now) continue;
    const std::int64_t tick = tick_of(piece.end) + ticks;
    piece.end =
        tick == rate_.per_cycle ? Time{piece.end.whole(), 0} : Time{piece.end.whole() - 1, tick};
  }
}

void PinQueue::shift(std::int64_t cycles) {
  for (Piece& piece : pieces_) {
    piece.begin.cycle += cycles;
    piece.end.cycle += cycles;
    for (auto& [from, to] : piece.spans) {
      from += static_cast<double>(cycles);
      to += static_cast<double>(cycles);
    }
  }
}

PinQueue::Spans PinQueue::spans(std::size_t engine) const {
  const auto piece = std::find_if(pieces_.rbegin(), pieces_.rend(),
                                  [&](const Piece& each) { return each.engine == engine; });
  if (piece == pieces_.rend()) return {};
  Spans all = piece->spans;
  all.emplace_back(cycles(piece->begin), cycles(piece->end));
  return all;
}

}  // namespace einfall::sim
