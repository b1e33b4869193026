#pragma once

#include <cstdint>
#include <vector>

#include "mappings/program/program.hpp"

/// What a program moves, visit by visit.
namespace einfall::tests {

/// Words of all visits of all operations, by flow.
inline std::vector<std::int64_t> words_moved(const mappings::Program& program) {
  std::vector<std::int64_t> words(program.flows.size(), 0);
  for (const mappings::Operation& op : program.operations) {
    if (op.moves.empty()) continue;
    for (mappings::Walker at(op.walk); !at.done(); at.next())
      for (const mappings::Movement& move : op.moves)
        if (at.issued() && move.when.holds(at)) words[move.flow] += move.words.at(at);
  }
  return words;
}

/// What the analytic model counts for them.
inline std::vector<std::int64_t> words_of(const std::vector<mappings::Flow>& flows) {
  std::vector<std::int64_t> words;
  for (const mappings::Flow& flow : flows) words.push_back(flow.words);
  return words;
}

}  // namespace einfall::tests
