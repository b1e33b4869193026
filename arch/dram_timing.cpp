#include "arch/dram_timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch/fields.hpp"
#include "base/yaml/node.hpp"

namespace einfall::arch {
namespace {

using base::Field;
using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

constexpr std::int64_t kMaxCount = std::int64_t{1} << 20;
constexpr std::int64_t kMaxClocks = std::int64_t{1} << 24;

/// The timing section while it is read.
struct Section {
  DramClocks clocks;
  std::vector<DramSource> sources;
};
struct Parameter {
  std::int64_t clocks = 0;
  std::string source;
};
struct Document {
  DramTiming timing;
  Section section;
  base::SourceSpan span;
};

Schema<Parameter> parameter_schema() {
  return {"number of a DRAM timing table",
          "One number of the device.",
          {integer_field("clocks", Presence::kRequired, "", "clocks of the device",
                         &Parameter::clocks, 0, kMaxClocks),
           text_field("source", Presence::kRequired, "where the number comes from",
                      &Parameter::source)}};
}

Field<Section> clocks_field(std::string key, std::string doc, std::int64_t DramClocks::*member) {
  auto read = [key, member](const yaml::Node& node, Section& out, base::Diagnostics& sink) {
    Parameter parameter;
    if (!base::read_object(parameter_schema(), node, parameter, sink)) return;
    if (parameter.source.empty())
      sink.push_back(base::error("E715", node.span, "'" + key + "' names no source"));
    out.clocks.*member = parameter.clocks;
    out.sources.push_back({key, std::move(parameter.source), node.span});
  };
  return {std::move(key), "clocks and source", Presence::kRequired, "", std::move(doc), read};
}

Schema<Section> timing_schema() {
  using C = DramClocks;
  return {
      "timing of a DRAM",
      "Clocks between two commands, `{clocks: 14, source: ...}` each. _S holds between bank "
      "groups, _L inside one.",
      {clocks_field("CL", "read to its first data", &C::cl),
       clocks_field("CWL", "write to its first data", &C::cwl),
       clocks_field("tRCD_RD", "activation to read", &C::rcd_read),
       clocks_field("tRCD_WR", "activation to write", &C::rcd_write),
       clocks_field("tRP", "precharge of a bank to activation", &C::rp),
       clocks_field("tRP_all", "precharge of all banks to refresh", &C::rp_all),
       clocks_field("tRAS", "activation to precharge", &C::ras),
       clocks_field("tRC", "activation to activation of the same bank", &C::rc),
       clocks_field("tCCD_S", "column to column command", &C::ccd_s),
       clocks_field("tCCD_L", "column to column command", &C::ccd_l),
       clocks_field("tRRD_S", "activation to activation", &C::rrd_s),
       clocks_field("tRRD_L", "activation to activation", &C::rrd_l),
       clocks_field("tFAW", "an activation to the fourth after it in the rank", &C::faw),
       clocks_field("tRTP", "read to precharge", &C::rtp),
       clocks_field("tWR", "end of written data to precharge", &C::wr),
       clocks_field("tWTR_S", "end of written data to read", &C::wtr_s),
       clocks_field("tWTR_L", "end of written data to read", &C::wtr_l),
       clocks_field("turnaround", "rest of the bus from read to written data", &C::turnaround),
       clocks_field("tRTRS", "rest of the bus from one rank's data to another's", &C::rank_switch),
       clocks_field("tREFI", "refresh to refresh of a rank", &C::refresh_interval),
       clocks_field("tRFC", "refresh to activation", &C::refresh)}};
}

std::optional<std::int64_t> read_power(const yaml::Node& node, const std::string& what,
                                       base::Diagnostics& sink) {
  const auto value = yaml::read_integer(node, what, 1, kMaxCount, sink);
  if (!value || (*value & (*value - 1)) == 0) return value;
  sink.push_back(
      base::error("E020", node.span, fmt::format("{} is a power of two, found {}", what, *value)));
  return std::nullopt;
}

Field<DramOrganization> power_field(std::string key, std::string doc,
                                    std::int64_t DramOrganization::*member) {
  return field<DramOrganization, std::int64_t, std::int64_t>(
      std::move(key), "power of two", Presence::kRequired, "", std::move(doc), member, read_power);
}

Schema<DramOrganization> organization_schema() {
  using O = DramOrganization;
  return {
      "organization of a DRAM",
      "How the device is built.",
      {power_field("channels", "buses of their own", &O::channels),
       power_field("ranks", "of a channel, sharing its bus", &O::ranks),
       power_field("bank_groups", "of a rank", &O::bank_groups),
       power_field("banks", "of a bank group", &O::banks),
       power_field("rows", "of a bank", &O::rows),
       field<O, base::Bytes, base::Bytes>("row", "size", Presence::kRequired, "",
                                          "what an activation opens", &O::row, yaml::read_bytes),
       field<O, base::Bytes, base::Bytes>("bus", "size", Presence::kRequired, "",
                                          "width of a channel", &O::bus, yaml::read_bytes),
       power_field("burst", "beats of a column command, two a clock", &O::burst),
       integer_field("window", Presence::kRequired, "", "bursts that a channel's controller holds",
                     &O::window, 1, kMaxCount),
       text_field("source", Presence::kRequired, "where these numbers come from", &O::source)}};
}

const std::array<std::string, kAddressFields> kFieldNames{"row",  "rank",    "bank_group",
                                                          "bank", "channel", "column"};

void read_mapping(const yaml::Node& node, Document& out, base::Diagnostics& sink) {
  const std::size_t before = sink.size();
  std::vector<AddressField> mapping;
  for (const yaml::Node* item : items_of(node))
    if (const auto choice = yaml::read_choice(*item, "a field of the address",
                                              {kFieldNames.begin(), kFieldNames.end()}, sink))
      mapping.push_back(static_cast<AddressField>(*choice));
  if (sink.size() != before) return;
  for (std::size_t f = 0; f < kAddressFields; ++f) {
    const auto times = std::count(mapping.begin(), mapping.end(), static_cast<AddressField>(f));
    if (times != 1)
      sink.push_back(base::error(
          "E718", node.span,
          fmt::format("the address names '{}' {} times, each of its fields stands once in it",
                      kFieldNames[f], times)));
  }
  out.timing.mapping = std::move(mapping);
}

template <class M>
Field<Document> top_field(std::string key, std::string type, std::string doc, M DramTiming::*member,
                          ValueReader<M> read) {
  auto store = [what = "'" + key + "'", member, read](const yaml::Node& node, Document& out,
                                                      base::Diagnostics& sink) {
    if (auto value = read(node, what, sink)) out.timing.*member = std::move(*value);
  };
  return {std::move(key), std::move(type), Presence::kRequired, "", std::move(doc), store};
}

Schema<Document> dram_schema() {
  return {
      "DRAM timing table",
      "How a DRAM is built and what must lie between its commands. A machine's memory names "
      "the table under `timing`.",
      {version_field<Document>(),
       top_field<std::string>("dram", "name", "name of the table", &DramTiming::name,
                              yaml::read_name),
       top_field<std::string>("doc", "text", "what it is", &DramTiming::doc, yaml::read_text),
       top_field<base::Hertz>("clock", "frequency", "of the commands; data move twice a clock",
                              &DramTiming::clock, yaml::read_hertz),
       {"organization", "map", Presence::kRequired, "", "how the device is built",
        [](const yaml::Node& node, Document& out, base::Diagnostics& sink) {
          base::read_object(organization_schema(), node, out.timing.organization, sink);
        }},
       {"address", "list of names", Presence::kRequired, "",
        "its fields from the top down: row, rank, bank_group, bank, channel, column", read_mapping},
       object_field<Document, Section>("timing", Presence::kRequired, "clocks between commands",
                                       &Document::section, timing_schema)}};
}

// One number must reach another.
struct Ordered {
  const char* key;
  std::int64_t value;
  const char* what;
  std::int64_t least;
};

void check_clocks(const DramTiming& timing, base::Diagnostics& sink) {
  const DramClocks& c = timing.clocks;
  const std::int64_t burst = timing.organization.burst_clocks();
  // The first access after a refresh must be over before the next, else nothing is ever served.
  const std::int64_t one_access =
      c.refresh + c.rp_all +
      std::max({c.ras, c.rcd_read + c.rtp, c.rcd_write + c.cwl + burst + c.wr});
  const Ordered rules[] = {{"tRC", c.rc, "tRAS", c.ras},
                           {"tCCD_L", c.ccd_l, "tCCD_S", c.ccd_s},
                           {"tRRD_L", c.rrd_l, "tRRD_S", c.rrd_s},
                           {"tWTR_L", c.wtr_l, "tWTR_S", c.wtr_s},
                           {"tRP_all", c.rp_all, "tRP", c.rp},
                           {"tRP", c.rp, "a command", 1},
                           {"tRRD_S", c.rrd_s, "a command", 1},
                           {"tREFI", c.refresh_interval, "a refresh and one access", one_access}};
  for (const Ordered& rule : rules) {
    if (rule.value >= rule.least) continue;
    const auto at = std::find_if(timing.sources.begin(), timing.sources.end(),
                                 [&](const DramSource& s) { return s.key == rule.key; });
    sink.push_back(base::error(
        "E719", at == timing.sources.end() ? base::SourceSpan{} : at->span,
        fmt::format("{} is {} clocks, {} takes {}", rule.key, rule.value, rule.what, rule.least)));
  }
}

// Wide enough for every device, and narrow enough for peak() and addresses to fit 63 bits and for
// the state of a simulation to stay small.
constexpr std::int64_t kMaxRow = 1 << 20, kMaxBus = 1 << 10, kMaxBanks = 1 << 16;
constexpr std::int64_t kMaxClock = 100'000'000'000;

void check_organization(const DramTiming& timing, const base::SourceSpan& span,
                        base::Diagnostics& sink) {
  const DramOrganization& o = timing.organization;
  const auto power = [](std::int64_t v, std::int64_t most) {
    return v > 0 && v <= most && (v & (v - 1)) == 0;
  };
  if (o.burst < 2 || !power(o.row.value(), kMaxRow) || !power(o.bus.value(), kMaxBus) ||
      o.row.value() < o.burst_bytes())
    sink.push_back(base::error(
        "E719", span,
        fmt::format("a row of {} B and bursts of {} beats of {} B: a row is a power of two up to "
                    "1 MiB, a bus one up to 1 KiB, a burst has two beats or more, and a row holds "
                    "whole bursts",
                    o.row.value(), o.burst, o.bus.value())));
  if (o.channels > kMaxBanks || o.channels * o.ranks > kMaxBanks ||
      o.channels * o.ranks * o.bank_groups > kMaxBanks ||
      o.channels * o.ranks * o.bank_groups * o.banks > kMaxBanks)
    sink.push_back(
        base::error("E719", span, "a DRAM has 65536 banks at most, all channels counted"));
  if (timing.clock.value() > kMaxClock)
    sink.push_back(base::error("E719", span, "the clock of a DRAM is 100 GHz at most"));
}

}  // namespace

base::BytesPerSecond DramTiming::peak() const {
  return base::BytesPerSecond(clock.value() * 2 * organization.bus.value() * organization.channels);
}

base::Result<DramTiming> load_dram_timing(const std::string& path) {
  EINFALL_TRY(const yaml::Node node, yaml::load(path));
  base::Diagnostics sink;
  Document document;
  const bool whole = base::read_object(dram_schema(), node, document, sink);
  DramTiming& timing = document.timing;
  timing.clocks = document.section.clocks;
  timing.sources = std::move(document.section.sources);
  if (whole) {
    check_organization(timing, node.find("organization")->span, sink);
    check_clocks(timing, sink);
  }
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return std::move(timing);
}

std::vector<base::SchemaTable> dram_schema_tables() {
  return {table_of(dram_schema()), table_of(organization_schema()), table_of(timing_schema()),
          table_of(parameter_schema())};
}

}  // namespace einfall::arch
