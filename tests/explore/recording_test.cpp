#include "explore/recording.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "explore/counters.hpp"
#include "explore/epochs.hpp"
#include "explore/trace.hpp"
#include "explore/vcd.hpp"

namespace einfall::explore {
namespace {

Simulated recorded(const std::string& scenario, const Settings& settings, Recording& recording,
                   bool by_banks = false) {
  Documents documents;
  auto costed =
      cost_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/" + scenario, settings, documents);
  if (!costed) FAIL(base::render(costed.error()));
  SimulationOptions options;
  options.recording = &recording;
  options.dram_banks = by_banks;
  auto run = simulate_costed(std::move(*costed), options);
  if (!run) FAIL(base::render(run.error()));
  return std::move(*run);
}

const Settings kPipelined{
    {"design", "binding"}, {"schedule", "pipelined"}, {"seq_len", "1K"}, {"heads", "2"}};
const Settings kUnfused{{"design", "unfused"}, {"seq_len", "1K"}, {"heads", "1"}};

TEST_CASE("a trace holds every operation at its time, and none overlaps on its engine",
          "[recording]") {
  Recording recording;
  const Simulated run = recorded("fusemax.yaml", kPipelined, recording);
  CHECK(run.skipped_cycles == 0);
  CHECK_FALSE(recording.full());
  const auto json = nlohmann::json::parse(trace_json(run, recording));
  std::vector<std::int64_t> end(run.program->engines.size(), 0), visits(end.size(), 0);
  std::size_t counted = 0;
  for (const auto& event : json["traceEvents"]) {
    counted += event["ph"] == "C";
    if (event["ph"] != "X") continue;
    const std::size_t engine = event["tid"];
    CHECK(event["ts"] >= end[engine]);
    end[engine] = event["ts"].get<std::int64_t>() + event["dur"].get<std::int64_t>();
    ++visits[engine];
  }
  for (std::size_t e = 0; e < visits.size(); ++e) CHECK(visits[e] == run.engines[e].use.visits);
  CHECK(counted > 100);
}

TEST_CASE("the windows of the pins add up to the bytes that moved", "[recording]") {
  for (const Settings& settings : {kPipelined, kUnfused}) {
    Recording recording;
    const Simulated run = recorded("fusemax.yaml", settings, recording);
    const std::vector<Counter> pins = pin_counters(run, recording);
    REQUIRE(pins.size() == 2);
    const auto bytes = [](const Counter& counter) {
      double sum = 0;
      for (const auto& [time, value] : counter.values) {
        CHECK(value >= 0);
        sum += value * 64;  // the shortest window
      }
      return sum;
    };
    REQUIRE(pins[0].values.at(1).first == 64);
    CHECK(bytes(pins[0]) == Approx(run.memories[0].read_bytes.value()));
    CHECK(bytes(pins[1]) == Approx(run.memories[0].write_bytes.value()));
    // Read and written together never exceed what the pins can move; the stamps are whole cycles.
    for (std::size_t w = 0; w < pins[0].values.size(); ++w)
      CHECK(pins[0].values[w].second + pins[1].values[w].second <=
            run.program->bytes_per_cycle.value() * 66 / 64);
  }
}

TEST_CASE("what a memory holds fits what the mapping keeps there, and is given back",
          "[recording]") {
  for (const Settings& settings : {kPipelined, kUnfused}) {
    Recording recording;
    const Simulated run = recorded("fusemax.yaml", settings, recording);
    double most = 0;
    bool found = false;
    for (const Counter& counter : room_counters(run, recording)) {
      INFO(counter.name);
      for (std::size_t i = 0; i < counter.values.size(); ++i) {
        CHECK(counter.values[i].second >= 0);
        if (i > 0) CHECK(counter.values[i].first > counter.values[i - 1].first);
        if (i > 0) CHECK(counter.values[i].second != counter.values[i - 1].second);
        if (counter.name != "buffer bytes held") continue;
        found = true;
        most = std::max(most, counter.values[i].second);
      }
      if (counter.name == "buffer: K") CHECK(counter.values.back().second == 0);
    }
    CHECK(found);
    const auto kept = static_cast<double>(run.costed.cost.memories[1].bytes_kept);
    CHECK(most <= kept);
    if (settings == kPipelined) CHECK(most == kept);
  }
}

// The cycles that each signal of a dump has each value, as "scope.name".
using Times = std::map<std::string, std::map<std::string, std::int64_t>>;
Times times_of(const std::string& text, std::int64_t end) {
  Times times;
  std::map<std::string, std::string> names, values;
  std::istringstream lines(text);
  std::string scope;
  std::int64_t now = 0;
  const auto until = [&](std::int64_t time) {
    REQUIRE(time >= now);
    for (const auto& [code, value] : values) times[names[code]][value] += time - now;
    now = time;
  };
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, kind, bits, code, name;
    words >> first;
    if (first == "$scope") words >> kind >> scope;
    if (first == "$var") {
      words >> kind >> bits >> code >> name;
      CHECK(names.emplace(code, scope + "." + name).second);
    }
    if (first.front() == '#') until(std::stoll(first.substr(1)));
    if (first.front() == 'b') {
      words >> code;
      values[code] = first.substr(1);
    } else if (first.front() == '0' || first.front() == '1' || first.front() == 'x') {
      values[first.substr(1)] = first.substr(0, 1);
    }
  }
  until(end);
  return times;
}

std::string binary(std::size_t value) {
  std::string out;
  for (; value > 0; value /= 2) out.insert(out.begin(), static_cast<char>('0' + value % 2));
  return out;
}

TEST_CASE("a waveform says for how long every engine was busy and waited for what", "[recording]") {
  for (const Settings& settings : {kPipelined, kUnfused}) {
    Recording recording;
    const Simulated run = recorded("fusemax.yaml", settings, recording);
    Times times = times_of(vcd_text(run, recording), run.cycles);
    for (std::size_t e = 0; e < run.program->engines.size(); ++e) {
      std::string name = run.engines[e].name;
      std::replace(name.begin(), name.end(), ' ', '_');
      INFO(name);
      const sim::EngineUse& use = run.engines[e].use;
      CHECK(times[name + ".busy"]["1"] == use.busy);
      for (std::size_t s = 0; s < sim::kStalls; ++s)
        CHECK(times[name + ".waiting"][binary(s + 1)] == use.stalls[s]);
    }
    const std::int64_t pins = times["dram_pins.busy"]["1"];
    CHECK(pins > 0);
    CHECK(pins <= run.cycles);
    CHECK(times["buffer_ports.busy"]["1"] > 0);
  }
}

TEST_CASE("a waveform says who asks for ports and pins, and who has to wait for them",
          "[recording]") {
  Settings settings = kPipelined;
  settings["ports"] = "2";
  for (const bool by_banks : {false, true}) {
    CAPTURE(by_banks);
    Recording recording;
    const Simulated run = recorded("fusemax.yaml", settings, recording, by_banks);
    Times times = times_of(vcd_text(run, recording), run.cycles);
    for (const char* unit : {"array2d", "array1d"}) {
      CAPTURE(unit);
      const auto engine =
          std::find_if(run.engines.begin(), run.engines.end(),
                       [&](const SimulatedEngine& each) { return each.name == unit; });
      const std::string scope = std::string("buffer_ports.") + unit;
      const std::int64_t valid = times[scope + "_valid"]["1"], ready = times[scope + "_ready"]["1"];
      const auto port = engine->use.stalls[static_cast<std::size_t>(sim::Stall::kPort)];
      CHECK(port > 0);
      CHECK(valid - ready == port);
    }
    std::int64_t served = 0;
    std::size_t loads = 0;
    for (const auto& [name, values] : times) {
      if (name.rfind("dram_pins.", 0) != 0 || name.find("_ready") == std::string::npos) continue;
      const std::int64_t ready = values.at("1");
      const std::string valid = name.substr(0, name.size() - 5) + "valid";
      CHECK(ready > 0);
      CHECK(times[valid]["1"] >= ready);
      served += ready;
      ++loads;
    }
    CHECK(loads >= 3);
    CHECK(served >= times["dram_pins.busy"]["1"]);
  }
}

TEST_CASE("a recording that is cut says so, and the rest of the run is skipped", "[recording]") {
  Settings settings = kPipelined;
  settings["seq_len"] = "16K";
  Recording recording(500);
  const Simulated run = recorded("fusemax.yaml", settings, recording);
  CHECK(recording.full());
  CHECK(recording.visits().size() == 500);
  CHECK(recording.end() < run.cycles / 10);
  CHECK(run.skipped_cycles > run.cycles / 2);
  const std::string vcd = vcd_text(run, recording);
  Times times = times_of(vcd, recording.end() + 10);
  CHECK(times["array1d.busy"]["x"] == 10);
  CHECK(epochs_svg(run, recording).find("SPNV+RNV") != std::string::npos);
}

}  // namespace
}  // namespace einfall::explore
