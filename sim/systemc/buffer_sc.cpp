#include "sim/systemc/buffer_sc.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace einfall::sim {

BufferSc::BufferSc(const sc_core::sc_module_name& name, const BufferSpec& spec)
    : Clocked(name), core_(spec) {
  EINFALL_ENSURE(spec.latency >= 1, "a module's outputs know earlier cycles only");
  for (int r = 0; r < spec.requesters; ++r) {
    depend_on(requests.emplace_back(fmt::format("request{}", r)));
    rows.emplace_back(fmt::format("rows{}", r).c_str());
  }
}

std::vector<std::vector<RowRequest>> BufferSc::offers() const {
  std::vector<std::vector<RowRequest>> offers;
  for (const auto& request : requests) offers.push_back(request.offered());
  return offers;
}

void BufferSc::settle() {
  const std::vector<int> granted = core_.preview(offers());
  std::vector<Beat<RowArrival>> arriving(rows.size());
  for (const RowArrival* arrival : core_.arriving())
    arriving[static_cast<std::size_t>(arrival->requester)].items.push_back(*arrival);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    requests[r].accept(granted[r]);
    rows[r].write(arriving[r]);
  }
}

void BufferSc::step() { core_.tick(offers()); }

}  // namespace einfall::sim
