#include "explore/trace.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

namespace einfall::explore {

sim::Execution::Observer Trace::observer() {
  return [this](const sim::Execution::Done& operation) {
    operations_.push_back(operation);
    return !full();
  };
}

std::string Trace::json(const mappings::Program& program) const {
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string out = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
  auto end = std::back_inserter(out);
  for (std::size_t e = 0; e < program.engines.size(); ++e)
    fmt::format_to(end,
                   "{{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": 0, \"tid\": {}, "
                   "\"args\": {{\"name\": {}}}}},\n",
                   e, quoted(program.engines[e].name));
  for (const sim::Execution::Done& done : operations_)
    fmt::format_to(end,
                   "{{\"ph\": \"X\", \"name\": {}, \"pid\": 0, \"tid\": {}, \"ts\": {}, \"dur\": "
                   "{}}},\n",
                   quoted(program.operations[done.operation].name), done.engine, done.start,
                   done.cycles);
  out +=
      "{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": 0, \"args\": {\"name\": "
      "\"cycles\"}}\n]}\n";
  return out;
}

}  // namespace einfall::explore
