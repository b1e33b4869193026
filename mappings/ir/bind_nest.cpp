#include <fmt/format.h>

#include <set>

#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/types.hpp"
#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

std::vector<std::string> loop_names(const Binder& binder) {
  std::vector<std::string> names;
  for (const auto& [name, parts] : binder.part_by_name) names.push_back(name);
  return names;
}

// Appends the parts of one written loop to the path of its node.
void bind_loop(Binder& binder, const Located<std::string>& loop, BoundNode& node) {
  if (binder.enough()) return;
  const auto found = binder.part_by_name.find(loop.value);
  if (found == binder.part_by_name.end()) {
    binder.report("E805", loop.span, fmt::format("there is no rank or part '{}'", loop.value),
                  suggestion(loop.value, loop_names(binder)));
    return;
  }
  for (const PartId part : found->second) {
    const PartSet outside(node.path);
    if (outside.has(part)) {
      binder.report("E806", loop.span,
                    fmt::format("the loop '{}' is inside itself", binder.name_of(part)));
      return;
    }
    for (const PartId outer : binder.bound.rank_parts[binder.bound[part].rank.index()]) {
      if (outer == part) break;
      if (outside.has(outer)) continue;
      binder.report("E806", loop.span,
                    fmt::format("the loop '{}' is not inside '{}', the next outer part of its rank",
                                binder.name_of(part), binder.name_of(outer)),
                    "parts of a rank nest from the outermost in");
      return;
    }
    node.loops.push_back(part);
    node.path.push_back(part);
  }
}

std::optional<std::int64_t> bits_of(Binder& binder, const Keep& keep) {
  if (!keep.type) return binder.machine.word.value() * 8;
  if (const auto type = einsum::data_type(keep.type->value)) return einsum::bits(*type);
  binder.report("E817", keep.type->span,
                fmt::format("there is no data type '{}'", keep.type->value));
  return std::nullopt;
}

template <class Id, class T>
std::optional<Id> id_by_name(const std::vector<T>& parts, const std::string& name) {
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].name == name) return Id(i);
  return std::nullopt;
}

void bind_keep(Binder& binder, const Keep& keep, NodeId node) {
  if (binder.enough()) return;
  BoundKeep out;
  out.node = node;
  const auto tensor = binder.cascade.find_tensor(keep.tensor);
  if (!tensor) {
    std::vector<std::string> known;
    for (const einsum::Tensor& t : binder.cascade.tensors) known.push_back(t.name);
    binder.report("E805", keep.span,
                  fmt::format("cascade '{}' has no tensor '{}'", binder.cascade.name, keep.tensor),
                  suggestion(keep.tensor, known));
    return;
  }
  out.tensor = *tensor;
  out.memory = id_by_name<MemoryId>(binder.machine.memories, keep.place);
  out.unit = id_by_name<UnitId>(binder.machine.units, keep.place);
  if (!out.memory && !out.unit) {
    std::vector<std::string> known;
    for (const arch::Memory& m : binder.machine.memories) known.push_back(m.name);
    for (const arch::ComputeUnit& u : binder.machine.units) known.push_back(u.name);
    binder.report(
        "E805", keep.span,
        fmt::format("machine '{}' has no memory or unit '{}'", binder.machine.name, keep.place),
        suggestion(keep.place, known));
    return;
  }
  if (out.memory && out.memory->index() == 0) {
    binder.report("E817", keep.span,
                  fmt::format("'{}' is kept in '{}', the outermost memory, where every tensor is",
                              keep.tensor, keep.place),
                  "name what is kept closer to the units");
    return;
  }
  for (const KeepId other : binder.bound[node].keeps)
    if (binder.written_keeps[other.index()]->tensor == keep.tensor &&
        binder.written_keeps[other.index()]->place == keep.place) {
      binder.report("E817", keep.span,
                    fmt::format("'{}' is kept in '{}' twice", keep.tensor, keep.place));
      return;
    }
  const auto bits = bits_of(binder, keep);
  if (!bits) return;
  out.bits = *bits;
  out.copies = keep.copies;
  out.resident_numerator = keep.resident_numerator;
  out.resident_denominator = keep.resident_denominator;
  binder.bound.nodes[node.index()].keeps.push_back(KeepId(binder.bound.keeps.size()));
  binder.bound.keeps.push_back(std::move(out));
  binder.bound.keep_spans.push_back(keep.span);
  binder.written_keeps.push_back(&keep);
}

void bind_einsum(Binder& binder, const Located<std::string>& written, NodeId node) {
  if (binder.enough()) return;
  const auto einsum = binder.cascade.find_einsum(written.value);
  if (!einsum) {
    std::vector<std::string> known;
    for (const einsum::Einsum& e : binder.cascade.einsums)
      if (!e.is_init) known.push_back(e.name);
    binder.report(
        "E805", written.span,
        fmt::format("cascade '{}' has no Einsum '{}'", binder.cascade.name, written.value),
        suggestion(written.value, known));
    return;
  }
  if (binder.bound.step_of[einsum->index()].valid()) {
    binder.report("E820", written.span,
                  fmt::format("Einsum '{}' stands in the nest twice", written.value),
                  "an Einsum is in one leaf: it would be computed twice");
    return;
  }
  const StepId step(binder.bound.einsums.size());
  BoundEinsum out;
  out.einsum = *einsum;
  out.node = node;
  out.loops = binder.bound[node].path;
  for (const einsum::VarId var : binder.cascade[*einsum].vars)
    for (const PartId part : binder.bound.rank_parts[binder.cascade[var].rank.index()])
      out.ranks.insert(part);
  binder.bound.step_of[einsum->index()] = step;
  binder.step_by_name[written.value] = step;
  binder.bound.einsums.push_back(std::move(out));
  binder.bound.nodes[node.index()].einsums.push_back(step);
  binder.step_spans.push_back(written.span);
}

// At most as deep as YAML documents nest.
void bind_node(Binder& binder, const LoopNode& written, NodeId parent) {
  const NodeId id(binder.bound.nodes.size());
  BoundNode node;
  node.parent = parent;
  if (parent.valid()) node.path = binder.bound[parent].path;
  for (const Located<std::string>& loop : written.loops) bind_loop(binder, loop, node);
  binder.bound.nodes.push_back(std::move(node));
  binder.written_nodes.push_back(&written);
  if (parent.valid())
    binder.bound.nodes[parent.index()].children.push_back(id);
  else
    binder.bound.roots.push_back(id);
  for (const Keep& keep : written.keeps) bind_keep(binder, keep, id);
  for (const Located<std::string>& einsum : written.einsums) bind_einsum(binder, einsum, id);
  for (const LoopNode& child : written.children) bind_node(binder, child, id);
}

void check_complete(Binder& binder) {
  std::set<std::string> absorbed;
  for (const Absorbed& a : binder.mapping.absorbed) absorbed.insert(a.einsum);
  for (std::size_t i = 0; i < binder.cascade.einsums.size() && !binder.enough(); ++i) {
    const einsum::Einsum& einsum = binder.cascade.einsums[i];
    if (einsum.is_init || binder.bound.step_of[i].valid() || absorbed.count(einsum.name) != 0)
      continue;
    base::Diagnostic missing =
        base::error("E820", binder.mapping.nest_at,
                    fmt::format("Einsum '{}' of cascade '{}' is neither in the nest nor absorbed",
                                einsum.name, binder.cascade.name),
                    "add it to a leaf");
    missing.notes.push_back({einsum.span, "the Einsum"});
    binder.sink.push_back(std::move(missing));
  }
}

}  // namespace

bool bind_nest(Binder& binder) {
  const std::size_t before = binder.sink.size();
  binder.bound.step_of.resize(binder.cascade.einsums.size());
  for (const LoopNode& node : binder.mapping.nest) bind_node(binder, node, {});
  check_complete(binder);
  return binder.sink.size() == before;
}

bool bind_absorbed(Binder& binder) {
  const std::size_t before = binder.sink.size();
  const einsum::Cascade& cascade = binder.cascade;
  for (std::size_t t = 0; t < cascade.tensors.size(); ++t)
    binder.stands_for.push_back(einsum::TensorId(t));
  for (const Absorbed& absorbed : binder.mapping.absorbed) {
    if (binder.enough()) break;
    const auto einsum = cascade.find_einsum(absorbed.einsum);
    const auto into = cascade.find_tensor(absorbed.into.value);
    if (!einsum || !into) {
      binder.report(
          "E805", einsum ? absorbed.into.span : absorbed.span,
          fmt::format("cascade '{}' has no {} '{}'", cascade.name, einsum ? "tensor" : "Einsum",
                      einsum ? absorbed.into.value : absorbed.einsum));
      continue;
    }
    const einsum::TensorId result = cascade[cascade[*einsum].lhs].tensor;
    bool fits = cascade[*into].role == einsum::TensorRole::kInput &&
                cascade[*into].ranks == cascade[result].ranks &&
                !binder.bound.step_of[einsum->index()].valid();
    for (const einsum::AccessId read : reads(cascade, cascade[*einsum]))
      fits = fits && cascade[read].tensor == *into;
    if (fits) {
      binder.stands_for[result.index()] = *into;
      continue;
    }
    binder.report(
        "E819", absorbed.span,
        fmt::format("'{}' cannot be absorbed into '{}'", absorbed.einsum, absorbed.into.value),
        "it must be a map of that one input, with the same ranks, and not stand in the nest");
  }
  return binder.sink.size() == before;
}

}  // namespace einfall::mappings
