#include "sim/engine/ports.hpp"

#include <algorithm>

namespace einfall::sim {

using mappings::Wide;

namespace {

constexpr int kUnit = 24;

}  // namespace

Ports::Ports(const mappings::Program& program) : program_(program) {
  for (const mappings::PortLimit& limit : program.ports) {
    Memory memory;
    memory.row_bits = 8 * limit.row_bytes;
    memory.read.rows = limit.reads;
    memory.write.rows = limit.writes;
    memory.both.rows = limit.total;
    memories_.push_back(memory);
  }
  for (auto& carried : carried_) carried.assign(program.flows.size(), 0);
}

std::int64_t Ports::Server::pass(std::int64_t count, std::int64_t issue, std::int64_t now) {
  issue = std::max<std::int64_t>(1, issue);
  if (rows == 0 || count == 0) return now + issue;
  streams.erase(
      std::remove_if(streams.begin(), streams.end(), [&](const Stream& s) { return s.end <= now; }),
      streams.end());
  const auto pace = static_cast<std::int64_t>((Wide{count} << kUnit) / issue);
  Wide left = Wide{pace} * issue;
  std::int64_t taken = 0;
  for (const Stream& stream : streams) taken += stream.pace;
  std::int64_t at = now;
  for (std::size_t i = 0; left > 0; ++i) {
    // A stretch in which the same streams go on.
    const Wide own = std::min(Wide{pace}, (Wide{rows} << kUnit) - taken);
    const bool last = i == streams.size();
    if (own > 0 && (last || Wide{streams[i].end - at} * own >= left)) {
      at += static_cast<std::int64_t>((left + own - 1) / own);
      break;
    }
    if (own > 0) left -= own * (streams[i].end - at);
    at = streams[i].end;
    taken -= streams[i].pace;
  }
  at = std::max(at, now + issue);
  const Stream stream{at, static_cast<std::int64_t>(Wide{pace} * issue / (at - now))};
  streams.insert(std::upper_bound(streams.begin(), streams.end(), stream,
                                  [](const Stream& a, const Stream& b) {
                                    return a.end != b.end ? a.end < b.end : a.pace < b.pace;
                                  }),
                 stream);
  return at;
}

std::int64_t Ports::pass_end(mappings::Place place, const mappings::Exact& share, std::int64_t bits,
                             bool write, Wide& carried, std::int64_t words, std::int64_t issue,
                             std::int64_t now) {
  if (!place.memory || memories_[place.index].row_bits == 0) return now + issue;
  Memory& memory = memories_[place.index];
  const Wide row = Wide{memory.row_bits} * share.denominator();
  carried += Wide{words} * bits * share.numerator();
  const auto count = static_cast<std::int64_t>(carried / row);
  carried %= row;
  return std::max((write ? memory.write : memory.read).pass(count, issue, now),
                  memory.both.pass(count, issue, now));
}

std::int64_t Ports::pass(std::size_t index, std::int64_t words, std::int64_t issue,
                         std::int64_t now) {
  const mappings::Flow& flow = program_.flows[index];
  return std::max(
      pass_end(flow.from, flow.from_share, flow.bits, false, carried_[0][index], words, issue, now),
      pass_end(flow.to, flow.to_share, flow.bits, true, carried_[1][index], words, issue, now));
}

void Ports::append_state(std::int64_t now, std::vector<Wide>& state) const {
  for (const Memory& memory : memories_)
    for (const Server* server : {&memory.read, &memory.write, &memory.both}) {
      for (const Stream& stream : server->streams) {
        if (stream.end <= now) continue;
        state.push_back(stream.end - now);
        state.push_back(stream.pace);
      }
      state.push_back(-1);
    }
  for (const auto& carried : carried_) state.insert(state.end(), carried.begin(), carried.end());
}

void Ports::shift(std::int64_t cycles) {
  for (Memory& memory : memories_)
    for (Server* server : {&memory.read, &memory.write, &memory.both})
      for (Stream& stream : server->streams) stream.end += cycles;
}

}  // namespace einfall::sim
