#include "sim/sequencer/sequencer.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

TokenBoard::TokenBoard(std::vector<std::int64_t> initial, std::vector<std::size_t> taking_part) {
  for (const std::int64_t count : initial) tokens_.push_back({count, {}});
  for (const std::size_t count : taking_part) barriers_.push_back({count, 0, 0});
}

void TokenBoard::give(std::size_t token, std::int64_t delay) {
  if (delay <= 0)
    ++tokens_[token].ready;
  else
    tokens_[token].coming.push_back(delay);
}

bool TokenBoard::take(std::size_t token) {
  if (tokens_[token].ready == 0) return false;
  --tokens_[token].ready;
  return true;
}

std::int64_t TokenBoard::arrive(std::size_t barrier) {
  Barrier& b = barriers_[barrier];
  const std::int64_t generation = b.generation;
  if (++b.arrived == b.taking_part) {
    b.arrived = 0;
    ++b.generation;
  }
  return generation;
}

void TokenBoard::tick() {
  for (Token& token : tokens_) {
    for (std::int64_t& left : token.coming) --left;
    const auto here = std::remove(token.coming.begin(), token.coming.end(), std::int64_t{0});
    token.ready += token.coming.end() - here;
    token.coming.erase(here, token.coming.end());
  }
}

bool TokenBoard::coming() const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [](const Token& token) { return !token.coming.empty(); });
}

bool Sequencer::step(TokenBoard& board) {
  bool any = false;
  if (busy_ && issued_.back().end == cycle_) {
    finish(board);
    any = true;
  }
  if (busy_ || next_ == visits_.size()) return any;
  const Visit& visit = visits_[next_];
  if (generation_) {
    if (!board.passed(*visit.barrier, *generation_)) return any;
    generation_.reset();
    for (const Visit::Give& give : visit.gives) board.give(give.token, 0);
    ++next_;
    taken_ = 0;
    return true;
  }
  for (; taken_ < visit.takes.size(); ++taken_) {
    if (!board.take(visit.takes[taken_])) return any;
    any = true;
  }
  if (visit.barrier)
    generation_ = board.arrive(*visit.barrier);
  else
    start(board);
  return true;
}

void Sequencer::start(TokenBoard& board) {
  const Visit& visit = visits_[next_++];
  EINFALL_ENSURE(visit.issue >= 1, "an instruction takes a cycle");
  taken_ = 0;
  busy_ = true;
  issued_.push_back({visit.operation, cycle_, cycle_ + visit.issue});
  for (const Visit::Give& give : visit.gives)
    if (!give.at_end) board.give(give.token, give.delay);
}

void Sequencer::finish(TokenBoard& board) {
  busy_ = false;
  for (const Visit::Give& give : visits_[next_ - 1].gives)
    if (give.at_end) board.give(give.token, 0);
}

bool run_sequencers(std::vector<Sequencer>& sequencers, TokenBoard& board) {
  const auto all_done = [&] {
    return std::all_of(sequencers.begin(), sequencers.end(),
                       [](const Sequencer& s) { return s.done(); });
  };
  while (!all_done()) {
    for (bool any = true; any;) {
      any = false;
      for (Sequencer& sequencer : sequencers) any = sequencer.step(board) || any;
    }
    const bool pending = board.coming() || std::any_of(sequencers.begin(), sequencers.end(),
                                                       [](const Sequencer& s) { return s.busy(); });
    if (!pending) return all_done();
    board.tick();
    for (Sequencer& sequencer : sequencers) sequencer.tick();
  }
  return true;
}

}  // namespace einfall::sim
