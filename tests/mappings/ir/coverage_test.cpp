#include <rapidcheck.h>
#include <functional>
#include <set>

#include "tests/mappings/ir/fixture.hpp"

using namespace einfall;
using namespace einfall::mappings;
using namespace einfall::tests;

namespace {

using Point = std::vector<std::int64_t>;  // by RankId

// Calls `visit` for every setting of the parts, as loops would run: a part whose start lies beyond
// the end of its rank is skipped. `at` holds the coordinates so far.
void run_loops(const BoundMapping& bound, const std::vector<PartId>& parts, std::size_t next,
               Point& at, const std::function<void()>& visit) {
  if (next == parts.size()) return visit();
  const BoundPart& part = bound[parts[next]];
  std::int64_t& coordinate = at[part.rank.index()];
  for (std::int64_t i = 0; i < part.trips; ++i) {
    coordinate += i * part.stride;
    if (coordinate < bound.sizes[part.rank]) run_loops(bound, parts, next + 1, at, visit);
    coordinate -= i * part.stride;
  }
}

std::vector<PartId> joined(const std::vector<std::vector<PartId>>& lists) {
  std::vector<PartId> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

// Each point of the Einsum once; as many visits and steps as were counted.
void check_step(const BoundMapping& bound, const BoundEinsum& step) {
  Point at(bound.sizes.values.size(), 0);
  std::map<Point, int> seen;
  run_loops(bound, joined({step.loops, step.rows, step.columns, step.time}), 0, at,
            [&] { ++seen[at]; });
  RC_ASSERT(static_cast<std::int64_t>(seen.size()) == step.points);
  for (const auto& [point, times] : seen) RC_ASSERT(times == 1);
  std::int64_t visits = 0, steps = 0;
  run_loops(bound, step.loops, 0, at, [&] { ++visits; });
  run_loops(bound, joined({step.loops, step.time}), 0, at, [&] { ++steps; });
  RC_ASSERT(visits == step.visits);
  RC_ASSERT(steps == step.steps);
}

// The coordinates an access touches at a point, or nothing if one is out of range; states count as
// one place.
std::optional<Point> element(const BoundMapping& bound, einsum::AccessId access, const Point& at) {
  Point out;
  for (const IndexForm& form : bound.forms[access.index()].indices) {
    std::int64_t coordinate = 0;
    for (const TermForm& term : form.terms) {
      RC_ASSERT(term.divisor == 1);
      coordinate += term.coefficient * at[term.rank.index()];
    }
    if (coordinate >= form.extent) return std::nullopt;
    out.push_back(form.state ? 0 : coordinate);
  }
  return out;
}

// Elements that arrive in a keep for one of its users, slice by slice.
void check_keep(const BoundMapping& bound, const BoundEinsum& step, const BoundAccess& access,
                const BoundKeep& keep) {
  const std::vector<PartId>& path = bound[keep.node].path;
  const PartSet filling = down_to_innermost(path, keep.relevant);
  std::vector<PartId> outer, inner;
  for (const PartId part : joined({step.loops, step.rows, step.columns, step.time}))
    (filling.has(part) ? outer : inner).push_back(part);
  std::int64_t fills = 0, filled = 0, largest = 0;
  Point at(bound.sizes.values.size(), 0);
  run_loops(bound, outer, 0, at, [&] {
    std::set<Point> slice;
    run_loops(bound, inner, 0, at, [&] {
      if (const auto touched = element(bound, access.access, at)) slice.insert(*touched);
    });
    ++fills;
    filled += static_cast<std::int64_t>(slice.size());
    largest = std::max(largest, static_cast<std::int64_t>(slice.size()));
  });
  RC_ASSERT(fills == keep.fills);
  RC_ASSERT(largest == keep.slice);
  RC_ASSERT(filled == keep.filled);
}

void check_all(const BoundMapping& bound) {
  for (const BoundEinsum& step : bound.einsums) {
    check_step(bound, step);
    for (const BoundAccess& read : step.reads)
      for (const KeepId keep : read.keeps) check_keep(bound, step, read, bound[keep]);
  }
}

// A size for the inner part of a rank that the mapping cuts.
void set_part(Mapping& mapping, const std::string& name, std::int64_t size) {
  for (Partition& partition : mapping.partitions)
    for (RankPart& part : partition.parts)
      if (part.name == name) {
        part.size = size;
        part.automatic = false;
      }
}

SizeMap tiny_sizes() {
  return {{"B", 1},
          {"H", *rc::gen::inRange(1, 3)},
          {"E", *rc::gen::inRange(1, 4)},
          {"F", *rc::gen::inRange(1, 4)},
          {"P", *rc::gen::inRange(1, 14)},
          {"M", *rc::gen::inRange(1, 14)}};
}

}  // namespace

TEST_CASE("a legal mapping of the one-pass cascade visits each point of each Einsum once",
          "[mapping][property]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const arch::Machine machine = machine_named("fusemax-4x4");
  const Mapping written = mapping_named("binding");
  CHECK(rc::check([&] {
    Mapping mapping = written;
    set_part(mapping, "P1", *rc::gen::inRange(1, 4));
    set_part(mapping, "P0", *rc::gen::inRange(1, 5));
    set_part(mapping, "M0", *rc::gen::inRange(1, 5));
    const auto bound = mappings::bind(mapping, cascade, machine, tiny_sizes());
    RC_ASSERT(bound.has_value());
    check_all(*bound);
  }));
}

TEST_CASE("a legal mapping of the three-pass cascade visits each point of each Einsum once",
          "[mapping][property]") {
  const einsum::Cascade cascade = cascade_named("attn_3pass");
  const arch::Machine machine = resized(machine_named("flat-cloud"), 4);
  for (const char* name : {"unfused", "unfused-blocked", "flat-16k", "flat-long"}) {
    const Mapping written = mapping_named(name);
    INFO(name);
    CHECK(rc::check([&] {
      Mapping mapping = written;
      set_part(mapping, "P1", *rc::gen::inRange(1, 4));
      set_part(mapping, "P0", *rc::gen::inRange(1, 5));
      set_part(mapping, "M0", *rc::gen::inRange(1, 5));
      const auto bound = mappings::bind(mapping, cascade, machine, tiny_sizes());
      RC_ASSERT(bound.has_value());
      check_all(*bound);
    }));
  }
}
