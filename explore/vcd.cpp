#include "explore/vcd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace einfall::explore {
namespace {

// Printable characters, as many as it takes.
std::string code(std::size_t signal) {
  constexpr std::size_t kFirst = '!', kCodes = '~' - '!' + 1;
  std::string out;
  do {
    out += static_cast<char>(kFirst + signal % kCodes);
    signal /= kCodes;
  } while (signal > 0);
  return out;
}

// No blanks and no characters that viewers take for structure.
std::string identifier(std::string name) {
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) c = '_';
  }
  return name;
}

std::string binary(std::uint64_t value) {
  std::string out;
  do {
    out.insert(out.begin(), static_cast<char>('0' + (value & 1U)));
    value >>= 1U;
  } while (value > 0);
  return out;
}

unsigned bits_for(std::size_t most) {
  unsigned bits = 1;
  while ((most >> bits) > 0) ++bits;
  return bits;
}

// A signal that is on while any of several intervals lasts.
class Overlap {
 public:
  void add(std::int64_t from, std::int64_t to) {
    if (from >= to) return;
    steps_.emplace_back(from, 1);
    steps_.emplace_back(to, -1);
  }
  [[nodiscard]] bool empty() const { return steps_.empty(); }
  void write(VcdWriter& vcd, std::size_t signal) {
    std::sort(steps_.begin(), steps_.end());
    vcd.change(signal, 0, 0);
    int on = 0;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      on += steps_[i].second;
      const bool last = i + 1 == steps_.size() || steps_[i + 1].first != steps_[i].first;
      if (last) vcd.change(signal, steps_[i].first, on > 0 ? 1 : 0);
    }
  }

 private:
  std::vector<std::pair<std::int64_t, int>> steps_;
};

struct EngineSignals {
  std::size_t busy = 0, waiting = 0, operation = 0;
};

// What a memory shares among engines: its pins, or the ports between it and what is on the chip.
class SharedSignals {
 public:
  explicit SharedSignals(std::size_t engines) : of_(engines) {}
  void use(std::int64_t from, std::int64_t to) { busy_.add(from, to); }
  void ask(std::size_t engine, std::int64_t from, std::int64_t to) {
    of_[engine].valid.add(from, to);
  }
  void serve(std::size_t engine, std::int64_t from, std::int64_t to) {
    of_[engine].ready.add(from, to);
  }
  void write(VcdWriter& vcd, const std::string& scope, const Simulated& simulated) {
    busy_.write(vcd, vcd.add(scope, "busy", 1));
    for (std::size_t e = 0; e < of_.size(); ++e) {
      if (of_[e].valid.empty()) continue;
      const std::string& name = simulated.engines[e].name;
      of_[e].valid.write(vcd, vcd.add(scope, name + "_valid", 1));
      of_[e].ready.write(vcd, vcd.add(scope, name + "_ready", 1));
    }
  }

 private:
  struct Handshake {
    Overlap valid, ready;
  };
  Overlap busy_;
  std::vector<Handshake> of_;
};

// Calls f(from, to) for each stretch of a visit in which nothing held it up.
template <typename F>
void each_served(const Recording::Visit& visit, F f) {
  std::int64_t from = visit.start;
  for (const auto& [held, again] : visit.held) {
    f(from, held);
    from = again;
  }
  f(from, visit.start + visit.cycles);
}

}  // namespace

std::size_t VcdWriter::add(const std::string& scope, const std::string& name, unsigned bits) {
  signals_.push_back({identifier(scope), identifier(name), bits});
  return signals_.size() - 1;
}

void VcdWriter::change(std::size_t signal, std::int64_t time, std::uint64_t value) {
  changes_.push_back({time, signal, value});
}

std::string VcdWriter::text() const {
  std::string out = "$version einfall $end\n$timescale 1 ns $end\n";
  for (const std::string& comment : comments_) out += "$comment " + comment + " $end\n";
  std::string scope;
  for (std::size_t s = 0; s < signals_.size(); ++s) {
    const Signal& signal = signals_[s];
    if (s == 0 || signal.scope != scope) {
      if (s > 0) out += "$upscope $end\n";
      out += "$scope module " + signal.scope + " $end\n";
      scope = signal.scope;
    }
    out += fmt::format("$var wire {} {} {}{} $end\n", signal.bits, code(s), signal.name,
                       signal.bits > 1 ? fmt::format(" [{}:0]", signal.bits - 1) : "");
  }
  out += signals_.empty() ? "" : "$upscope $end\n";
  out += "$enddefinitions $end\n";
  std::vector<Change> changes = changes_;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.time < b.time; });
  std::vector<std::optional<std::uint64_t>> now(signals_.size());
  const auto write = [&](std::size_t s, const std::string& value) {
    out += signals_[s].bits == 1 ? value + code(s) + "\n" : "b" + value + " " + code(s) + "\n";
  };
  std::int64_t time = -1;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    const auto later = std::find_if(
        changes.begin() + static_cast<std::ptrdiff_t>(i) + 1, changes.end(),
        [&](const Change& c) { return c.time != change.time || c.signal == change.signal; });
    if (later != changes.end() && later->time == change.time) continue;
    if (now[change.signal] == change.value) continue;
    if (change.time != time) out += fmt::format("#{}\n", change.time);
    time = change.time;
    now[change.signal] = change.value;
    write(change.signal, binary(change.value));
  }
  if (unknown_ >= 0) {
    if (unknown_ != time) out += fmt::format("#{}\n", unknown_);
    for (std::size_t s = 0; s < signals_.size(); ++s) write(s, "x");
  }
  return out;
}

std::string vcd_text(const Simulated& simulated, const Recording& recording) {
  const mappings::Program& program = *simulated.program;
  const arch::Machine& machine = *simulated.costed.machine;
  VcdWriter vcd;
  vcd.comment("one cycle is one ns");
  std::string kinds = "waiting: 0 no";
  for (std::size_t s = 0; s < sim::kStalls; ++s)
    kinds += fmt::format(", {} {}", s + 1, sim::name(static_cast<sim::Stall>(s)));
  vcd.comment(kinds);
  for (std::size_t o = 0; o < program.operations.size(); ++o)
    vcd.comment(fmt::format("operation {} is {}", o, program.operations[o].name));
  std::vector<EngineSignals> engines;
  for (std::size_t e = 0; e < program.engines.size(); ++e) {
    const std::string& name = simulated.engines[e].name;
    const std::size_t busy = vcd.add(name, "busy", 1);
    const std::size_t waiting = vcd.add(name, "waiting", bits_for(sim::kStalls));
    engines.push_back(
        {busy, waiting, vcd.add(name, "operation", bits_for(program.operations.size()))});
    vcd.change(busy, 0, 0);
    vcd.change(waiting, 0, 0);
  }
  for (const Recording::Wait& wait : recording.waits()) {
    vcd.change(engines[wait.engine].waiting, wait.to, 0);
    vcd.change(engines[wait.engine].waiting, wait.from, static_cast<std::uint64_t>(wait.stall) + 1);
  }
  SharedSignals pins(engines.size());
  std::vector<SharedSignals> ports(machine.memories.size(), SharedSignals(engines.size()));
  for (const Recording::Visit& visit : recording.visits()) {
    const std::int64_t end = visit.start + visit.cycles;
    if (visit.cycles == 0) continue;
    vcd.change(engines[visit.engine].busy, end, 0);
    vcd.change(engines[visit.engine].busy, visit.start, 1);
    for (const auto& [from, to] : visit.held) {
      if (to < end) vcd.change(engines[visit.engine].busy, to, 1);
      vcd.change(engines[visit.engine].busy, from, 0);
    }
    vcd.change(engines[visit.engine].operation, visit.start, visit.operation);
    for (std::size_t m = 1; m < ports.size() && m < 64; ++m) {
      if (((visit.memories >> m) & 1U) == 0) continue;
      ports[m].use(visit.start, end);
      ports[m].ask(visit.engine, visit.start, end);
      each_served(visit, [&](std::int64_t from, std::int64_t to) {
        ports[m].serve(visit.engine, from, to);
      });
    }
    if (visit.bytes > 0) pins.ask(visit.engine, visit.start, end);
  }
  for (const Recording::Passing& passing : recording.passings()) {
    const auto from = static_cast<std::int64_t>(passing.from);
    const auto to = static_cast<std::int64_t>(std::ceil(passing.to));
    pins.use(from, to);
    pins.ask(passing.engine, from, to);
    pins.serve(passing.engine, from, to);
  }
  pins.write(vcd, machine.memories.front().name + " pins", simulated);
  for (std::size_t m = 1; m < ports.size(); ++m)
    ports[m].write(vcd, machine.memories[m].name + " ports", simulated);
  if (recording.full()) vcd.unknown_from(recording.end());
  return vcd.text();
}

}  // namespace einfall::explore
