#pragma once

#include <string>
#include <utility>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::tests {

/// Puts a cascade together node by node, for tests of the IR that must not depend on the reader.
/// Nothing is verified; roles are left as they are given.
class CascadeBuilder {
 public:
  einsum::Cascade cascade;

  einsum::RankId rank(const std::string& name, std::optional<std::int64_t> size = std::nullopt) {
    cascade.ranks.push_back({name, std::nullopt, {}});
    if (size) cascade.ranks.back().size = einsum::SizeExpr{{{constant_op(), *size, {}}}};
    return einsum::RankId(cascade.ranks.size() - 1);
  }
  einsum::VarId var(const std::string& name, einsum::RankId rank) {
    cascade.variables.push_back({name, rank});
    return einsum::VarId(cascade.variables.size() - 1);
  }
  einsum::TensorId tensor(const std::string& name, std::vector<einsum::RankId> ranks) {
    einsum::Tensor tensor;
    tensor.name = name;
    tensor.ranks = std::move(ranks);
    cascade.tensors.push_back(std::move(tensor));
    return einsum::TensorId(cascade.tensors.size() - 1);
  }

  /// variable + offset
  einsum::IndexId at(einsum::VarId variable, std::int64_t offset = 0) {
    return add(einsum::Index{{{one(), variable}}, einsum::SizePoly::constant(offset), {}});
  }
  /// A number, as in X[0].
  einsum::IndexId at(std::int64_t constant) {
    return add(einsum::Index{{}, einsum::SizePoly::constant(constant), {}});
  }
  /// The size of a rank, as in X[R].
  einsum::IndexId end(einsum::RankId rank) {
    return add(einsum::Index{{}, einsum::SizePoly::size(rank), {}});
  }
  /// outer * |block| + inner
  einsum::IndexId split(einsum::VarId outer, einsum::RankId block, einsum::VarId inner) {
    return add(einsum::Index{{{einsum::SizePoly::size(block), outer}, {one(), inner}}, {}, {}});
  }
  einsum::IndexId gather(einsum::AccessId access) {
    return add(einsum::Index{{{one(), access}}, {}, {}});
  }
  einsum::IndexId add(einsum::Index index) {
    cascade.indices.push_back(std::move(index));
    return einsum::IndexId(cascade.indices.size() - 1);
  }
  einsum::AccessId access(einsum::TensorId tensor, std::vector<einsum::IndexId> indices) {
    cascade.accesses.push_back({tensor, std::move(indices), {}});
    return einsum::AccessId(cascade.accesses.size() - 1);
  }

  template <class Node>
  einsum::ExprId expr(Node node) {
    cascade.exprs.push_back({std::move(node), {}});
    return einsum::ExprId(cascade.exprs.size() - 1);
  }
  einsum::ExprId read(einsum::TensorId tensor, std::vector<einsum::IndexId> indices) {
    return expr(einsum::AccessExpr{access(tensor, std::move(indices))});
  }
  einsum::ExprId number(double value) { return expr(einsum::ConstExpr{value}); }
  einsum::ExprId binary(einsum::BinaryOp op, einsum::ExprId a, einsum::ExprId b) {
    return expr(einsum::BinaryExpr{op, a, b});
  }
  einsum::ExprId mul(einsum::ExprId a, einsum::ExprId b) {
    return binary(einsum::BinaryOp::kMul, a, b);
  }
  einsum::ExprId plus(einsum::ExprId a, einsum::ExprId b) {
    return binary(einsum::BinaryOp::kAdd, a, b);
  }
  einsum::ExprId minus(einsum::ExprId a, einsum::ExprId b) {
    return binary(einsum::BinaryOp::kSub, a, b);
  }
  einsum::ExprId call(einsum::Builtin builtin, std::vector<einsum::ExprId> args) {
    einsum::CallExpr call;
    call.function = builtin;
    call.args = std::move(args);
    return expr(std::move(call));
  }

  /// A map; change the root of the result for anything else. The reference lives until the next
  /// call.
  einsum::Einsum& einsum(const std::string& name, einsum::AccessId lhs, einsum::ExprId body) {
    einsum::Einsum einsum;
    einsum.name = name;
    einsum.lhs = lhs;
    einsum.body = body;
    cascade.einsums.push_back(std::move(einsum));
    return cascade.einsums.back();
  }

 private:
  static einsum::SizePoly one() { return einsum::SizePoly::constant(1); }
  static einsum::SizeExpr::Op constant_op() { return einsum::SizeExpr::Op::kConstant; }
};

}  // namespace einfall::tests
