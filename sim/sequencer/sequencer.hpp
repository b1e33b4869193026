#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/sequencer/visits.hpp"

namespace einfall::sim {

/// What sequencers tell each other, stepped: counters of tokens, and who has come to a barrier.
class TokenBoard {
 public:
  /// `initial`: tokens that are there from the beginning. `taking_part`: sequencers, by barrier.
  TokenBoard(std::vector<std::int64_t> initial, std::vector<std::size_t> taking_part);

  /// A token that counts `delay` cycles from now on.
  void give(std::size_t token, std::int64_t delay);
  /// Takes one, if one counts now (valid).
  bool take(std::size_t token);
  /// Comes to a barrier; the generation that has to pass before it may go on.
  std::int64_t arrive(std::size_t barrier);
  [[nodiscard]] bool passed(std::size_t barrier, std::int64_t generation) const {
    return barriers_[barrier].generation > generation;
  }
  /// To the next cycle.
  void tick();
  /// Tokens that do not count yet.
  [[nodiscard]] bool coming() const;

 private:
  struct Token {
    std::int64_t ready = 0;
    std::vector<std::int64_t> coming;  // cycles until they count
  };
  struct Barrier {
    std::size_t taking_part = 0, arrived = 0;
    std::int64_t generation = 0;
  };
  std::vector<Token> tokens_;
  std::vector<Barrier> barriers_;
};

/// Issues the visits of a unit in their order, stepped: takes the tokens of the next one as they
/// come, starts it in the cycle in which it has all of them and the one before is over (at most one
/// a cycle), and gives tokens at its start and its end.
class Sequencer {
 public:
  /// The visits must outlive it. Precondition: issue >= 1 where there is no barrier.
  explicit Sequencer(std::span<const Visit> visits) : visits_(visits) {}

  /// What can be done in this cycle; whether anything was. To be repeated, over all sequencers of a
  /// board, until no one does anything more: a token may count in the cycle in which it is given.
  bool step(TokenBoard& board);
  /// To the next cycle.
  void tick() { ++cycle_; }

  [[nodiscard]] bool done() const { return next_ == visits_.size() && !busy_; }
  [[nodiscard]] bool busy() const { return busy_; }
  struct Issued {
    std::size_t operation = 0;
    std::int64_t start = 0, end = 0;
    bool operator==(const Issued&) const = default;
  };
  /// All that were started, barriers left out.
  [[nodiscard]] const std::vector<Issued>& issued() const { return issued_; }

 private:
  void start(TokenBoard& board);
  void finish(TokenBoard& board);

  std::span<const Visit> visits_;
  std::int64_t cycle_ = 0;
  std::size_t next_ = 0;                    // into visits_
  std::size_t taken_ = 0;                   // tokens of that
  bool busy_ = false;                       // with the visit before
  std::optional<std::int64_t> generation_;  // of the barrier that it is at
  std::vector<Issued> issued_;
};

/// Steps all until they are done; false if they never will be, as each waits for another.
bool run_sequencers(std::vector<Sequencer>& sequencers, TokenBoard& board);

}  // namespace einfall::sim
