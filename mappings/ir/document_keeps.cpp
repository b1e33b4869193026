#include <fmt/format.h>

#include <charconv>

#include "arch/fields.hpp"
#include "mappings/ir/document.hpp"

namespace einfall::mappings {
namespace {

using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

constexpr std::int64_t kMaxPart = std::int64_t{1} << 40;
constexpr std::int64_t kMaxFraction = std::int64_t{1} << 20;

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// `128/129`: more than 0 and at most 1.
void read_resident(const yaml::Node& node, Keep& out, base::Diagnostics& sink) {
  const auto text = yaml::read_text(node, "'resident'", sink);
  if (!text) return;
  const std::size_t bar = text->find('/');
  const auto top = digits(std::string_view(*text).substr(0, bar));
  const auto bottom = bar == std::string::npos ? std::optional<std::int64_t>(1)
                                               : digits(std::string_view(*text).substr(bar + 1));
  if (top && bottom && 0 < *top && *top <= *bottom && *bottom <= kMaxFraction) {
    out.resident_numerator = *top;
    out.resident_denominator = *bottom;
    return;
  }
  sink.push_back(base::error(
      "E802", node.span,
      fmt::format("'resident' must be a fraction above 0 and at most 1 like 128/129, found '{}'",
                  text->substr(0, 40)),
      "the rest of the tensor spills to the outermost memory"));
}

Schema<Keep> keep_schema() {
  return {"kept tensor",
          "A tensor in a memory or in a unit's registers. `[Q, {V: {copies: 2}}]`.",
          {{"resident", "fraction", Presence::kOptional, "1",
            "how much of it is there; the rest spills to the outermost memory", read_resident},
           arch::integer_field("copies", Presence::kOptional, "1", "2: double-buffered",
                               &Keep::copies, 1, 16),
           arch::field<Keep, std::optional<Located<std::string>>, std::string>(
               "in_place_of", "tensor", Presence::kOptional, "",
               "a tensor kept in the same place, whose storage it takes over", &Keep::in_place_of,
               yaml::read_name),
           arch::field<Keep, std::optional<Located<std::string>>, std::string>(
               "type", "data type", Presence::kOptional, "the machine's word",
               "how its elements are stored here", &Keep::type, yaml::read_name)}};
}

void read_keep(const yaml::Node& item, const std::string& place, LoopNode& out,
               base::Diagnostics& sink) {
  Keep keep;
  keep.place = place;
  keep.span = item.span;
  if (!item.is_map()) {
    if (auto name = yaml::read_name(item, "a kept tensor", sink)) {
      keep.tensor = std::move(*name);
      out.keeps.push_back(std::move(keep));
    }
    return;
  }
  if (item.entries.size() != 1) {
    sink.push_back(base::error("E802", item.span, "a kept tensor with options is one name",
                               "write `[Q, {V: {copies: 2}}]`"));
    return;
  }
  const auto name = yaml::read_name(item.entries[0].key, "a kept tensor", sink);
  if (!name || !base::read_object(keep_schema(), item.entries[0].value, keep, sink)) return;
  keep.tensor = *name;
  keep.span = item.entries[0].key.span;
  out.keeps.push_back(std::move(keep));
}

// `array2d.rows`, `array1d.lanes`.
std::optional<UnitExtent> unit_extent(const std::string& text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string::npos || dot == 0) return std::nullopt;
  const std::string_view what = std::string_view(text).substr(dot + 1);
  if (what != "rows" && what != "columns" && what != "lanes") return std::nullopt;
  return UnitExtent{text.substr(0, dot), what == "rows"};
}

void read_size(const yaml::Node& value, RankPart& part, base::Diagnostics& sink) {
  if (value.is_scalar() && value.text == "auto") {
    part.automatic = true;
    return;
  }
  if (value.is_scalar())
    if (auto extent = unit_extent(value.text)) {
      part.size = std::move(*extent);
      return;
    }
  base::Diagnostics problem;
  if (auto size = yaml::read_integer(value, "the size of a part", 1, kMaxPart, problem)) {
    part.size = *size;
    return;
  }
  for (base::Diagnostic& d : problem)
    if (d.help.empty()) d.help = "or `auto`, or the extent of a unit: `array2d.rows`";
  sink.insert(sink.end(), problem.begin(), problem.end());
}

std::optional<RankPart> read_part(const yaml::Node& item, base::Diagnostics& sink) {
  RankPart part;
  part.span = item.span;
  const yaml::Node* name = &item;
  if (item.is_map() && item.entries.size() == 1) {
    name = &item.entries[0].key;
    read_size(item.entries[0].value, part, sink);
  }
  const auto text = yaml::read_name(*name, "a part of a rank", sink);
  if (!text) return std::nullopt;
  part.name = *text;
  part.span = name->span;
  return part;
}

void check_parts(const Partition& partition, base::Diagnostics& sink) {
  for (std::size_t i = 0; i < partition.parts.size(); ++i) {
    const RankPart& part = partition.parts[i];
    const bool sized = part.automatic || part.size.index() != 0;
    if (i == 0 && sized)
      sink.push_back(base::error(
          "E803", part.span,
          fmt::format("the outermost part '{}' of rank '{}' has a size", part.name, partition.rank),
          "it takes what the inner parts leave"));
    if (i > 0 && !sized)
      sink.push_back(base::error(
          "E803", part.span,
          fmt::format("the inner part '{}' of rank '{}' has no size", part.name, partition.rank),
          fmt::format("write `{}: 256`, `{}: auto` or `{}: array2d.rows`", part.name, part.name,
                      part.name)));
  }
  if (partition.parts.size() < 2)
    sink.push_back(
        base::error("E803", partition.span,
                    fmt::format("rank '{}' is cut into fewer than two parts", partition.rank)));
}

}  // namespace

void read_keeps(const yaml::Node& node, LoopNode& out, base::Diagnostics& sink) {
  if (!node.is_map()) {
    sink.push_back(base::error(
        "E016", node.span,
        fmt::format("'keep' is a map from places to tensors, found {}", yaml::describe(node)),
        "`keep: {buffer: [Q, K]}`"));
    return;
  }
  for (const yaml::MapEntry& entry : node.entries)
    if (const auto place = yaml::read_name(entry.key, "a place", sink))
      for (const yaml::Node* item : arch::items_of(entry.value))
        read_keep(*item, *place, out, sink);
}

void read_partitions(const yaml::Node& node, Mapping& out, base::Diagnostics& sink) {
  if (!node.is_map()) {
    sink.push_back(base::error("E016", node.span, "'partition' is a map from ranks to parts",
                               "`partition: {M: [M1, M0: 256]}`"));
    return;
  }
  for (const yaml::MapEntry& entry : node.entries) {
    Partition partition;
    partition.rank = entry.key.text;
    partition.span = entry.key.span;
    const std::size_t before = sink.size();
    for (const yaml::Node* item : arch::items_of(entry.value))
      if (auto part = read_part(*item, sink)) partition.parts.push_back(std::move(*part));
    if (sink.size() == before) check_parts(partition, sink);
    out.partitions.push_back(std::move(partition));
  }
}

base::SchemaTable keep_table() { return table_of(keep_schema()); }

}  // namespace einfall::mappings
