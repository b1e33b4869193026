#include "mappings/program/turns.hpp"

#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>

/// Whose turn it is, against listing all visits and sorting them.
namespace einfall::mappings {
namespace {

// Where a visit comes, compared from the front, and the operation that makes it.
struct Visit {
  std::vector<std::int64_t> place;
  std::size_t operation = 0;
  bool operator<(const Visit& other) const { return place < other.place; }
};

std::int64_t between(std::int64_t low, std::int64_t high) {
  return *rc::gen::inRange<std::int64_t>(low, high + 1);
}

// Loops over parts from `first` on, each of a rank of its own.
Walk loops(std::size_t first, const std::vector<std::int64_t>& trips) {
  Walk walk;
  for (const std::int64_t count : trips)
    walk.levels.push_back({PartId(first++), count, 1, count, {}, true});
  return walk;
}

std::vector<std::int64_t> some_trips(std::int64_t levels) {
  std::vector<std::int64_t> trips;
  for (std::int64_t i = 0; i < levels; ++i) trips.push_back(between(1, 4));
  return trips;
}

BoundNode node(const Walk& walk) {
  BoundNode made;
  for (const WalkLevel& level : walk.levels) made.path.push_back(level.part);
  return made;
}

void check(const Program& program, std::vector<Visit> visits) {
  std::sort(visits.begin(), visits.end());
  std::vector<Cursor> cursors;
  for (const Operation& operation : program.operations) cursors.emplace_back(operation);
  Turns turns(program, program.engines.front(), cursors);
  for (const Visit& visit : visits) {
    RC_ASSERT(!turns.over());
    RC_ASSERT(turns.next() == visit.operation);
    cursors[visit.operation].next();
    if (*rc::gen::inRange(0, 8) == 0)
      turns.sort();
    else
      turns.moved_on();
  }
  RC_ASSERT(turns.over());
}

TEST_CASE("operations of one leaf take turns by slots", "[property]") {
  rc::prop("slots", [] {
    Program program;
    const std::int64_t levels = between(1, 3);
    const Walk walk = loops(0, some_trips(levels));
    program.nodes = {node(walk)};
    program.engines.resize(1);
    const auto run_from = static_cast<std::size_t>(between(0, levels));
    const std::int64_t count = between(1, 5);
    std::vector<Visit> visits;
    for (std::int64_t i = 0; i < count; ++i) {
      Operation op;
      op.node = op.group = NodeId(0);
      op.walk = walk;
      op.run_from = run_from;
      op.sequence = i;
      op.stage = between(0, 5);
      op.offset = between(0, 3);
      std::int64_t index = 0;
      std::vector<std::int64_t> run;
      for (Walker at(walk); !at.done(); at.next(), ++index) {
        const std::vector<std::int64_t> outside(at.digits().begin(),
                                                at.digits().begin() + op.run_from);
        if (outside != run) index = 0;
        run = outside;
        std::vector<std::int64_t> place = outside;
        place.insert(place.end(), {index + op.stage, op.offset, op.sequence});
        visits.push_back({place, program.operations.size()});
      }
      program.engines[0].operations.push_back(program.operations.size());
      program.operations.push_back(op);
    }
    check(program, visits);
  });
}

TEST_CASE("leaves of a nest take turns in each iteration of the loops around them", "[property]") {
  rc::prop("leaves", [] {
    Program program;
    const Walk around = loops(0, some_trips(between(0, 2)));
    program.nodes = {node(around)};
    program.engines.resize(1);
    std::int64_t sequence = 0;
    std::vector<Visit> visits;
    const std::int64_t leaves = between(1, 3);
    for (std::int64_t leaf = 0; leaf < leaves; ++leaf) {
      Walk walk = around;
      const Walk inside = loops(10 * static_cast<std::size_t>(leaf + 1), some_trips(between(0, 2)));
      walk.levels.insert(walk.levels.end(), inside.levels.begin(), inside.levels.end());
      program.nodes.push_back(node(walk));
      program.nodes.back().parent = NodeId(0);
      const std::int64_t count = between(1, 3);
      for (std::int64_t i = 0; i < count; ++i) {
        Operation op;
        op.node = NodeId(program.nodes.size() - 1);
        op.walk = walk;
        op.sequence = sequence++;
        for (Walker at(walk); !at.done(); at.next()) {
          std::vector<std::int64_t> place = at.digits();
          place.insert(place.begin() + static_cast<std::ptrdiff_t>(around.levels.size()), leaf);
          place.push_back(op.sequence);
          visits.push_back({place, program.operations.size()});
        }
        program.engines[0].operations.push_back(program.operations.size());
        program.operations.push_back(op);
      }
    }
    check(program, visits);
  });
}

}  // namespace
}  // namespace einfall::mappings
