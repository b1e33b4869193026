#include "sim/systemc/stream_sc.hpp"

namespace einfall::sim {

ReaderSc::ReaderSc(const sc_core::sc_module_name& name, const RowReaderSpec& spec,
                   const std::vector<Fetch>& order)
    : Clocked(name), core_(spec, order) {
  sensitive << counted;
}

void ReaderSc::settle() {
  const Fetch* wanted = core_.wanted(counted.read());
  std::vector<RowRequest> request;
  if (wanted != nullptr) request.push_back({false, wanted->row});
  requests.offer(std::move(request));
  const auto offered = core_.offered();
  words.offer({offered.begin(), offered.end()});
  released.write(core_.released());
}

void ReaderSc::step() {
  core_.give(words.moves());
  if (requests.moves() > 0) core_.asked();
  for (const RowArrival& arrival : rows.read().items) core_.arrive(arrival.words);
  core_.tick();
}

void WriterSc::settle() {
  const RowRequest* offered = core_.offered();
  requests.offer(offered == nullptr ? std::vector<RowRequest>{} : std::vector{*offered});
  written.write(core_.written());
}

}  // namespace einfall::sim
