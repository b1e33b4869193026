#include "sim/dma/dram_pins.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

DramPins::DramPins(const DramPinsSpec& spec, Dram& dram, std::span<const float> words,
                   std::int64_t more, std::size_t engines)
    : spec_(spec),
      dram_(dram),
      rows_(spec.row_words, words, more, engines),
      waiting_(engines),
      passed_(engines, 0) {
  EINFALL_ENSURE(spec.cycle > 0 && spec.row_bytes > 0 && spec.first >= 0, "rows of a DRAM");
}

void DramPins::request(std::size_t engine, PinRow row) {
  EINFALL_ENSURE(room(engine) > 0, "a row of a memory that takes none");
  waiting_[engine] = std::move(row);
}

void DramPins::tick() {
  std::optional<std::size_t> first;
  for (std::size_t e = 0; e < waiting_.size(); ++e)
    if (waiting_[e] && (!first || waiting_[e]->order < waiting_[*first]->order)) first = e;
  if (first && open()) access(*first);
  rows_.tick();
}

void DramPins::access(std::size_t engine) {
  PinRow row = std::move(*waiting_[engine]);
  waiting_[engine].reset();
  const bool write = row.write;
  const DramCompletion completion =
      dram_.access({spec_.first + row.row * spec_.row_bytes, base::Bytes(spec_.row_bytes), write,
                    rows_.cycle() * spec_.cycle});
  accepted_ = completion.accepted;
  passed_[engine] = std::max(passed_[engine], completion.last - dram_.latency(write));
  rows_.passed(engine, std::move(row), (completion.last + spec_.cycle - 1) / spec_.cycle);
}

}  // namespace einfall::sim
