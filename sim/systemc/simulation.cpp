#include "sim/systemc/simulation.hpp"

#include "base/ensure.hpp"

namespace einfall::sim {

// The kernel is not made to be elaborated twice, but all that it knows is in its context, and which
// one is current is public.
Simulation::Simulation()
    : context_(new sc_core::sc_simcontext), outer_(sc_core::sc_curr_simcontext) {
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context_.get();
  using Handler = sc_core::sc_report_handler;
  outer_warning_ = Handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
  outer_info_ = Handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  const auto period = sc_core::sc_time::from_value(kPeriod);
  clock_ = std::make_unique<sc_core::sc_clock>("clk", period, 0.5, period);
}

Simulation::~Simulation() {
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context_.get();
  if (trace_ != nullptr) sc_core::sc_close_vcd_trace_file(trace_);
  clock_.reset();
  context_.reset();
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = outer_;
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, outer_warning_);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, outer_info_);
}

void Simulation::settle() { advance_to(static_cast<std::uint64_t>(cycle_) * kPeriod + kSettled); }

void Simulation::finish() {
  ++cycle_;
  advance_to(static_cast<std::uint64_t>(cycle_) * kPeriod + kDriven);
}

void Simulation::advance_to(std::uint64_t time) {
  EINFALL_ENSURE(time >= time_, "a cycle comes to rest once");
  if (time == time_) return;
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context_.get();
  try {
    sc_core::sc_start(sc_core::sc_time::from_value(time - time_));
  } catch (const sc_core::sc_report& report) {
    EINFALL_ENSURE(false, report.what());
  }
  time_ = time;
}

sc_core::sc_trace_file& Simulation::trace_to(const std::string& path) {
  static constexpr std::string_view kEnding = ".vcd";  // which the kernel puts behind the name
  EINFALL_ENSURE(path.size() > kEnding.size() && trace_ == nullptr, "name of a trace");
  trace_ = sc_core::sc_create_vcd_trace_file(path.substr(0, path.size() - kEnding.size()).c_str());
  trace_->set_time_unit(1, sc_core::SC_PS);
  sc_core::sc_trace(trace_, *clock_, "clk");
  return *trace_;
}

}  // namespace einfall::sim
