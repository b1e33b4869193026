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
      bank_used_(static_cast<std::size_t>(spec.banks), -1),
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

void Buffer::tick(std::span<const std::vector<RowRequest>> offers) {
  EINFALL_ENSURE(offers.size() == taken_.size(), "one offer for each requester");
  std::fill(taken_.begin(), taken_.end(), 0);
  arrivals_.clear();
  if (fault_) return;
  reads_ = spec_.read_ports;
  writes_ = spec_.write_ports;
  shared_ = spec_.shared_ports;
  writing_.clear();
  std::vector<bool> stopped(offers.size(), false);
  const int begins = first_;
  for (bool any = true; any && !fault_;) {
    any = false;
    for (int i = 0; i < spec_.requesters && !fault_; ++i) {
      const int r = (begins + i) % spec_.requesters;
      const auto next = static_cast<std::size_t>(taken_[r]);
      if (stopped[r] || next == offers[r].size()) continue;
      const Answer answer = grant(r, offers[r][next]);
      counters_.waited_for_port += answer == Answer::kNoPort;
      counters_.waited_for_bank += answer == Answer::kBankInUse;
      stopped[r] = answer != Answer::kTaken;
      if (stopped[r]) continue;
      any = true;
      ++taken_[r];
      first_ = (r + 1) % spec_.requesters;
    }
  }
  if (fault_) return;
  for (const RowRequest* request : writing_) preload(request->row, request->words);
  while (!reading_.empty() && reading_.front().at == cycle_) {
    arrivals_.push_back(std::move(reading_.front().arrival));
    reading_.pop_front();
  }
  ++cycle_;
}

int* Buffer::port_for(bool write) {
  int& own = write ? writes_ : reads_;
  if (own > 0) return &own;
  return shared_ > 0 ? &shared_ : nullptr;
}

Buffer::Answer Buffer::grant(int requester, const RowRequest& request) {
  if (request.row < 0 || request.row >= spec_.rows) {
    fault_ = {BufferFault::Kind::kOutside, cycle_, requester, request.row};
    return Answer::kTaken;
  }
  int* port = port_for(request.write);
  if (port == nullptr) return Answer::kNoPort;
  std::int64_t& used = bank_used_[static_cast<std::size_t>(spec_.bank_of(request.row))];
  if (used == cycle_) return Answer::kBankInUse;
  --*port;
  used = cycle_;
  move(requester, request);
  return Answer::kTaken;
}

void Buffer::move(int requester, const RowRequest& request) {
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
