#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "einsum/ir/cascade.hpp"
#include "einsum/language/token.hpp"

/// Surface syntax: what the text says, before any name is looked up. Expressions, indices and
/// conditions share one kind of node; the parser keeps them apart.
namespace einfall::einsum::ast {

using NodeId = base::Id<struct NodeTag>;

/// A name and where it stands.
struct Name {
  std::string text;
  base::SourceSpan span;
};

enum class Operator { kAdd, kSub, kMul, kDiv, kFloorDiv, kMod, kElse };

struct Number {
  double value = 0;
};
struct Lower {
  std::string name;
};  // variable, param or argument
struct SizeOf {
  std::string rank;
};  // |K|
struct IndexArg {
  std::optional<Name> label;  // `M: p`
  NodeId value;
  std::optional<NodeId> filter;  // `k: k < 3`
};
struct Access {
  std::string name;
  std::vector<IndexArg> indices;
  bool bare = false;  // no brackets: a 0-rank tensor or a size
};
struct Call {
  std::string function;
  std::vector<NodeId> args;
};
/// A reduction or populate.
struct Reduce {
  std::string op;
  std::vector<Name> vars;
  std::optional<Name> target;
  NodeId body;
};
struct Binary {
  Operator op;
  NodeId lhs, rhs;
};
struct Negate {
  NodeId operand;
};
/// operands[0] ops[0] operands[1] ops[1] ...: a chain of comparisons.
struct Compare {
  std::vector<NodeId> operands;
  std::vector<CompareOp> ops;
};
struct And {
  std::vector<NodeId> operands;
};
struct Or {
  std::vector<NodeId> operands;
};
struct Not {
  NodeId operand;
};
struct Present {
  NodeId access;
};

struct Node {
  std::variant<Number, Lower, SizeOf, Access, Call, Reduce, Binary, Negate, Compare, And, Or, Not,
               Present>
      what;
  std::uint32_t offset = 0;  // into the text
  std::uint32_t length = 1;
  std::uint32_t depth = 1;  // of the tree below, at most limits::kTreeDepth
};

/// The nodes of one expression or statement, children before parents.
struct Tree {
  Origin origin;
  std::vector<Node> nodes;

  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes[id.index()]; }
  [[nodiscard]] base::SourceSpan span(NodeId id) const {
    return origin.at((*this)[id].offset, (*this)[id].length);
  }
};

/// An expression, index or list of conditions with its nodes.
struct Expression {
  Tree tree;
  NodeId root;
};
struct Conditions {
  Tree tree;
  std::vector<NodeId> roots;
};

/// `access = expr where cond, ...`
struct Statement {
  Tree tree;
  NodeId lhs;  // an Access
  NodeId rhs;
  std::vector<NodeId> where;
  base::SourceSpan span;  // of the left side
};

}  // namespace einfall::einsum::ast
