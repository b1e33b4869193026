#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mappings/schedule/timetable.hpp"

namespace einfall::mappings {

/// The epochs of one run in the order in which they begin: all of them, or those a mask leaves. An
/// epoch has its number through the full loops, and its position among those that are issued.
class EpochOrder {
 public:
  /// `run`: nullptr if no epoch is left out.
  EpochOrder(const Timetable& timetable, const TimetableRun* run);

  [[nodiscard]] bool masked() const { return masked_; }
  [[nodiscard]] std::int64_t count() const { return count_; }
  /// Precondition: 0 <= position < count().
  [[nodiscard]] std::int64_t epoch_at(std::int64_t position) const;
  /// Of the first epoch from this number on; count() if there is none.
  [[nodiscard]] std::int64_t position_from(std::int64_t epoch) const;
  /// Of the epoch that is `distance` numbers earlier; nullopt if there is none.
  [[nodiscard]] std::optional<std::int64_t> position_before(std::int64_t position,
                                                            std::int64_t distance) const;

  /// Which iteration of a loop an epoch begins, counted from the first of a stretch of iterations
  /// that are issued whole (negative before), and how many such there are.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> iteration(std::int64_t position,
                                                                std::int64_t inner,
                                                                std::int64_t trips) const;
  /// Whether iterations of `inner` epochs between these numbers may repeat each other: no tail of
  /// an outer loop follows one of them, and no slice of an outer loop is touched piece by piece
  /// where some are left out.
  [[nodiscard]] bool alike(std::int64_t first, std::int64_t end, std::int64_t inner) const;

  /// Visits of a tail right behind an epoch, or pieces of a store (those behind the tails). Without
  /// a mask the last `visits` epochs of each of its periods have one each; with one, the last
  /// issued epoch of every residue of `visits`.
  [[nodiscard]] std::int64_t visits_behind(std::size_t tail, std::int64_t epoch) const;

 private:
  struct Rhythm {
    std::int64_t period = 1, visits = 1;
    std::int64_t there = 1;  // visits of this run, fewer where a rank ends
  };
  struct Behind {
    std::int64_t epoch = 0, visits = 0;
  };
  std::vector<Behind> place_visits(const Rhythm& tail) const;
  void place_period(const Rhythm& tail, std::int64_t from, std::int64_t to,
                    std::vector<Behind>& out) const;
  [[nodiscard]] std::size_t range_of(std::int64_t position) const;

  const Timetable& t_;
  bool masked_ = false;
  std::int64_t count_ = 0;
  std::vector<TimetableRun::Range> ranges_;
  std::vector<std::int64_t> before_;         // by range: epochs issued before it
  std::vector<Rhythm> rhythms_;              // by tail, then by store
  std::vector<std::vector<Behind>> behind_;  // masked: the same, by epoch
  mutable std::size_t recent_ = 0;           // the range found last
};

}  // namespace einfall::mappings
