#include <fmt/format.h>

#include "arch/fields.hpp"
#include "mappings/ir/document.hpp"

namespace einfall::mappings {
namespace {

using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

constexpr std::int64_t kMaxCycles = std::int64_t{1} << 40;

Schema<Phase> phase_schema() {
  return {"phase",
          "Einsums that may overlap; a barrier follows. `[QK, LM]` for short.",
          {{"einsums", "list of Einsums", Presence::kRequired, "", "those of the phase",
            [](const yaml::Node& node, Phase& out, base::Diagnostics& sink) {
              out.einsums = arch::read_names(node, "an Einsum", sink);
            }},
           {"drained", "list of Einsums", Presence::kOptional, "",
            "producers whose drain FuseMax's published model charges at this barrier",
            [](const yaml::Node& node, Phase& out, base::Diagnostics& sink) {
              out.drained = arch::read_names(node, "an Einsum", sink);
            }}}};
}

Schema<Schedule::Slot> slot_schema() {
  return {"slot",
          "When an Einsum of a software pipeline runs.",
          {arch::integer_field("stage", Presence::kOptional, "0", "intervals after the first",
                               &Schedule::Slot::stage, 0, kMaxCycles),
           arch::integer_field("offset", Presence::kOptional, "0", "cycles into the interval",
                               &Schedule::Slot::offset, 0, kMaxCycles)}};
}

void read_section(const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
  Section section;
  section.span = node.span;
  if (!node.is_sequence()) {
    sink.push_back(
        base::error("E016", node.span,
                    fmt::format("a section is a list of phases, found {}", yaml::describe(node)),
                    "`sections: [[[QK], [GM, SN]], [[AV]]]`"));
    return;
  }
  for (const yaml::Node& item : node.items) {
    Phase phase;
    phase.span = item.span;
    if (item.is_map())
      base::read_object(phase_schema(), item, phase, sink);
    else
      phase.einsums = arch::read_names(item, "an Einsum", sink);
    section.phases.push_back(std::move(phase));
  }
  out.sections.push_back(std::move(section));
}

void read_interleaved(const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
  if (!node.is_sequence()) {
    sink.push_back(base::error(
        "E016", node.span,
        fmt::format("two Einsums that take turns are a list, found {}", yaml::describe(node)),
        "`interleave: [[SLNV, BQK]]`"));
    return;
  }
  Schedule::Interleaved pair;
  pair.span = node.span;
  pair.einsums = arch::read_names(node, "an Einsum", sink);
  out.interleave.push_back(std::move(pair));
}

void read_interval(const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
  if (node.is_scalar() && node.text == "auto") return;
  if (auto cycles = yaml::read_integer(node, "'interval'", 1, kMaxCycles, sink))
    out.interval = *cycles;
}

}  // namespace

Schema<Schedule> schedule_schema() {
  return {
      "schedule",
      "When Einsums run: one after another (`sequential`), in phases with barriers (`phased`) or "
      "as a software pipeline (`pipelined`).",
      {{"kind", "sequential, phased, pipelined", Presence::kRequired, "", "the kind of schedule",
        [](const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
          out.span = node.span;
          const std::vector<std::string> kinds = {"sequential", "phased", "pipelined"};
          if (auto kind = yaml::read_choice(node, "'kind'", kinds, sink))
            out.kind = static_cast<ScheduleKind>(*kind);
        }},
       {"sections", "list of lists of phases", Presence::kOptional, "",
        "phased: sections run one after another, inside one DRAM traffic overlaps with computing",
        [](const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
          for (const yaml::Node* item : arch::items_of(node)) read_section(*item, out, sink);
        }},
       arch::bool_field("phases_pipelined", "false",
                        "phased: the phases of one iteration work on tiles of different age, so "
                        "that none waits for a drain",
                        &Schedule::phases_pipelined),
       {"over", "list of loops", Presence::kOptional, "",
        "pipelined: the loops whose iterations overlap, outermost first",
        [](const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
          out.over = arch::read_names(node, "a loop", sink);
        }},
       {"interval", "cycles", Presence::kOptional, "auto",
        "pipelined: cycles from one iteration to the next", read_interval},
       {"interleave", "list of pairs of Einsums", Presence::kOptional, "",
        "pipelined: contractions that share their array cycle by cycle, tiles of different age",
        [](const yaml::Node& node, Schedule& out, base::Diagnostics& sink) {
          for (const yaml::Node* item : arch::items_of(node)) read_interleaved(*item, out, sink);
        }},
       arch::map_field<Schedule, Schedule::Slot>(
           "slots", "Einsum -> slot", Presence::kOptional,
           "pipelined: when each Einsum runs; found where not given", slot_schema,
           [](Schedule& out, const yaml::Node& name, Schedule::Slot slot) {
             slot.einsum = name.text;
             slot.span = name.span;
             out.slots.push_back(std::move(slot));
           })}};
}

std::vector<base::SchemaTable> schedule_tables() {
  return {table_of(schedule_schema()), table_of(phase_schema()), table_of(slot_schema())};
}

}  // namespace einfall::mappings
