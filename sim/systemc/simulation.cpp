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
  clock_ = std::make_unique<sc_core::sc_signal<bool>>("clk");
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

// The clock is driven from here: an sc_clock would always have its next edge waiting in the kernel,
// which is lost memory when a kernel ends.
void Simulation::settle() {
  EINFALL_ENSURE(!at_rest_, "a cycle comes to rest once");
  clock_->write(false);
  advance();
  at_rest_ = true;
}

void Simulation::finish() {
  if (!at_rest_) settle();
  clock_->write(true);
  advance();
  at_rest_ = false;
  ++cycle_;
}

void Simulation::advance() {
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context_.get();
  try {
    sc_core::sc_start(sc_core::sc_time::from_value(1));
  } catch (const sc_core::sc_report& report) {
    EINFALL_ENSURE(false, report.what());
  }
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
