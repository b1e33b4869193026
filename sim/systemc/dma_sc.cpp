#include "sim/systemc/dma_sc.hpp"

namespace einfall::sim {

DmaSc::DmaSc(const sc_core::sc_module_name& name, const DmaSpec& spec)
    : Clocked(name), core_(spec) {
  depend_on(descriptors);
  depend_on(rows);
  sensitive << released << idle;
}

void DmaSc::settle() {
  const bool ready = idle.read() && core_.ready(newly_released());
  descriptors.accept(ready ? 1 : 0);
  const bool taken = ready && descriptors.valid.read() > 0;
  const Descriptor wanted = core_.wanted(taken ? &descriptors.offered().front() : nullptr);
  std::vector<std::int64_t> asked;
  for (std::int64_t n = 0; n < wanted.rows; ++n) asked.push_back(wanted.from + n);
  asks.offer(std::move(asked));
  rows.accept(rows.valid.read());  // they were asked for, so that they have places
  writes.offer(core_.offers(rows.offered()));
  completed.write(core_.completed());
}

void DmaSc::step() {
  for (int n = newly_released(); n > 0; --n) core_.release();
  seen_ = released.read();
  if (descriptors.moves() > 0) core_.take(descriptors.offered().front());
  for (const std::vector<float>& row : rows.offered()) core_.arrive(row);
  // The pins themselves say when they have passed what was asked for.
  core_.asked(asks.moves(), 0);
  core_.tick(writes.moves());
}

}  // namespace einfall::sim
