#include "cli/schedule_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text_table.hpp"

namespace einfall::cli {
namespace {

using base::TextTable;
using einsum::Handover;
using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, Handover>, 4> kHandovers{
    {{"buffered", Handover::kBuffered},
     {"spilled", Handover::kSpilled},
     {"recomputed", Handover::kRecomputed},
     {"cheapest", Handover::kCheapest}}};

base::Result<einsum::RankId> rank_of(const einsum::Cascade& cascade, const std::string& name) {
  if (const auto rank = cascade.find_rank(name)) return *rank;
  std::vector<std::string> known;
  for (const einsum::Rank& rank : cascade.ranks) known.push_back(rank.name);
  const std::string near = base::nearest(name, known);
  return base::failure(base::error("E502", {cascade.file, 0, 0, 1},
                                   fmt::format("--tiles names the rank '{}', which cascade '{}' "
                                               "does not have",
                                               name, cascade.name),
                                   near.empty() ? "" : fmt::format("did you mean '{}'?", near)));
}

std::string why_not(const base::Diagnostics& diagnostics) {
  return diagnostics.empty() ? "" : diagnostics.front().message;
}

}  // namespace

base::Result<TileReport> tile_report(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                                     base::Bytes buffer, const TileRequest& request) {
  EINFALL_TRY(const einsum::RankId swept, rank_of(cascade, request.swept));
  EINFALL_TRY(const einsum::RankId tiled, rank_of(cascade, request.tiled));
  TileReport report{request, {}};
  for (const auto& [name, handover] : kHandovers)
    report.rows.push_back({name, einsum::tiled_traffic(cascade, sizes, buffer,
                                                       {swept, tiled, request.chunk, handover})});
  // Where no schedule fits, the request makes no sense for this buffer.
  const auto refused = [](const TileReport::Row& row) { return !row.traffic; };
  if (std::all_of(report.rows.begin(), report.rows.end(), refused))
    return base::failure(report.rows.back().traffic.error());
  return report;
}

std::string text(const TileReport& report) {
  TextTable table({{"handed over", {}},
                   {"rows a tile", TextTable::Align::kRight},
                   {"tiles", TextTable::Align::kRight},
                   {"bytes", TextTable::Align::kRight},
                   {"", {}}});
  for (const TileReport::Row& row : report.rows) {
    if (row.traffic)
      table.add({row.handover, fmt::format("{}", row.traffic->rows),
                 fmt::format("{}", row.traffic->tiles),
                 fmt::format("{}", row.traffic->total.value()), ""});
    else
      table.add({row.handover, "", "", "", why_not(row.traffic.error())});
  }
  return fmt::format("\nschedules that sweep {} in chunks of {} for every tile of {}\n",
                     report.request.swept, report.request.chunk, report.request.tiled) +
         table.text(2);
}

void add_fields(const TileReport& report, Json& json) {
  Json& schedules = json["bounds"]["schedules"];
  schedules = Json::object();
  for (const TileReport::Row& row : report.rows) {
    if (row.traffic)
      schedules[row.handover] = {{"rows", row.traffic->rows},
                                 {"tiles", row.traffic->tiles},
                                 {"total_bytes", row.traffic->total.value()}};
    else
      schedules[row.handover] = {{"error", why_not(row.traffic.error())}};
  }
}

std::string text(const einsum::Cascade& cascade, const std::vector<einsum::StateClass>& states) {
  TextTable table({{"along", {}}, {"carries", {}}, {"keeps whole fibers", {}}});
  bool any = false;
  for (const einsum::StateClass& state : states) {
    if (state.carried.empty() && state.fibres.empty()) continue;
    any = true;
    table.add({cascade[state.rank].name,
               state.carried.empty() ? "" : einsum::text(cascade, state.carried),
               state.fibres.empty() ? "" : einsum::text(cascade, state.fibres)});
  }
  return any ? "\n" + table.text() : "";
}

void add_fields(const einsum::Cascade& cascade, const std::vector<einsum::StateClass>& states,
                Json& json) {
  for (const einsum::StateClass& state : states) {
    Json& rank = json["ranks"][cascade[state.rank].name];
    rank["state"] = einsum::text(cascade, state.carried);
    rank["fibres"] = einsum::text(cascade, state.fibres);
  }
}

}  // namespace einfall::cli
