#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace einfall::explore {

/// A line that tells whoever waits how far a run has come; nothing for short runs.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPatience{2000};  // before the first line
  static constexpr std::chrono::milliseconds kPause{250};      // between two

  /// `put` writes text to a terminal at once.
  ProgressLine(std::function<void(const std::string&)> put, Clock::time_point began)
      : put_(std::move(put)), next_(began + kPatience) {}

  /// `share` of the words that the run moves have been moved.
  void show(std::int64_t cycles, double share, Clock::time_point now);
  /// Takes the line away.
  void clear();

 private:
  std::function<void(const std::string&)> put_;
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace einfall::explore
