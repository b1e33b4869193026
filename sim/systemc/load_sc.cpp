#include "sim/systemc/load_sc.hpp"

namespace einfall::sim {

LoadSc::LoadSc(const sc_core::sc_module_name& name, const LoadEngineSpec& spec)
    : Clocked(name), core_(spec) {
  depend_on(descriptors);
  depend_on(rows);
  sensitive << released << idle;
}

void LoadSc::settle() {
  const bool ready = idle.read() && core_.ready(newly_released());
  descriptors.accept(ready ? 1 : 0);
  const bool taken = ready && descriptors.valid.read() > 0;
  asks.offer(core_.wanted(taken ? &descriptors.offered().front() : nullptr));
  rows.accept(rows.valid.read());  // they were asked for, so that they have places
  writes.offer(core_.offers(rows.offered()));
  completed.write(core_.completed());
}

void LoadSc::step() {
  for (int n = newly_released(); n > 0; --n) core_.release();
  seen_ = released.read();
  if (descriptors.moves() > 0) core_.take(descriptors.offered().front());
  for (const std::vector<float>& row : rows.offered()) core_.arrive(row);
  core_.asked(asks.moves());
  core_.tick(writes.moves());
}

}  // namespace einfall::sim
