#pragma once

#include <vector>

#include "base/diagnostic.hpp"
#include "mappings/program/program.hpp"
#include "mappings/schedule/timetable.hpp"

/// The steps of lower() share this; each fills in its part of the program. Operations come first,
/// the others in any order.
namespace einfall::mappings {

struct Lowering {
  const einsum::Cascade& cascade;
  const arch::Machine& machine;
  const Mapping& mapping;
  const BoundMapping& bound;
  const ModelOptions& options;
  Program program;
  std::vector<std::size_t> operation_of;  // by StepId
  base::Diagnostics errors;

  [[nodiscard]] std::string name_of(const Tile& tile) const;
  std::size_t add_token(std::string what, Lack lack, std::int64_t initial);
  Operation& operation(StepId step) { return program.operations[operation_of[step.index()]]; }
};

/// The tile operations of all units, in order, with barriers between phases.
base::Result<void> lower_operations(Lowering& lowering);
/// Tokens from every operation that makes a value to those that read it.
void lower_dependences(Lowering& lowering);
/// Engines for what comes from and goes to the outermost memory, and what passes the ports of the
/// others.
void lower_streams(Lowering& lowering);
/// The Einsum for which a flow has to be there: of those that share what is fetched, the one whose
/// visit comes first.
[[nodiscard]] StepId first_user(const Lowering& lowering, const Flow& flow);
/// Where in the outermost memory the transfers go.
void lower_regions(Lowering& lowering);
/// Tokens from the readers of what a memory keeps to the operation that overwrites it.
void lower_space(Lowering& lowering);

/// Links of a stated width are wide enough for what visits move over them. E891: one is not.
void check_links(Lowering& lowering);

/// Elements that vary in one visit: the product over ranks of the steps of those of the given parts
/// that are not loops of the walk.
[[nodiscard]] Extent extent_of(const BoundMapping& bound, const Walk& walk, PartSet parts);

/// Cuts of slices of a tensor the last of which reaches beyond the tensor: an index of several
/// ranks, as m1*|M0| + m0 with a last block that is not whole.
void cut_slice(const BoundMapping& bound, const Walk& walk, einsum::AccessId access, Extent& words);
/// The same of what is counted for every point: only where each has an element of its own.
void cut_points(const BoundMapping& bound, const Walk& walk, einsum::AccessId access,
                Extent& words);

/// The loops (by part) that two walks have in common, in the same order: all of the nodes around
/// both and, under one root, those below with the same parts as long as their order agrees.
[[nodiscard]] PartSet shared_loops(const Lowering& lowering, const Operation& a,
                                   const Operation& b);

/// What one step of some loops leaves and the next goes on with, for messages.
struct HandedOn {
  std::string what;   // "RM of one step of rank M1 is read in the next"
  std::string loops;  // "the loops that M1 is cut into"
  std::string help;   // where these do not stand next to each other
  base::SourceSpan where;
};
/// Whether every step of these loops has what it is handed from the one before it that is issued,
/// in the order of the loops; else E890 or E891. Precondition: `from` has one of the loops.
bool hands_on(Lowering& lowering, const Walk& from, const Walk& to, PartSet loops,
              const HandedOn& handed);

/// The loops that both go through together, down to where a tensor that `from` makes (or stores) is
/// complete: below the nodes around both, a loop that the maker reduces has to end before anybody
/// reads what it comes to.
[[nodiscard]] PartSet complete_in(const Lowering& lowering, const Operation& from,
                                  const Operation& to, einsum::TensorId tensor);

/// `give` counts for `take` where both are reduced to the shared loops: the last visit of `from`
/// and the first of `to` for each of their steps.
void connect(Operation& from, Operation& to, PartSet shared, Give give);

/// `maker` needs room for each of their steps, which `user` gives back when it has ended with it;
/// where a mask leaves it nothing to do, the room is free again as soon as the maker has ended.
void connect_room(Operation& user, Operation& maker, PartSet shared, std::size_t token);

}  // namespace einfall::mappings
