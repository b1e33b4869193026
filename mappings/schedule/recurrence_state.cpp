#include "mappings/schedule/recurrence_state.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

std::int64_t positive_mod(std::int64_t a, std::int64_t b) { return ((a % b) + b) % b; }

// No start this long before the earliest free unit can still hold an operation up.
std::int64_t horizon(const Timetable& timetable) {
  std::int64_t longest = 0;
  for (const ModuloEdge& e : timetable.edges) longest = std::max(longest, e.delay);
  for (const TimetableTail& tail : timetable.tails) {
    for (const TimetableTail::Wait& wait : tail.waits) longest = std::max(longest, wait.delay);
    for (const TimetableTail::Behind& wait : tail.behind) longest = std::max(longest, wait.delay);
  }
  return longest + 1;
}

bool any_active(const Timetable& timetable, std::int64_t epochs) {
  const auto goes_on = [&](const auto& transfer) { return active(transfer, epochs); };
  return std::any_of(timetable.loads.begin(), timetable.loads.end(), goes_on) ||
         std::any_of(timetable.stores.begin(), timetable.stores.end(), goes_on);
}

}  // namespace

TickRate tick_rate(const Timetable& timetable) {
  TickRate rate;
  if (timetable.bytes_per_cycle == Exact(0)) return rate;
  rate.per_cycle = static_cast<std::int64_t>(timetable.bytes_per_cycle.numerator());
  rate.per_byte = static_cast<std::int64_t>(timetable.bytes_per_cycle.denominator());
  return rate;
}

std::vector<Wide> relative_state(const Timetable& timetable, const RecurrenceState& state,
                                 const TickRate& rate, std::int64_t epochs) {
  const std::int64_t now = *std::min_element(state.unit_free.begin(), state.unit_free.end());
  const std::int64_t old = now - horizon(timetable);
  const auto relative = [&](std::int64_t time) { return Wide{std::max(time, old) - now}; };
  const Wide idle_from = state.channel.first_free();
  std::vector<Wide> out;
  for (const std::int64_t free : state.unit_free) out.push_back(relative(free));
  out.push_back(relative(state.end));
  const Wide zero = Wide{now} * rate.per_cycle;
  if (any_active(timetable, epochs)) {
    out.push_back(state.channel.free() - zero);
    const std::vector<Wide> behind = state.channel.behind(zero);
    out.push_back(static_cast<std::int64_t>(behind.size()));
    out.insert(out.end(), behind.begin(), behind.end());
    const std::vector<Wide> idle = state.channel.idle(zero);
    out.push_back(static_cast<std::int64_t>(idle.size()));
    out.insert(out.end(), idle.begin(), idle.end());
  }
  for (std::size_t s = 0; s < timetable.stores.size(); ++s)
    if (active(timetable.stores[s], epochs))
      for (const std::int64_t time : state.left[s]) out.push_back(relative(time));
  for (std::size_t i = 0; i < timetable.tails.size(); ++i)
    if (active(timetable.tails[i], epochs)) out.push_back(relative(state.tails[i]));
  for (std::size_t o = 0; o < state.starts.size(); ++o) {
    const auto window = static_cast<std::int64_t>(state.starts[o].size());
    const std::int64_t last = state.position - 1 - timetable.ops[o].start / timetable.interval;
    for (std::int64_t age = 0; age < window; ++age)
      out.push_back(
          relative(state.starts[o][static_cast<std::size_t>(positive_mod(last - age, window))]));
  }
  for (std::size_t l = 0; l < timetable.loads.size(); ++l) {
    const TimetableLoad& load = timetable.loads[l];
    const std::int64_t block = state.slot / load.block;
    for (std::int64_t c = 0; c < load.copies; ++c)
      for (std::int64_t p = 0; p < load.pieces; ++p) {
        const auto at =
            static_cast<std::size_t>(positive_mod(block + c, load.copies) * load.pieces + p);
        out.push_back(Wide{std::max(state.arrived[l][at], now) - now});
        out.push_back(Wide{block - state.holds[l][at]});
        if (active(load, epochs))
          out.push_back(std::max(Wide{state.released[l][at]} * rate.per_cycle, idle_from) - zero);
      }
  }
  return out;
}

void shift(const Timetable& timetable, RecurrenceState& state, const TickRate& rate,
           std::int64_t epochs, std::int64_t slots, std::int64_t cycles) {
  for (std::int64_t& free : state.unit_free) free += cycles;
  state.end += cycles;
  if (any_active(timetable, epochs)) state.channel.shift(Wide{cycles} * rate.per_cycle);
  for (std::size_t s = 0; s < timetable.stores.size(); ++s) {
    if (!active(timetable.stores[s], epochs)) continue;
    for (std::int64_t& time : state.left[s]) time += cycles;
  }
  for (std::size_t i = 0; i < timetable.tails.size(); ++i)
    if (active(timetable.tails[i], epochs)) state.tails[i] += cycles;
  for (auto& ring : state.starts) {
    const auto window = static_cast<std::int64_t>(ring.size());
    std::rotate(ring.begin(), ring.end() - positive_mod(slots, window), ring.end());
    for (std::int64_t& start : ring) start += cycles;
  }
  for (std::size_t l = 0; l < timetable.loads.size(); ++l) {
    const TimetableLoad& load = timetable.loads[l];
    if (!active(load, epochs)) continue;
    const std::int64_t blocks = slots / load.block;
    const std::int64_t turn = positive_mod(blocks, load.copies) * load.pieces;
    for (auto* times : {&state.released[l], &state.arrived[l]}) {
      std::rotate(times->begin(), times->end() - turn, times->end());
      for (std::int64_t& time : *times) time += cycles;
    }
    std::rotate(state.holds[l].begin(), state.holds[l].end() - turn, state.holds[l].end());
    for (std::int64_t& block : state.holds[l]) block += blocks;
  }
  state.position += slots;
  state.slot += slots;
}

}  // namespace einfall::mappings
