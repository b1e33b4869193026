#include "explore/progress.hpp"

#include <fmt/format.h>

namespace einfall::explore {

void ProgressLine::show(std::int64_t cycles, double share, Clock::time_point now) {
  if (now < next_) return;
  next_ = now + kPause;
  shown_ = true;
  // From the beginning of the line, and nothing behind it.
  put_(fmt::format("\r{} cycles simulated, {:.1f} % of the work\x1b[K", cycles, 100 * share));
}

void ProgressLine::clear() {
  if (shown_) put_("\r\x1b[K");
  shown_ = false;
}

}  // namespace einfall::explore
