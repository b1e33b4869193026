#include "sim/systemc/memory_sc.hpp"

namespace einfall::sim {

MemorySc::MemorySc(const sc_core::sc_module_name& name, const ChannelSpec& spec,
                   std::span<const float> words)
    : Clocked(name), core_(spec, words) {}

void MemorySc::settle() {
  asked.accept(core_.room());
  rows.offer(core_.there());
  idle.write(core_.idle());
}

void MemorySc::step() {
  for (int n = 0; n < asked.moves(); ++n)
    core_.request(asked.offered()[static_cast<std::size_t>(n)]);
  for (int n = 0; n < rows.moves(); ++n) core_.take();
  core_.tick();
}

}  // namespace einfall::sim
