#include "mappings/model/port_groups.hpp"

namespace einfall::mappings {

PortGroups::PortGroups(const arch::Machine& machine, const ModelOptions& options)
    : machine_(machine), groups_(machine.memories.size()) {
  if (options.unlimited_ports) return;
  for (std::size_t m = 0; m < machine.memories.size(); ++m) {
    const arch::Memory& memory = machine.memories[m];
    const std::int64_t all = memory.read_ports + memory.write_ports + memory.shared_ports;
    if (all == 0 || memory.row.value() == 0) continue;
    const auto add = [&](std::int64_t ports) {
      rates_.push_back(ports);
      return rates_.size() - 1;
    };
    const std::int64_t reads = memory.read_ports + memory.shared_ports;
    const std::int64_t writes = memory.write_ports + memory.shared_ports;
    if (reads < all) groups_[m].reading.push_back(add(reads));
    if (writes < all) groups_[m].writing.push_back(add(writes));
    groups_[m].reading.push_back(add(all));
    groups_[m].writing.push_back(rates_.size() - 1);
  }
}

const std::vector<std::size_t>& PortGroups::of(const Flow& flow, bool reading) const {
  const Place place = reading ? flow.from : flow.to;
  if (!place.memory) return none_;
  return reading ? groups_[place.index].reading : groups_[place.index].writing;
}

Exact PortGroups::rows(const Flow& flow, bool reading) const {
  const Place place = reading ? flow.from : flow.to;
  return (reading ? words_read(flow) : words_written(flow)) * Exact(flow.bits, 8) /
         Exact(machine_.memories[place.index].row.value());
}

}  // namespace einfall::mappings
