#include "sim/buffer/buffer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {

std::string text(const BufferFault& fault) {
  return fmt::format("cycle {}, requester {}: row {} {}", fault.cycle, fault.requester, fault.row,
                     fault.kind == BufferFault::Kind::kOutside
                         ? "lies outside of the buffer"
                         : "is read, but nothing was written to it");
}

Buffer::Buffer(const BufferSpec& spec)
    : spec_(spec),
      taken_(static_cast<std::size_t>(spec.requesters), 0),
      written_(static_cast<std::size_t>(spec.rows), false),
      words_(static_cast<std::size_t>(spec.rows) * static_cast<std::size_t>(spec.row_words)) {
  EINFALL_ENSURE(spec.rows >= 1 && spec.banks >= 1 && spec.requesters >= 1 && spec.latency >= 0,
                 "size of a buffer");
  EINFALL_ENSURE(spec.read_ports + spec.write_ports + spec.shared_ports >= 1, "ports of a buffer");
}

void Buffer::preload(std::int64_t row, std::vector<float> words) {
  EINFALL_ENSURE(row >= 0 && row < spec_.rows, "row of a buffer");
  EINFALL_ENSURE(words.size() == static_cast<std::size_t>(spec_.row_words), "words of a row");
  std::copy(words.begin(), words.end(), words_.begin() + row * spec_.row_words);
  written_[static_cast<std::size_t>(row)] = true;
}

std::span<const float> Buffer::words(std::int64_t row) const {
  EINFALL_ENSURE(written(row), "a row that nothing was written to");
  return std::span(words_).subspan(static_cast<std::size_t>(row * spec_.row_words),
                                   static_cast<std::size_t>(spec_.row_words));
}

std::vector<int> Buffer::preview(std::span<const std::vector<RowRequest>> offers) const {
  return fault_ ? std::vector<int>(taken_.size(), 0) : arbitrate(offers).taken;
}

std::vector<const RowArrival*> Buffer::arriving() const {
  std::vector<const RowArrival*> rows;
  for (const Reading& reading : reading_)
    if (reading.at == cycle_) rows.push_back(&reading.arrival);
  return rows;
}

void Buffer::tick(std::span<const std::vector<RowRequest>> offers) {
  EINFALL_ENSURE(offers.size() == taken_.size(), "one offer for each requester");
  std::fill(taken_.begin(), taken_.end(), 0);
  arrivals_.clear();
  if (fault_) return;
  const Cycle cycle = arbitrate(offers);
  taken_ = cycle.taken;
  first_ = cycle.first;
  counters_.waited_for_port += cycle.waited_for_port;
  counters_.waited_for_bank += cycle.waited_for_bank;
  writing_.clear();
  for (const auto& [requester, request] : cycle.order) {
    move(requester, *request);
    if (fault_) return;
  }
  for (const RowRequest* request : writing_) preload(request->row, request->words);
  while (!reading_.empty() && reading_.front().at == cycle_) {
    arrivals_.push_back(std::move(reading_.front().arrival));
    reading_.pop_front();
  }
  ++cycle_;
}

Buffer::Cycle Buffer::arbitrate(std::span<const std::vector<RowRequest>> offers) const {
  Cycle cycle;
  cycle.reads = spec_.read_ports;
  cycle.writes = spec_.write_ports;
  cycle.shared = spec_.shared_ports;
  cycle.bank_used.assign(static_cast<std::size_t>(spec_.banks), false);
  cycle.taken.assign(offers.size(), 0);
  cycle.first = first_;
  std::vector<bool> stopped(offers.size(), false);
  for (bool any = true; any;) {
    any = false;
    for (int i = 0; i < spec_.requesters; ++i) {
      const int r = (first_ + i) % spec_.requesters;
      const auto next = static_cast<std::size_t>(cycle.taken[r]);
      if (stopped[r] || next == offers[r].size()) continue;
      const Answer answer = grant(offers[r][next], cycle);
      cycle.waited_for_port += answer == Answer::kNoPort;
      cycle.waited_for_bank += answer == Answer::kBankInUse;
      stopped[r] = answer != Answer::kTaken;
      if (stopped[r]) continue;
      any = true;
      cycle.order.emplace_back(r, &offers[r][next]);
      ++cycle.taken[r];
      cycle.first = (r + 1) % spec_.requesters;
    }
  }
  return cycle;
}

int* Buffer::Cycle::port_for(bool write) {
  int& own = write ? writes : reads;
  if (own > 0) return &own;
  return shared > 0 ? &shared : nullptr;
}

Buffer::Answer Buffer::grant(const RowRequest& request, Cycle& cycle) const {
  if (outside(request.row)) return Answer::kTaken;  // the end of the run
  int* port = cycle.port_for(request.write);
  if (port == nullptr) return Answer::kNoPort;
  const auto bank = static_cast<std::size_t>(spec_.bank_of(request.row));
  if (cycle.bank_used[bank]) return Answer::kBankInUse;
  --*port;
  cycle.bank_used[bank] = true;
  return Answer::kTaken;
}

void Buffer::move(int requester, const RowRequest& request) {
  if (outside(request.row)) {
    fault_ = {BufferFault::Kind::kOutside, cycle_, requester, request.row};
    return;
  }
  ++counters_.rows;
  if (request.write) {
    writing_.push_back(&request);
    return;
  }
  if (!written(request.row)) {
    fault_ = {BufferFault::Kind::kNeverWritten, cycle_, requester, request.row};
    return;
  }
  const auto row = words(request.row);
  reading_.push_back({cycle_ + spec_.latency, {requester, request.row, {row.begin(), row.end()}}});
}

}  // namespace einfall::sim
