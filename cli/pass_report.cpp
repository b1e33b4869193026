#include "cli/pass_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text_table.hpp"
#include "einsum/language/print.hpp"

namespace einfall::cli {
namespace {

using base::TextTable;
using einsum::Cascade;
using einsum::Certainty;
using einsum::ChainLink;
using einsum::RankId;
using einsum::RankPasses;
using einsum::SplitPasses;
using einsum::SymbolicCount;
using einsum::TensorPasses;
using Json = nlohmann::ordered_json;
constexpr auto kRight = TextTable::Align::kRight;

std::string joined(const Cascade& cascade, const std::vector<RankId>& ranks,
                   const char* between = "+") {
  std::string names;
  for (const RankId rank : ranks) names += (names.empty() ? "" : between) + cascade[rank].name;
  return names;
}

bool contains(const std::vector<RankId>& ranks, RankId rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

// The split that a rank is a part of, or that it is read through.
const SplitPasses* split_of(const PassReport& report, RankId rank) {
  for (const SplitPasses& split : report.analysis.splits)
    if (contains(split.parts, rank) || contains(split.of, rank)) return &split;
  return nullptr;
}

// Nothing runs over the rank itself, only over the parts that it is read through.
bool only_in_parts(const PassReport& report, const RankPasses& rank) {
  const SplitPasses* split = split_of(report, rank.rank);
  return split != nullptr && contains(split->of, rank.rank) && rank.traversals.is_zero();
}

// ---- Text --------------------------------------------------------------------------------------

std::string count(const PassReport& report, const SymbolicCount& value) {
  return einsum::text(report.cascade, value);
}

std::string rank_table(const PassReport& report) {
  TextTable table({{"rank", {}},
                   {"size", kRight},
                   {"passes", kRight},
                   {"traversals", kRight},
                   {"most visits to", {}},
                   {"crossing", {}}});
  for (const RankPasses& rank : report.analysis.ranks) {
    if (only_in_parts(report, rank)) continue;
    std::string crossing;
    for (const einsum::Crossing& c : rank.crossing)
      crossing +=
          fmt::format("{}{} {}->{}", crossing.empty() ? "" : ", ", report.cascade[c.tensor].name,
                      count(report, c.from), count(report, c.to));
    table.add({report.cascade[rank.rank].name,
               report.sizes ? fmt::format("{}", (*report.sizes)[rank.rank]) : "-",
               count(report, rank.passes), count(report, rank.traversals),
               rank.set_by ? report.cascade[*rank.set_by].name : "-", crossing});
  }
  return table.text();
}

std::string split_table(const PassReport& report) {
  if (report.analysis.splits.empty()) return {};
  TextTable table({{"rank", {}}, {"cut into", {}}, {"fine passes", kRight}, {"coarse", kRight}});
  for (const SplitPasses& split : report.analysis.splits)
    table.add({joined(report.cascade, split.of), joined(report.cascade, split.parts),
               count(report, split.fine), count(report, split.coarse)});
  return "\n" + table.text();
}

// Ranks whose counts are upper bounds.
std::vector<RankId> masked_ranks(const PassReport& report) {
  std::vector<RankId> found;
  for (const RankPasses& rank : report.analysis.ranks)
    if (rank.at_most) found.push_back(rank.rank);
  return found;
}

std::string recut_text(const PassReport& report) {
  std::string text;
  for (const einsum::Recut& recut : report.analysis.recuts) {
    std::string ways;
    for (const std::vector<RankId>& way : recut.ways)
      ways += (ways.empty() ? "" : " and ") + joined(report.cascade, way);
    text += fmt::format(
        "\n{} is gone through by {}: passes are counted for each alone, {}\n",
        report.cascade[recut.tensor].name, ways,
        masked_ranks(report).empty() ? "so they are at least these" : "together there may be more");
  }
  return text;
}

std::string mask_text(const PassReport& report) {
  const std::vector<RankId> masked = masked_ranks(report);
  if (masked.empty()) return {};
  return fmt::format("\nmasks leave no whole fiber of {}: one sweep may do for several, {}\n",
                     joined(report.cascade, masked, ", "),
                     report.analysis.recuts.empty() ? "so passes are at most these"
                                                    : "so there may be fewer passes, too");
}

std::string alias_table(const PassReport& report) {
  if (report.analysis.aliases.empty()) return {};
  TextTable table({{"common rank", {}}, {"of", {}}, {"passes", kRight}, {"traversals", kRight}});
  for (const einsum::AliasPasses& alias : report.analysis.aliases)
    table.add({alias.name, joined(report.cascade, alias.members),
               count(report, alias.passes.passes), count(report, alias.passes.traversals)});
  return "\n" + table.text();
}

std::string chain_text(const PassReport& report, const RankPasses& rank) {
  if (rank.chain.empty()) return {};
  std::string text =
      fmt::format("\nwhy rank {} needs its passes\n", report.cascade[rank.rank].name);
  TextTable table({{"", {}}, {"", {}}, {"", {}}, {"", {}}});
  for (const ChainLink& link : rank.chain)
    table.add({fmt::format("pass {}", count(report, link.pass)),
               fmt::format("line {}", link.span.line),
               fmt::format("{} waits for {}", report.cascade[link.einsum].name,
                           report.cascade[link.waits_for].name),
               link.kind + (link.each_step ? ", in every step" : "")});
  return text + table.text(2);
}

std::string joint_text(const PassReport& report) {
  if (!report.analysis.joint) return {};
  const einsum::JointSweeps& joint = *report.analysis.joint;
  return fmt::format("\nsweeps of all ranks together: {}{}, rank by rank {}\n",
                     einsum::words(einsum::certainty(joint)), joint.sweeps, joint.separate);
}

// Written, read and gone in the first pass, one element at a time.
bool passes_through(const PassReport& report, const TensorPasses& tensor) {
  return report.analysis.ranks[tensor.rank.index()].traversals.number() == 1 &&
         !tensor.whole_fiber && tensor.window.as_constant() == 1 && tensor.partial.empty();
}

std::string tensor_table(const PassReport& report) {
  TextTable table({{"tensor", {}},
                   {"along", {}},
                   {"written in pass", kRight},
                   {"read in", kRight},
                   {"live elements", {}},
                   {"gathered", {}}});
  bool some = false, all = true;
  for (const TensorPasses& tensor : report.analysis.tensors) {
    if (passes_through(report, tensor)) {
      all = false;
      continue;
    }
    some = true;
    std::string read;
    for (const SymbolicCount& level : tensor.read)
      read += (read.empty() ? "" : ", ") + count(report, level);
    const std::string& rank = report.cascade[tensor.rank].name;
    table.add({report.cascade[tensor.tensor].name, rank,
               tensor.produced ? count(report, *tensor.produced) : "", read,
               tensor.whole_fiber ? rank : einsum::print(report.cascade, tensor.window),
               tensor.partial});
  }
  std::string text = some ? "\n" + table.text() : "\n";
  if (!all)
    text += fmt::format("{}: written and read in one pass, 1 element live\n",
                        some ? "other tensors and ranks" : "every tensor along every rank");
  return text;
}

// ---- JSON --------------------------------------------------------------------------------------

// A number where there is one: constant, or for the sizes at hand; else null.
Json number(const PassReport& report, const SymbolicCount& value) {
  if (const auto constant = value.number()) return *constant;
  if (report.sizes) return value.at(*report.sizes);
  return nullptr;
}

// The formula of a count that grows; else null.
Json growth(const PassReport& report, const SymbolicCount& value) {
  return value.number() ? Json() : Json(count(report, value));
}

Json chain_json(const PassReport& report, const std::vector<ChainLink>& chain) {
  Json list = Json::array();
  for (const ChainLink& link : chain)
    list.push_back({{"tensor", report.cascade[link.waits_for].name},
                    {"einsum", report.cascade[link.einsum].name},
                    {"pass", count(report, link.pass)},
                    {"line", link.span.line},
                    {"kind", link.kind},
                    {"each_step", link.each_step}});
  return list;
}

Json rank_json(const PassReport& report, const RankPasses& rank) {
  const SplitPasses* split = split_of(report, rank.rank);
  const SymbolicCount& fine = split != nullptr ? split->fine : rank.passes;
  Json json;
  const bool whole = !only_in_parts(report, rank);
  json["passes"] = whole ? number(report, rank.passes) : Json();
  json["traversals"] = whole ? number(report, rank.traversals) : Json();
  json["fine"] = number(report, fine);
  const Certainty known = einsum::certainty(report.analysis, rank);
  if (known == Certainty::kAtLeast) json["at_least"] = true;
  if (known == Certainty::kAtMost) json["at_most"] = true;
  if (known == Certainty::kAbout) json["about"] = true;
  json["growth"] = growth(report, rank.passes);
  json["set_by"] = rank.set_by ? Json(report.cascade[*rank.set_by].name) : Json();
  json["chain"] = chain_json(report, rank.chain);
  json["traversal_chain"] = chain_json(report, rank.traversal_chain);
  json["crossing"] = Json::array();
  for (const einsum::Crossing& crossing : rank.crossing)
    json["crossing"].push_back({{"tensor", report.cascade[crossing.tensor].name},
                                {"from", number(report, crossing.from)},
                                {"to", number(report, crossing.to)},
                                {"elements_per_fiber", report.cascade[rank.rank].name}});
  return json;
}

Json tensor_json(const PassReport& report, const TensorPasses& tensor) {
  Json json;
  json["passes"] = number(report, tensor.passes);
  json["produced"] = tensor.produced ? number(report, *tensor.produced) : Json();
  json["read"] = Json::array();
  for (const SymbolicCount& level : tensor.read) json["read"].push_back(number(report, level));
  json["whole_fiber"] = tensor.whole_fiber;
  const auto window =
      report.sizes ? tensor.window.evaluate(*report.sizes) : tensor.window.as_constant();
  json["window"] = window ? Json(*window) : Json();
  json["partial"] = tensor.partial.empty() ? Json() : Json(tensor.partial);
  return json;
}

// "3-pass": the most fine passes of any rank, or as a formula.
std::string class_of(const PassReport& report) {
  SymbolicCount most, certain;  // of all ranks, of those whose counts masks do not lower
  for (const RankPasses& rank : report.analysis.ranks) {
    const SplitPasses* split = split_of(report, rank.rank);
    const SymbolicCount& passes = split != nullptr ? split->fine : rank.passes;
    const auto join = [&](SymbolicCount& so_far) {
      so_far = report.sizes ? einsum::larger_from(so_far, passes, *report.sizes)
                            : einsum::larger(so_far, passes);
    };
    join(most);
    if (!rank.at_most) join(certain);
  }
  const bool at_most = certain != most, at_least = !report.analysis.recuts.empty();
  const Certainty known = at_least ? (at_most ? Certainty::kAbout : Certainty::kAtLeast)
                                   : (at_most ? Certainty::kAtMost : Certainty::kExact);
  return std::string(einsum::words(known)) + count(report, most) + "-pass";
}

const char* role(einsum::TensorRole role) {
  switch (role) {
    case einsum::TensorRole::kInput:
      return "input";
    case einsum::TensorRole::kIntermediate:
      return "intermediate";
    case einsum::TensorRole::kOutput:
      break;
  }
  return "output";
}

}  // namespace

std::string text(const PassReport& report) {
  std::string text = fmt::format("{}: {}\n\n", report.cascade.name, class_of(report));
  text += rank_table(report) + split_table(report) + recut_text(report) + mask_text(report) +
          alias_table(report) + tensor_table(report);
  for (const RankPasses& rank : report.analysis.ranks) text += chain_text(report, rank);
  return text + joint_text(report);
}

void add_fields(const PassReport& report, Json& json) {
  const Cascade& cascade = report.cascade;
  json["class"] = class_of(report);
  json["ranks"] = Json::object();
  for (const RankPasses& rank : report.analysis.ranks)
    json["ranks"][cascade[rank.rank].name] = rank_json(report, rank);
  json["splits"] = Json::object();
  for (const SplitPasses& split : report.analysis.splits)
    json["splits"][joined(cascade, split.parts)] = {{"of", joined(cascade, split.of)},
                                                    {"fine", number(report, split.fine)},
                                                    {"coarse", number(report, split.coarse)}};
  json["aliases"] = Json::object();
  for (const einsum::AliasPasses& alias : report.analysis.aliases)
    json["aliases"][alias.name] = {{"passes", number(report, alias.passes.passes)},
                                   {"traversals", number(report, alias.passes.traversals)}};
  json["joint"] = nullptr;
  if (report.analysis.joint)
    json["joint"] = {{"sweeps", report.analysis.joint->sweeps},
                     {"separate", report.analysis.joint->separate},
                     {"exact", einsum::certainty(*report.analysis.joint) == Certainty::kExact}};
  json["tensors"] = Json::object();
  for (const einsum::Tensor& tensor : cascade.tensors)
    json["tensors"][tensor.name] = {{"role", role(tensor.role)}, {"ranks", Json::object()}};
  for (const TensorPasses& tensor : report.analysis.tensors)
    json["tensors"][cascade[tensor.tensor].name]["ranks"][cascade[tensor.rank].name] =
        tensor_json(report, tensor);
}

}  // namespace einfall::cli
