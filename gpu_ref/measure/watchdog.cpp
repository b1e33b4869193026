#include "gpu_ref/measure/watchdog.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace einfall::gpu_ref::measure {

Watchdog::Watchdog(records::Appender& record, double seconds)
    : record_(record), seconds_(seconds), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::begin(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    line_ = std::move(line);
    ++step_;
  }
  changed_.notify_all();
}
void Watchdog::end() {
  {
    const std::lock_guard lock(mutex_);
    ++step_;
  }
  changed_.notify_all();
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!done_) {
    const std::uint64_t step = step_;
    const auto moved = [&] { return done_ || step_ != step; };
    if (step % 2 == 0) {
      changed_.wait(lock, moved);
      continue;
    }
    if (changed_.wait_for(lock, std::chrono::duration<double>(seconds_), moved)) continue;
    record_.add(line_);
    std::fprintf(stderr, "a step takes longer than %g s: given up, and recorded\n", seconds_);
    std::_Exit(kAgainCode);
  }
}

}  // namespace einfall::gpu_ref::measure
