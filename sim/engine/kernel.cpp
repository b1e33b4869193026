#include "sim/engine/kernel.hpp"

#include <memory>
#include <systemc>
#include <vector>

namespace einfall::sim {
namespace {

// The kernel's side of an execution: a process for each engine, which an event of its own resumes.
class Driver {
 public:
  Driver(Execution& execution, std::size_t engines, const Progress& progress, const Enough& enough)
      : execution_(execution), progress_(progress), enough_(enough), offset_(-now_in_kernel()) {
    for (std::size_t e = 0; e < engines; ++e)
      wakes_.push_back(std::make_unique<sc_core::sc_event>());
    for (std::size_t e = 0; e < engines; ++e) {
      sc_core::sc_spawn_options options;
      options.spawn_method();
      options.set_sensitivity(wakes_[e].get());
      processes_.push_back(sc_core::sc_spawn([this, e] { step(e); },
                                             sc_core::sc_gen_unique_name("engine"), &options));
    }
  }
  ~Driver() {
    for (sc_core::sc_process_handle& process : processes_) process.kill();
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

 private:
  static std::int64_t now_in_kernel() {
    return static_cast<std::int64_t>(sc_core::sc_time_stamp().value());
  }

  void step(std::size_t engine) {
    const std::int64_t now = now_in_kernel() + offset_;
    const Wake wake = execution_.resume(engine, now);
    offset_ += execution_.skipped();
    if (++steps_ % kStepsBetween == 0 && progress_) progress_(now + execution_.skipped());
    if (enough_ && enough_()) return sc_core::sc_pause();
    for (const std::size_t other : execution_.woken()) wakes_[other]->notify(sc_core::SC_ZERO_TIME);
    if (wake.at == Wake::kNever) return;
    const std::int64_t delay = wake.at - (now + execution_.skipped());
    wakes_[engine]->notify(sc_core::sc_time::from_value(static_cast<std::uint64_t>(delay)));
  }

  static constexpr std::int64_t kStepsBetween = 4096;
  Execution& execution_;
  const Progress& progress_;
  const Enough& enough_;
  std::int64_t steps_ = 0;
  std::int64_t offset_ = 0;
  std::vector<std::unique_ptr<sc_core::sc_event>> wakes_;
  std::vector<sc_core::sc_process_handle> processes_;
};

}  // namespace

bool run(Execution& execution, std::size_t engines, const Progress& progress,
         const Enough& enough) {
  Driver driver(execution, engines, progress, enough);
  sc_core::sc_start();
  if (!execution.finished()) return false;
  execution.close();
  return true;
}

}  // namespace einfall::sim
