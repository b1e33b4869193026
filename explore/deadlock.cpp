#include "explore/deadlock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace einfall::explore {
namespace {

using Waiting = sim::Execution::Waiting;

// From whoever waits to whom it waits for until somebody comes twice; those in the circle. Without
// one (somebody waits for what nobody gives) all on the way.
std::vector<Waiting> circle(const std::vector<Waiting>& waiting) {
  std::vector<Waiting> way;
  const Waiting* at = waiting.empty() ? nullptr : &waiting.front();
  while (at != nullptr) {
    const auto before = std::find_if(way.begin(), way.end(),
                                     [&](const Waiting& w) { return w.engine == at->engine; });
    if (before != way.end()) return {before, way.end()};
    way.push_back(*at);
    const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& w) {
      return at->giver && w.engine == *at->giver;
    });
    at = next == waiting.end() ? nullptr : &*next;
  }
  return way;
}

// Where the mapping says how an Einsum is done; else the Einsum itself.
base::SourceSpan place_of(const Costed& costed, mappings::StepId step) {
  const einsum::Einsum& einsum = (*costed.cascade)[(*costed.bound)[step].einsum];
  for (const mappings::Binding& binding : costed.mapping->bindings)
    if (binding.einsum == einsum.name) return binding.span;
  return einsum.span;
}

base::SourceSpan place_of(const Costed& costed, const mappings::Program& program,
                          const Waiting& waiting) {
  if (waiting.token && program.tokens[*waiting.token].keep.valid())
    return costed.bound->keep_spans[program.tokens[*waiting.token].keep.index()];
  const mappings::Operation& operation = program.operations[waiting.operation];
  if (!operation.tile.empty()) return place_of(costed, operation.tile.front());
  if (!operation.moves.empty())
    return place_of(costed, program.flows[operation.moves.front().flow].step);
  return costed.mapping->schedule.span;
}

bool lacks_room(const mappings::Program& program, const Waiting& waiting) {
  return waiting.token && program.tokens[*waiting.token].keep.valid();
}

}  // namespace

base::Diagnostic deadlock(const Costed& costed, const mappings::Program& program,
                          const sim::Execution& execution) {
  const std::vector<Waiting> waiting = execution.waiting();
  const std::vector<Waiting> in_circle = circle(waiting);
  std::vector<std::string> texts;
  for (const Waiting& each : in_circle) texts.push_back(each.text);
  std::string message = fmt::format("nothing can go on: {}", fmt::join(texts, "; "));
  if (waiting.size() > in_circle.size())
    message += fmt::format("; {} more wait for these", waiting.size() - in_circle.size());
  const auto room = std::find_if(in_circle.begin(), in_circle.end(),
                                 [&](const Waiting& each) { return lacks_room(program, each); });
  const base::SourceSpan place =
      in_circle.empty()
          ? costed.mapping->schedule.span
          : place_of(costed, program, room != in_circle.end() ? *room : in_circle.front());
  base::Diagnostic out =
      base::error("E960", place, message,
                  room != in_circle.end()
                      ? "more copies of what is kept here, or another order of loops, may break "
                        "the circle"
                      : "another order of loops or phases may break the circle");
  for (const Waiting& each : in_circle)
    out.notes.push_back({place_of(costed, program, each), each.text});
  return out;
}

}  // namespace einfall::explore
