#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "einsum/ir/sizes.hpp"
#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

using einsum::RankId;

constexpr std::int64_t kMaxSize = std::int64_t{1} << 40;

std::vector<std::string> rank_names(const einsum::Cascade& cascade) {
  std::vector<std::string> names;
  for (const einsum::Rank& rank : cascade.ranks) names.push_back(rank.name);
  return names;
}

// The size of an inner part; 1 for the automatic one until it is found.
std::optional<std::int64_t> size_of(Binder& binder, const RankPart& part) {
  if (part.automatic) return 1;
  if (const auto* number = std::get_if<std::int64_t>(&part.size)) return *number;
  const UnitExtent& extent = std::get<UnitExtent>(part.size);
  const arch::ComputeUnit* unit = binder.machine.find_unit(extent.unit);
  if (unit != nullptr) return extent.rows ? unit->rows : unit->columns;
  std::vector<std::string> known;
  for (const arch::ComputeUnit& u : binder.machine.units) known.push_back(u.name);
  binder.report("E805", part.span,
                fmt::format("machine '{}' has no unit '{}'", binder.machine.name, extent.unit),
                suggestion(extent.unit, known));
  return std::nullopt;
}

// M: [M1, M0: 256] where the cascade has M1 and M0 as ranks: sizes for the cascade.
void cut_by_cascade(Binder& binder, const Partition& partition,
                    std::map<std::string, std::int64_t>& sizes) {
  for (std::size_t i = 1; i < partition.parts.size(); ++i) {
    const RankPart& part = partition.parts[i];
    const auto size = size_of(binder, part);
    if (part.automatic)
      binder.report("E803", part.span,
                    fmt::format("'{}' is a rank of the cascade and cannot be automatic", part.name),
                    "give its size");
    if (!size || part.automatic) continue;
    const auto [at, fresh] = sizes.emplace(part.name, *size);
    if (!fresh && at->second != *size)
      binder.report(
          "E804", part.span,
          fmt::format("'{}' is {} here and {} from outside", part.name, *size, at->second),
          "leave one of the two out");
  }
}

// P: [P2, P1: auto, P0: 256]: loops of the mapping.
void cut_by_mapping(Binder& binder, const Partition& partition, RankId rank) {
  RankCut cut;
  cut.rank = rank;
  cut.written = &partition;
  std::int64_t stride = 1;
  for (std::size_t i = 1; i < partition.parts.size(); ++i) {
    const RankPart& part = partition.parts[i];
    const auto size = size_of(binder, part);
    cut.inner.push_back(size.value_or(1));
    if (part.automatic) cut.automatic = i;
    if (__builtin_mul_overflow(stride, cut.inner.back(), &stride) || stride > kMaxSize) {
      binder.report("E803", part.span,
                    fmt::format("the parts of rank '{}' span more than 2^40", partition.rank));
      return;
    }
  }
  binder.cuts.push_back(std::move(cut));
}

void check_names(Binder& binder, const Partition& partition, std::set<std::string>& taken) {
  for (const RankPart& part : partition.parts) {
    if (!taken.insert(part.name).second)
      binder.report("E803", part.span, fmt::format("two parts are called '{}'", part.name));
  }
}

void check_automatic(Binder& binder) {
  const RankPart* first = nullptr;
  for (const Partition& partition : binder.mapping.partitions)
    for (const RankPart& part : partition.parts) {
      if (!part.automatic) continue;
      if (first != nullptr)
        binder.report("E803", part.span,
                      fmt::format("'{}' and '{}' are both automatic", first->name, part.name),
                      "one part can be found from what fits; give the other a size");
      first = &part;
    }
}

void bind_partition(Binder& binder, const Partition& partition,
                    std::map<std::string, std::int64_t>& sizes, std::set<std::string>& taken) {
  const auto rank = binder.cascade.find_rank(partition.rank);
  if (!rank) {
    binder.report("E804", partition.span,
                  fmt::format("cascade '{}' has no rank '{}'", binder.cascade.name, partition.rank),
                  suggestion(partition.rank, rank_names(binder.cascade)));
    return;
  }
  const auto is_rank = [&](const RankPart& part) {
    return binder.cascade.find_rank(part.name).has_value();
  };
  check_names(binder, partition, taken);
  const auto ranks = std::count_if(partition.parts.begin(), partition.parts.end(), is_rank);
  if (ranks == 0) return cut_by_mapping(binder, partition, *rank);
  if (static_cast<std::size_t>(ranks) == partition.parts.size())
    return cut_by_cascade(binder, partition, sizes);
  binder.report(
      "E803", partition.span,
      fmt::format("some parts of '{}' are ranks of the cascade and some are not", partition.rank),
      "cut the ranks of the cascade further in partitions of their own");
}

// One part for an uncut rank, the parts of its cut for any other.
void make_parts(Binder& binder) {
  BoundMapping& bound = binder.bound;
  bound.rank_parts.resize(binder.cascade.ranks.size());
  for (std::size_t r = 0; r < binder.cascade.ranks.size(); ++r) {
    const auto cut = std::find_if(binder.cuts.begin(), binder.cuts.end(),
                                  [&](const RankCut& c) { return c.rank.index() == r; });
    std::vector<std::string> names = {binder.cascade.ranks[r].name};
    if (cut != binder.cuts.end()) {
      names.clear();
      for (const RankPart& part : cut->written->parts) names.push_back(part.name);
    }
    for (const std::string& name : names) {
      const PartId id(bound.parts.size());
      bound.parts.push_back({RankId(r), 1, 1});
      bound.part_names.push_back(name);
      bound.rank_parts[r].push_back(id);
      binder.part_by_name[name] = {id};
    }
    binder.part_by_name[binder.cascade.ranks[r].name] = bound.rank_parts[r];
  }
}

}  // namespace

std::string suggestion(const std::string& word, std::vector<std::string> known) {
  const std::string close = base::nearest(word, known);
  if (!close.empty()) return fmt::format("did you mean '{}'?", close);
  constexpr std::size_t kShown = 24;
  if (known.size() > kShown) known.resize(kShown);
  return known.empty() ? "there is none" : fmt::format("there are: {}", fmt::join(known, " "));
}

bool bind_parts(Binder& binder, const std::map<std::string, std::int64_t>& sizes) {
  const std::size_t before = binder.sink.size();
  std::map<std::string, std::int64_t> all = sizes;
  std::set<std::string> taken;
  for (const Partition& partition : binder.mapping.partitions)
    if (!binder.enough()) bind_partition(binder, partition, all, taken);
  check_automatic(binder);
  if (binder.sink.size() != before) return false;
  const auto bound_sizes = einsum::bind_sizes(binder.cascade, all);
  if (!bound_sizes) {
    binder.sink.insert(binder.sink.end(), bound_sizes.error().begin(), bound_sizes.error().end());
    return false;
  }
  binder.bound.sizes = *bound_sizes;
  make_parts(binder);
  if (binder.bound.parts.size() > kMaxParts) {
    const auto& cut = binder.mapping.partitions;
    const auto most = std::max_element(
        cut.begin(), cut.end(),
        [](const Partition& a, const Partition& b) { return a.parts.size() < b.parts.size(); });
    binder.report("E803", most == cut.end() ? binder.mapping.nest_at : most->span,
                  fmt::format("the ranks have {} parts together; {} are the most",
                              binder.bound.parts.size(), kMaxParts));
    return false;
  }
  set_trips(binder, 1);
  return true;
}

void set_trips(Binder& binder, std::int64_t automatic) {
  BoundMapping& bound = binder.bound;
  for (std::size_t r = 0; r < bound.rank_parts.size(); ++r)
    if (bound.rank_parts[r].size() == 1)
      bound.parts[bound.rank_parts[r][0].index()].trips = bound.sizes.values[r];
  for (const RankCut& cut : binder.cuts) {
    const std::vector<PartId>& parts = bound.rank_parts[cut.rank.index()];
    const std::int64_t size = bound.sizes[cut.rank];
    std::int64_t stride = 1;
    for (std::size_t i = parts.size(); i-- > 0;) {
      BoundPart& part = bound.parts[parts[i].index()];
      const std::int64_t left = base::ceil_div(size, stride);
      const std::int64_t wanted =
          i == 0 ? left : (cut.automatic == i ? automatic : cut.inner[i - 1]);
      part.stride = stride;
      part.trips = std::min(wanted, left);
      // Strides follow the written sizes, so that a rank shorter than a tile is one partial tile.
      if (i > 0 && __builtin_mul_overflow(stride, wanted, &stride)) stride = kMaxSize;
    }
  }
}

}  // namespace einfall::mappings
