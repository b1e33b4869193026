#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "einsum/ir/access_walk.hpp"
#include "mappings/ir/binder.hpp"
#include "mappings/ir/leaf_order.hpp"
#include "mappings/ir/nest.hpp"

namespace einfall::mappings {
namespace {

using einsum::AccessId;
using einsum::TensorId;

std::optional<einsum::ShiftedVariable> shift_at(const einsum::Cascade& cascade, AccessId access,
                                                std::size_t position) {
  return as_shifted_variable(cascade, cascade[access].indices[position]);
}

// Fills in carried and final_value of a read of an iterative tensor, and whether its writers are in
// the same leaf.
void relate(Binder& binder, StepId reader, BoundAccess& read) {
  const einsum::Cascade& cascade = binder.cascade;
  const BoundEinsum& step = binder.bound[reader];
  bool here = false, elsewhere = false;
  for (const einsum::Edge& edge : binder.graph.edges) {
    if (edge.reader != step.einsum || edge.access != read.access) continue;
    const StepId writer = binder.bound.step_of[edge.writer.index()];
    if (!writer.valid()) continue;
    (binder.bound[writer].node == step.node ? here : elsewhere) = true;
    const auto position = cascade[cascade[read.access].tensor].iterative_position;
    if (!position) continue;
    const auto to = shift_at(cascade, cascade[edge.writer].lhs, *position);
    if (!to) continue;  // an init line
    const auto from = shift_at(cascade, read.access, *position);
    if (!from)
      read.final_value = true;
    else if (to->offset > from->offset)
      read.carried = true;
  }
  read.forwarded = here && !elsewhere && !read.carried && !read.final_value;
}

// Every reader of an iterative tensor takes its last value or is inside the writer's loops over the
// iterative rank.
bool is_state(const Binder& binder, TensorId tensor) {
  const einsum::Cascade& cascade = binder.cascade;
  const auto position = cascade[tensor].iterative_position;
  if (!position) return false;
  for (const einsum::Edge& edge : binder.graph.edges) {
    if (cascade[edge.access].tensor != tensor || cascade[edge.writer].is_init) continue;
    const StepId writer = binder.bound.step_of[edge.writer.index()];
    const StepId reader = binder.bound.step_of[edge.reader.index()];
    if (!writer.valid() || !reader.valid()) continue;
    if (!shift_at(cascade, edge.access, *position)) continue;
    const auto stepping = cascade[edge.writer].iterative_var;
    if (!stepping) return false;
    const NodeId common =
        common_node(binder.bound, binder.bound[writer].node, binder.bound[reader].node);
    const PartSet shared = common.valid() ? PartSet(binder.bound[common].path) : PartSet();
    for (const PartId part : binder.bound.rank_parts[cascade[*stepping].rank.index()])
      if (PartSet(binder.bound[writer].loops).has(part) && !shared.has(part)) return false;
  }
  return true;
}

void make_forms(Binder& binder) {
  for (const einsum::Access& access : binder.cascade.accesses)
    binder.bound.forms.push_back(access_form(binder.cascade, binder.bound.sizes, access));
  for (std::size_t t = 0; t < binder.cascade.tensors.size(); ++t) {
    if (!is_state(binder, TensorId(t))) continue;
    const std::size_t position = *binder.cascade.tensors[t].iterative_position;
    for (std::size_t a = 0; a < binder.cascade.accesses.size(); ++a)
      if (binder.cascade.accesses[a].tensor == TensorId(t))
        binder.bound.forms[a].indices[position].state = true;
  }
}

// The keeps that serve an access, nearest to the unit first.
void find_keeps(Binder& binder, const BoundEinsum& step, BoundAccess& access) {
  for (NodeId node = step.node; node.valid(); node = binder.bound[node].parent) {
    std::vector<KeepId> here;
    for (const KeepId id : binder.bound[node].keeps) {
      const BoundKeep& keep = binder.bound[id];
      if (keep.tensor == access.tensor && (!keep.unit || *keep.unit == step.unit))
        here.push_back(id);
    }
    // Registers before memories, inner memories before outer ones.
    std::stable_sort(here.begin(), here.end(), [&](KeepId a, KeepId b) {
      const auto depth = [&](KeepId id) {
        const BoundKeep& keep = binder.bound[id];
        return keep.memory ? keep.memory->index() : binder.machine.memories.size();
      };
      return depth(a) > depth(b);
    });
    for (const KeepId id : here) binder.bound.keeps[id.index()].users.push_back(access.access);
    access.keeps.insert(access.keeps.end(), here.begin(), here.end());
  }
}

void bind_access(const Binder& binder, AccessId access, BoundAccess& out) {
  out.access = access;
  out.tensor = binder.stands_for[binder.cascade[access].tensor.index()];
}

// A value that waits inside its leaf, and that a memory keeps there, is read back from it.
void read_back_what_waits(Binder& binder) {
  for (const Wait& wait : leaf_waits(binder.bound)) {
    BoundEinsum& reader = binder.bound.einsums[wait.reader.index()];
    for (BoundAccess& read : reader.reads) {
      if (read.access != wait.read || binder.bound[wait.producer].write.keeps.empty()) continue;
      read.forwarded = false;
      find_keeps(binder, reader, read);
    }
  }
}

// How an access moves with the loops of a path: by position its ranks that have a part there. What
// an index chooses may be anywhere.
using Motion = std::vector<std::vector<std::array<std::int64_t, 4>>>;
Motion motion_of(const BoundMapping& bound, AccessId access, PartSet path) {
  Motion out;
  for (const IndexForm& form : bound.forms[access.index()].indices) {
    auto& terms = out.emplace_back();
    if (form.state) continue;
    for (const TermForm& term : form.terms)
      if (!(PartSet(bound.rank_parts[term.rank.index()]) & path).empty())
        terms.push_back({static_cast<std::int64_t>(term.rank.index()), term.coefficient,
                         term.divisor, term.remainder ? 1 : 0});
    std::sort(terms.begin(), terms.end());
  }
  return out;
}

// At each position all that the tensor has.
bool is_whole(const BoundMapping& bound, AccessId access) {
  const std::vector<IndexForm>& indices = bound.forms[access.index()].indices;
  return std::all_of(indices.begin(), indices.end(), [&](const IndexForm& form) {
    return form.opaque.empty() && form.constant == 0 && form.terms.size() == 1 &&
           form.terms.front().coefficient == 1 && form.terms.front().divisor <= 1 &&
           bound.sizes[form.terms.front().rank] >= form.extent;
  });
}

bool is_made(const BoundMapping& bound, TensorId tensor) {
  return std::any_of(bound.einsums.begin(), bound.einsums.end(),
                     [&](const BoundEinsum& step) { return step.write.tensor == tensor; });
}

// An input that its readers go through by different loops (`X[n] * X[m]`) is kept in as many
// slices, each renewed by its own loops: in room and traffic they are keeps of their own. Where the
// whole tensor stays for one of them, all find there what they need.
void part_slices(Binder& binder, KeepId id) {
  BoundMapping& bound = binder.bound;
  const BoundKeep keep = bound[id];
  if (is_made(bound, keep.tensor)) return;
  const PartSet path(bound[keep.node].path);
  std::map<Motion, std::vector<AccessId>> slices;
  for (const AccessId user : keep.users) slices[motion_of(bound, user, path)].push_back(user);
  if (slices.size() < 2) return;
  const auto still = slices.find(Motion(slices.begin()->first.size()));
  if (still != slices.end() && is_whole(bound, still->second.front())) {
    bound.keeps[id.index()].users = still->second;
    return;
  }
  bool first = true;
  for (const auto& [motion, users] : slices) {
    KeepId part = id;
    if (!first) {
      part = KeepId(bound.keeps.size());
      bound.keeps.push_back(keep);
      bound.keep_spans.push_back(bound.keep_spans[id.index()]);
      binder.written_keeps.push_back(binder.written_keeps[id.index()]);
      bound.nodes[keep.node.index()].keeps.push_back(part);
    }
    first = false;
    bound.keeps[part.index()].users = users;
    for (BoundEinsum& step : bound.einsums)
      for (BoundAccess& read : step.reads)
        if (std::find(users.begin(), users.end(), read.access) != users.end())
          std::replace(read.keeps.begin(), read.keeps.end(), id, part);
  }
}

// A write stays inside when its tensor is no output and every reader is forwarded.
void find_consumed(Binder& binder) {
  std::vector<bool> leaves(binder.cascade.tensors.size(), false);
  for (std::size_t t = 0; t < leaves.size(); ++t)
    leaves[t] = binder.cascade.tensors[t].role == einsum::TensorRole::kOutput;
  for (const BoundEinsum& step : binder.bound.einsums)
    for (const BoundAccess& read : step.reads)
      if (!read.forwarded) leaves[read.tensor.index()] = true;
  for (BoundEinsum& step : binder.bound.einsums)
    step.write.consumed_in_leaf = !leaves[step.write.tensor.index()];
}

void find_closed(Binder& binder) {
  for (BoundKeep& keep : binder.bound.keeps)
    keep.closed = binder.cascade[keep.tensor].role == einsum::TensorRole::kIntermediate;
  const auto visit = [&](const BoundAccess& access) {
    for (std::size_t k = 0; k < binder.bound.keeps.size(); ++k) {
      BoundKeep& keep = binder.bound.keeps[k];
      if (keep.tensor == access.tensor && !access.forwarded &&
          std::find(access.keeps.begin(), access.keeps.end(), KeepId(k)) == access.keeps.end())
        keep.closed = false;
    }
  };
  for (const BoundEinsum& step : binder.bound.einsums) {
    for (const BoundAccess& read : step.reads) visit(read);
    visit(step.write);
  }
}

void bind_in_place(Binder& binder) {
  for (std::size_t k = 0; k < binder.bound.keeps.size(); ++k) {
    BoundKeep& keep = binder.bound.keeps[k];
    const Keep& written = *binder.written_keeps[k];
    if (keep.users.empty())
      binder.report("E817", written.span,
                    fmt::format("'{}' is kept in '{}', but no Einsum under this node uses it "
                                "there",
                                written.tensor, written.place),
                    "move it to a node above an Einsum that reads or writes it");
    if (!written.in_place_of) continue;
    for (const KeepId other : binder.bound[keep.node].keeps)
      if (other.index() != k && binder.bound[other].memory == keep.memory &&
          binder.bound[other].unit == keep.unit &&
          binder.name_of(binder.bound[other].tensor) == written.in_place_of->value)
        keep.in_place_of = other;
    if (!keep.in_place_of)
      binder.report("E817", written.in_place_of->span,
                    fmt::format("'{}' cannot take over the storage of '{}', which is not kept in "
                                "'{}' by this node",
                                written.tensor, written.in_place_of->value, written.place));
  }
}

}  // namespace

bool bind_accesses(Binder& binder) {
  const std::size_t before = binder.sink.size();
  auto graph = einsum::dependence_graph(binder.cascade);
  if (!graph) {
    binder.sink.insert(binder.sink.end(), graph.error().begin(), graph.error().end());
    return false;
  }
  binder.graph = *std::move(graph);
  for (BoundKeep& keep : binder.bound.keeps) keep.tensor = binder.stands_for[keep.tensor.index()];
  make_forms(binder);
  for (std::size_t s = 0; s < binder.bound.einsums.size(); ++s) {
    BoundEinsum& step = binder.bound.einsums[s];
    const einsum::Einsum& einsum = binder.cascade[step.einsum];
    for (const AccessId access : reads(binder.cascade, einsum)) {
      BoundAccess read;
      bind_access(binder, access, read);
      relate(binder, StepId(s), read);
      if (!read.forwarded) find_keeps(binder, step, read);
      step.reads.push_back(std::move(read));
    }
    bind_access(binder, einsum.lhs, step.write);
    find_keeps(binder, step, step.write);
  }
  read_back_what_waits(binder);
  for (std::size_t k = 0, written = binder.bound.keeps.size(); k < written; ++k)
    part_slices(binder, KeepId(k));
  find_consumed(binder);
  find_closed(binder);
  bind_in_place(binder);
  return binder.sink.size() == before;
}

}  // namespace einfall::mappings
