#include "sim/systemc/link_sc.hpp"

namespace einfall::sim {

LinkSc::LinkSc(const sc_core::sc_module_name& name, const LinkSpec& spec)
    : Clocked(name), core_(spec) {
  if (spec.latency == 0) depend_on(in);  // a wire
}

void LinkSc::settle() {
  in.accept(core_.ready());
  std::vector<float> words = core_.there();
  if (core_.spec().latency == 0) {
    const int through = std::min(core_.ready(), in.valid.read());
    const auto room = static_cast<std::size_t>(core_.spec().width) - words.size();
    const auto more = std::min(room, static_cast<std::size_t>(through));
    const auto first = in.offered().begin();
    words.insert(words.end(), first, first + static_cast<std::ptrdiff_t>(more));
  }
  out.offer(std::move(words));
}

void LinkSc::step() {
  for (int n = 0; n < in.moves(); ++n) core_.push(in.offered()[static_cast<std::size_t>(n)]);
  for (int n = 0; n < out.moves(); ++n) core_.pop();
  core_.tick();
}

}  // namespace einfall::sim
