#include "arch/document_units.hpp"
#include "arch/fields.hpp"
#include "base/yaml/path.hpp"

namespace einfall::arch {
namespace {

using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

constexpr std::int64_t kMaxCount = std::int64_t{1} << 20;

Schema<Ports> ports_schema() {
  return {"ports of a memory",
          "Accesses of one row that can be made in a cycle; none given: not limited.",
          {integer_field("read", Presence::kOptional, "none", "ports that only read", &Ports::read,
                         1, kMaxCount),
           integer_field("write", Presence::kOptional, "none", "ports that only write",
                         &Ports::write, 1, kMaxCount),
           integer_field("shared", Presence::kOptional, "none", "ports that read or write",
                         &Ports::shared, 1, kMaxCount)}};
}

}  // namespace

namespace {

Schema<ColdFeature> cold_schema() {
  return {"cold start of a memory",
          "The first bytes of a run, which come at another rate than the rest.",
          {field<ColdFeature, base::Bytes, base::Bytes>("bytes", "size", Presence::kRequired, "",
                                                        "how many they are", &ColdFeature::bytes,
                                                        yaml::read_bytes),
           field<ColdFeature, base::BytesPerSecond, base::BytesPerSecond>(
               "bandwidth", "rate", Presence::kRequired, "", "at which they come",
               &ColdFeature::bandwidth, yaml::read_bandwidth),
           source_field("where these numbers come from", &ColdFeature::source)}};
}

}  // namespace

Schema<MemoryFeature> memory_feature_schema() {
  return {"memory",
          "A memory; the first of the machine is the outermost (DRAM).",
          {field<MemoryFeature, std::optional<Located<base::Bytes>>, base::Bytes>(
               "capacity", "size", Presence::kOptional, "not limited", "`16 MiB`",
               &MemoryFeature::capacity, yaml::read_bytes),
           field<MemoryFeature, Located<base::Bytes>, base::Bytes>(
               "row", "size", Presence::kRequired, "", "what one access moves", &MemoryFeature::row,
               yaml::read_bytes),
           field<MemoryFeature, std::optional<base::BytesPerSecond>, base::BytesPerSecond>(
               "bandwidth", "rate", Presence::kOptional, "not limited", "`400 GiB/s`",
               &MemoryFeature::bandwidth, yaml::read_bandwidth),
           integer_field("instances", Presence::kOptional, "1",
                         "one beside each instance of the units that have as many; capacity and "
                         "ports are of each, for tasks that a mapping dispatches",
                         &MemoryFeature::instances, 1, kMaxCount),
           {"cold", "cold start", Presence::kOptional, "none",
            "of the outermost memory, for tasks that a mapping dispatches",
            [](const yaml::Node& node, MemoryFeature& out, base::Diagnostics& sink) {
              ColdFeature cold;
              if (base::read_object(cold_schema(), node, cold, sink)) out.cold = std::move(cold);
            }},
           field<MemoryFeature, std::optional<Located<std::string>>, std::string>(
               "timing", "path", Presence::kOptional, "none",
               "a DRAM timing table, relative to this document; for simulation by the bank",
               &MemoryFeature::timing, yaml::read_path),
           source_field("where these numbers come from", &MemoryFeature::source)}};
}

Schema<MemoryImplementation> memory_implementation_schema() {
  return {
      "implementation of a memory",
      "How a memory is built and which component of the tables it is.",
      {text_field("component", Presence::kRequired,
                  "component of the tables; `{capacity}` and `{row}` are put in, the capacity in "
                  "the largest binary unit that divides it and the row in bytes: "
                  "`sram-{capacity}-{row}` is `sram-1536KiB-256B`",
                  &MemoryImplementation::component),
       integer_field("banks", Presence::kOptional, "1",
                     "independent banks, each serving one access a cycle; for simulation by the "
                     "cycle: the analytic model counts ports only",
                     &MemoryImplementation::banks, 1, kMaxCount),
       object_field<MemoryImplementation, Ports>("ports", Presence::kOptional,
                                                 "accesses in a cycle",
                                                 &MemoryImplementation::ports, ports_schema),
       field<MemoryImplementation, base::Cycles, base::Cycles>(
           "latency", "cycles", Presence::kOptional, "0 cycles", "from request to data",
           &MemoryImplementation::latency, yaml::read_cycles),
       source_field("where these numbers come from", &MemoryImplementation::source)}};
}

Schema<Link> link_schema() {
  return {
      "link",
      "A direct path between two parts of the machine: memories that it leads past are not "
      "accessed.",
      {name_field("from", Presence::kRequired, "unit or memory", &Link::from),
       name_field("to", Presence::kRequired, "unit or memory", &Link::to),
       field<Link, base::Bytes, base::Bytes>(
           "width", "size", Presence::kOptional, "not limited",
           "bytes a cycle; for simulation by the cycle, and for tasks that a mapping "
           "dispatches: else the analytic model does not limit links",
           &Link::width,
           [](const yaml::Node& node, const std::string& what,
              base::Diagnostics& sink) -> std::optional<base::Bytes> {
             const auto width = yaml::read_bytes(node, what, sink);
             if (!width || width->value() > 0) return width;
             sink.push_back(base::error("E714", node.span,
                                        "a link of 0 bytes a cycle moves nothing",
                                        "leave the key out where the link is not limited"));
             return std::nullopt;
           }),
       field<Link, base::Cycles, base::Cycles>("latency", "cycles", Presence::kOptional, "0 cycles",
                                               "from end to end; part of the delays of a timetable",
                                               &Link::latency, yaml::read_cycles)}};
}

std::vector<base::SchemaTable> memory_schema_tables() {
  return {table_of(memory_feature_schema()), table_of(memory_implementation_schema()),
          table_of(ports_schema()), table_of(cold_schema()), table_of(link_schema())};
}

}  // namespace einfall::arch
