#include "sim/systemc/store_sc.hpp"

namespace einfall::sim {

StoreSc::StoreSc(const sc_core::sc_module_name& name, const StoreEngineSpec& spec)
    : Clocked(name), core_(spec) {
  depend_on(descriptors);
  sensitive << rows << idle << stored;
}

std::vector<std::vector<float>> StoreSc::brought() const {
  std::vector<std::vector<float>> words;
  for (const RowArrival& arrival : rows.read().items) words.push_back(arrival.words);
  return words;
}

void StoreSc::settle() {
  descriptors.accept(core_.ready() ? 1 : 0);
  const bool taken = core_.ready() && descriptors.valid.read() > 0;
  reads.offer(core_.reads(taken ? &descriptors.offered().front() : nullptr));
  asks.offer(core_.wanted(idle.read(), brought()));
  completed.write(core_.completed(stored.read()));
}

void StoreSc::step() {
  if (descriptors.moves() > 0) core_.take(descriptors.offered().front());
  core_.read(reads.moves());
  for (std::vector<float>& words : brought()) core_.arrive(std::move(words));
  core_.asked(asks.moves());
}

}  // namespace einfall::sim
