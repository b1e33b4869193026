#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "gpu_ref/records/append.hpp"

namespace einfall::gpu_ref::measure {

/// The exit code of a process that another one is to go on after (EX_TEMPFAIL of sysexits.h).
inline constexpr int kAgainCode = 75;

/// A kernel that hangs cannot be stopped from within; the process can. Ends it with kAgainCode when
/// a step takes longer than its time, after a last line in the record, so that the next process
/// leaves the step out.
class Watchdog {
 public:
  Watchdog(records::Appender& record, double seconds);
  Watchdog(const Watchdog&) = delete;
  ~Watchdog();

  /// A step begins; `line` is written if it does not end in time.
  void begin(std::string line);
  void end();

 private:
  void watch();

  records::Appender& record_;
  double seconds_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string line_;
  std::uint64_t step_ = 0;  // odd while a step is under way
  bool done_ = false;
  std::thread thread_;
};

}  // namespace einfall::gpu_ref::measure
