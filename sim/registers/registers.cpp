#include "sim/registers/registers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/capacity.hpp"

namespace einfall::sim {

using mappings::BoundAccess;
using mappings::BoundEinsum;
using mappings::KeepId;
using mappings::PartSet;
using mappings::StepId;
using mappings::UnitId;

namespace {

bool leaves_the_array(const BoundEinsum& step) {
  return step.dataflow == arch::Dataflow::kWeightStationary ||
         step.dataflow == arch::Dataflow::kColumnReduce;
}

bool has(const mappings::Tile& tile, StepId step) {
  return std::find(tile.begin(), tile.end(), step) != tile.end();
}

std::string name_of(const mappings::Program& program, StepId step) {
  for (const mappings::Operation& operation : program.operations)
    if (has(operation.tile, step)) return operation.name;
  return "";
}

}  // namespace

RegisterUse::RegisterUse(const mappings::Program& program, const mappings::BoundMapping& bound,
                         const arch::Machine& machine)
    : program_(program), bound_(bound), machine_(machine), values_of_(bound.einsums.size()) {
  add_values();
  add_keeps();
  instances_.resize(values_.size());
}

// What is passed on inside a leaf: by its maker and whose registers hold it.
void RegisterUse::add_values() {
  const std::vector<mappings::Wait> waits = mappings::leaf_waits(bound_);
  for (std::size_t w = 0; w < bound_.einsums.size(); ++w) {
    const BoundEinsum& maker = bound_.einsums[w];
    const std::size_t first = values_.size();
    for (std::size_t r = w + 1; r < bound_.einsums.size(); ++r) {
      const BoundEinsum& reader = bound_.einsums[r];
      for (const BoundAccess& read : reader.reads) {
        if (!read.forwarded || reader.node != maker.node || read.tensor != maker.write.tensor)
          continue;
        const UnitId unit = leaves_the_array(maker) ? reader.unit : maker.unit;
        auto value = std::find_if(values_.begin() + static_cast<std::ptrdiff_t>(first),
                                  values_.end(), [&](const Value& v) { return v.unit == unit; });
        if (value == values_.end()) {
          Value fresh;
          fresh.unit = unit;
          fresh.maker = StepId(w);
          fresh.name = name_of(program_, fresh.maker);
          fresh.entries = mappings::entries_of(
              machine_, mappings::Wait{StepId(w), StepId(r), read.access, unit, 1});
          fresh.elements = tile_timing(bound_, machine_, {StepId(w)}).elements;
          fresh.loops = PartSet(maker.loops);
          values_of_[w].push_back(values_.size());
          value = values_.insert(values_.end(), std::move(fresh));
        }
        const auto wait = std::find_if(waits.begin(), waits.end(), [&](const mappings::Wait& x) {
          return x.producer == StepId(w) && x.reader == StepId(r);
        });
        value->loops = value->loops & PartSet(reader.loops);
        value->readers.push_back({StepId(r), wait == waits.end() ? 0 : wait->elements});
        values_of_[r].push_back(static_cast<std::size_t>(value - values_.begin()));
      }
    }
  }
}

void RegisterUse::add_keeps() {
  for (std::size_t k = 0; k < bound_.keeps.size(); ++k) {
    const mappings::BoundKeep& keep = bound_.keeps[k];
    if (!keep.unit) continue;
    Value value;
    value.unit = *keep.unit;
    value.entries =
        mappings::entries_of(bound_, machine_, keep) / std::max<std::int64_t>(1, keep.copies);
    value.loops = PartSet(bound_[keep.node].path);
    for (std::size_t s = 0; s < bound_.einsums.size(); ++s) {
      const BoundEinsum& step = bound_.einsums[s];
      const auto lies_here = [&](const BoundAccess& access) {
        return std::find(access.keeps.begin(), access.keeps.end(), KeepId(k)) != access.keeps.end();
      };
      if (!lies_here(step.write) && std::none_of(step.reads.begin(), step.reads.end(), lies_here))
        continue;
      values_of_[s].push_back(values_.size());
      if (value.name.empty()) value.name = "what " + name_of(program_, StepId(s)) + " keeps";
    }
    values_.push_back(std::move(value));
  }
}

RegisterUse::Key RegisterUse::key(const Value& value, const Execution::Done& done) const {
  Key key;
  const auto& levels = program_.operations[done.operation].walk.levels;
  for (std::size_t l = 0; l < levels.size(); ++l)
    if (value.loops.has(levels[l].part))
      key.emplace_back(levels[l].part.index(), done.at->digit(l));
  std::sort(key.begin(), key.end());
  return key;
}

void RegisterUse::see(const Execution::Done& done) {
  const mappings::Operation& operation = program_.operations[done.operation];
  last_ = std::max(last_, done.start + done.cycles);
  std::vector<std::size_t> used;
  for (const StepId step : operation.tile)
    for (const std::size_t value : values_of_[step.index()])
      if (std::find(used.begin(), used.end(), value) == used.end()) used.push_back(value);
  for (const std::size_t value : used) use(value, done);
  for (const mappings::BoundInterleave& pair : bound_.schedule.interleave) {
    if (has(operation.tile, pair.first))
      before_[pair.second.index()] = {done.start, done.start + done.cycles};
    if (has(operation.tile, pair.second)) followed_[pair.first.index()].insert(done.start);
  }
}

// One that takes turns with the visit before it begins a cycle after that.
std::int64_t RegisterUse::begun(const Execution::Done& done) const {
  for (const StepId step : program_.operations[done.operation].tile)
    if (const auto before = before_.find(step.index());
        before != before_.end() && before->second.second == done.start)
      return std::min(done.start, before->second.first + 1);
  return done.start;
}

void RegisterUse::use(std::size_t index, const Execution::Done& done) {
  const Value& value = values_[index];
  const mappings::Tile& tile = program_.operations[done.operation].tile;
  const auto [found, fresh] = instances_[index].try_emplace(key(value, done));
  Instance& instance = found->second;
  const std::int64_t from = begun(done);
  instance.from = fresh ? from : std::min(instance.from, from);
  if (!value.maker.valid())
    instance.to = std::max(instance.to, done.start + done.cycles);
  else if (has(tile, value.maker))
    instance.made = done.start + done.cycles;
  for (const Value::Reader& reader : value.readers) {
    if (!has(tile, reader.step)) continue;
    instance.to = std::max(instance.to, done.start + done.cycles);
    // On the unit of the maker the two take turns, whatever pieces a program divides them into.
    if (reader.waits > 0 || bound_[value.maker].unit == bound_[reader.step].unit)
      instance.elements = std::max(instance.elements, reader.waits);
    else
      instance.streams.push_back(
          {done.start, std::max<std::int64_t>(1, done.cycles / value.elements)});
  }
}

mappings::TileTiming RegisterUse::timing(const Value& value, const Instance& instance) const {
  mappings::TileTiming timing = tile_timing(bound_, machine_, {value.maker});
  const auto followed = followed_.find(value.maker.index());
  if (followed == followed_.end() || followed->second.count(instance.made) == 0) timing.run_alone();
  return timing;
}

// Of several that take one by one, the last to begin.
void RegisterUse::add_events(std::size_t index, const Instance& instance,
                             std::vector<Event>& events) const {
  const Value& value = values_[index];
  const auto add = [&](std::int64_t from, std::int64_t to, std::int64_t elements) {
    events.push_back({from, value.entries * elements, index});
    events.push_back({std::max(from, to), -value.entries * elements, index});
  };
  if (instance.elements > 1 || instance.streams.empty())
    return add(instance.from, instance.to == kNotRead ? last_ : instance.to, instance.elements);
  const Stream& last =
      *std::max_element(instance.streams.begin(), instance.streams.end(),
                        [](const Stream& a, const Stream& b) { return a.start < b.start; });
  const mappings::TileTiming making = timing(value, instance);
  for (std::int64_t n = 0; n < value.elements; ++n) {
    const std::int64_t comes = instance.from + making.result(n);
    add(comes, std::max(comes, last.start + n * last.pace) + last.pace, 1);
  }
}

RegisterUse::Peak RegisterUse::peak(UnitId unit) const {
  std::vector<Event> events;
  for (std::size_t v = 0; v < values_.size(); ++v)
    if (values_[v].unit == unit)
      for (const auto& [key, instance] : instances_[v]) add_events(v, instance, events);
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::pair(a.cycle, a.entries) < std::pair(b.cycle, b.entries);
  });
  Peak peak;
  std::vector<std::int64_t> now(values_.size(), 0), then;
  std::int64_t sum = 0;
  for (const Event& event : events) {
    now[event.value] += event.entries;
    sum += event.entries;
    if (sum <= peak.entries) continue;
    peak.entries = sum;
    peak.cycle = event.cycle;
    then = now;
  }
  for (std::size_t v = 0; v < then.size(); ++v)
    if (then[v] > 0) peak.of.push_back(fmt::format("{} of {}", then[v], values_[v].name));
  return peak;
}

}  // namespace einfall::sim
