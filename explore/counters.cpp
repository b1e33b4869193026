#include "explore/counters.hpp"

#include <algorithm>

namespace einfall::explore {
namespace {

constexpr std::int64_t kShortestWindow = 64;
constexpr std::int64_t kMostWindows = 4096;

// Spreads what passes evenly over a row of windows.
void spread(std::vector<double>& windows, std::int64_t window, const Recording::Passing& passing) {
  const auto width = static_cast<double>(window);
  const double cycles = passing.to - passing.from;
  for (auto w = static_cast<std::size_t>(passing.from / width); w < windows.size(); ++w) {
    const double begin = std::max(passing.from, static_cast<double>(w) * width);
    const double end = std::min(passing.to, static_cast<double>(w + 1) * width);
    windows[w] += cycles > 0 ? passing.bytes * (end - begin) / cycles : passing.bytes;
    if (end >= passing.to) return;
  }
}

double bytes_of(const mappings::BoundKeep& keep) {
  return static_cast<double>(keep.slice) * static_cast<double>(keep.copies) *
         static_cast<double>(keep.bits) / 8 * static_cast<double>(keep.resident_numerator) /
         static_cast<double>(keep.resident_denominator);
}

// Overwritten in place, step by step.
bool is_state(const mappings::BoundMapping& bound, einsum::TensorId tensor) {
  for (const mappings::BoundEinsum& step : bound.einsums)
    for (const mappings::BoundAccess& read : step.reads)
      if (read.tensor == tensor && (read.carried || read.final_value)) return true;
  return false;
}

class Rooms {
 public:
  Rooms(const Simulated& simulated, std::vector<Counter>& counters)
      : bound_(*simulated.costed.bound),
        program_(*simulated.program),
        held_(bound_.keeps.size(), 0),
        counters_(counters) {
    const arch::Machine& machine = *simulated.costed.machine;
    for (const arch::Memory& memory : machine.memories)
      counters_.push_back({memory.name + " bytes held", {}});
    taken_.assign(program_.tokens.size(), 0);
    std::vector<bool> has_token(bound_.keeps.size(), false);
    for (const mappings::Token& token : program_.tokens)
      if (token.keep.valid()) has_token[token.keep.index()] = true;
    for (std::size_t k = 0; k < bound_.keeps.size(); ++k)
      state_.push_back(!has_token[k] || is_state(bound_, bound_.keeps[k].tensor));
    for (std::size_t k = 0; k < bound_.keeps.size(); ++k) {
      const mappings::BoundKeep& keep = bound_.keeps[k];
      counter_.push_back(counters_.size());
      if (!keep.memory || keep.in_place_of) continue;
      counters_.push_back({machine.memories[keep.memory->index()].name + ": " +
                               (*simulated.costed.cascade)[keep.tensor].name,
                           {}});
      if (state_[k]) hold(0, k, bytes_of(keep));
    }
  }

  void change(const Recording::Room& room) {
    taken_[room.token] += room.change;
    const std::size_t k = program_.tokens[room.token].keep.index();
    if (state_[k]) return;
    double most = 0;
    for (std::size_t t = 0; t < program_.tokens.size(); ++t) {
      const mappings::Token& token = program_.tokens[t];
      if (token.keep.valid() && token.keep.index() == k && token.initial > 0)
        most = std::max(most, bytes_of(bound_.keeps[k]) * static_cast<double>(taken_[t]) /
                                  static_cast<double>(token.initial));
    }
    hold(room.time, k, most);
  }

 private:
  void hold(std::int64_t time, std::size_t keep, double bytes) {
    if (bytes == held_[keep]) return;
    const std::size_t memory = bound_.keeps[keep].memory->index();
    held_[keep] = bytes;
    put(counters_[counter_[keep]], time, bytes);
    // Summed anew: differences of fractions of a byte would add up to what nobody holds.
    double together = 0;
    for (std::size_t k = 0; k < bound_.keeps.size(); ++k)
      if (bound_.keeps[k].memory && bound_.keeps[k].memory->index() == memory) together += held_[k];
    put(counters_[memory], time, together);
  }

  static void put(Counter& counter, std::int64_t time, double value) {
    if (!counter.values.empty() && counter.values.back().first == time)
      counter.values.back().second = value;
    else
      counter.values.emplace_back(time, value);
    const std::size_t last = counter.values.size() - 1;
    if (last > 0 && counter.values[last - 1].second == value) counter.values.pop_back();
  }

  const mappings::BoundMapping& bound_;
  const mappings::Program& program_;
  std::vector<double> held_;          // by keep
  std::vector<std::int64_t> taken_;   // by token
  std::vector<bool> state_;           // by keep: held throughout
  std::vector<std::size_t> counter_;  // by keep
  std::vector<Counter>& counters_;
};

}  // namespace

std::vector<Counter> pin_counters(const Simulated& simulated, const Recording& recording) {
  std::int64_t window = kShortestWindow;
  while (recording.end() / window >= kMostWindows) window *= 2;
  const auto count = static_cast<std::size_t>(recording.end() / window + 1);
  std::vector<double> read(count, 0), written(count, 0);
  for (const Recording::Passing& passing : recording.passings()) {
    const auto kind = simulated.program->engines[passing.engine].kind;
    spread(kind == mappings::EngineKind::kLoad ? read : written, window, passing);
  }
  const std::string& name = simulated.costed.machine->memories.front().name;
  std::vector<Counter> out{{name + " bytes/cycle read", {}}, {name + " bytes/cycle written", {}}};
  for (std::size_t w = 0; w < count; ++w) {
    const std::int64_t time = static_cast<std::int64_t>(w) * window;
    out[0].values.emplace_back(time, read[w] / static_cast<double>(window));
    out[1].values.emplace_back(time, written[w] / static_cast<double>(window));
  }
  return out;
}

std::vector<Counter> room_counters(const Simulated& simulated, const Recording& recording) {
  std::vector<Counter> counters;
  Rooms rooms(simulated, counters);
  for (const Recording::Room& room : recording.rooms()) rooms.change(room);
  counters.erase(std::remove_if(counters.begin(), counters.end(),
                                [](const Counter& counter) { return counter.values.empty(); }),
                 counters.end());
  return counters;
}

}  // namespace einfall::explore
