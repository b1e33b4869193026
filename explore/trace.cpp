#include "explore/trace.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "explore/counters.hpp"

namespace einfall::explore {
namespace {

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

void add(std::string& out, const std::vector<Counter>& counters) {
  auto end = std::back_inserter(out);
  for (const Counter& counter : counters)
    for (const auto& [time, value] : counter.values)
      fmt::format_to(end,
                     "{{\"ph\": \"C\", \"name\": {}, \"pid\": 0, \"ts\": {}, \"args\": "
                     "{{\"value\": {:.10g}}}}},\n",
                     quoted(counter.name), time, value);
}

}  // namespace

std::string trace_json(const Simulated& simulated, const Recording& recording) {
  std::string out = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
  auto end = std::back_inserter(out);
  for (std::size_t e = 0; e < simulated.program->engines.size(); ++e)
    fmt::format_to(end,
                   "{{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": 0, \"tid\": {}, "
                   "\"args\": {{\"name\": {}}}}},\n",
                   e, quoted(simulated.engines[e].name));
  for (const Recording::Visit& visit : recording.visits())
    fmt::format_to(end,
                   "{{\"ph\": \"X\", \"name\": {}, \"pid\": 0, \"tid\": {}, \"ts\": {}, \"dur\": "
                   "{}}},\n",
                   quoted(simulated.program->operations[visit.operation].name), visit.engine,
                   visit.start, visit.cycles);
  add(out, pin_counters(simulated, recording));
  add(out, room_counters(simulated, recording));
  out +=
      "{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": 0, \"args\": {\"name\": "
      "\"cycles\"}}\n]}\n";
  return out;
}

}  // namespace einfall::explore
