#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "einsum/language/parser_core.hpp"

namespace einfall::einsum {
namespace {

std::optional<CompareOp> comparison_of(TokenKind token) {
  switch (token) {
    case TokenKind::kLt:
      return CompareOp::kLt;
    case TokenKind::kLe:
      return CompareOp::kLe;
    case TokenKind::kGt:
      return CompareOp::kGt;
    case TokenKind::kGe:
      return CompareOp::kGe;
    case TokenKind::kEq:
      return CompareOp::kEq;
    case TokenKind::kNe:
      return CompareOp::kNe;
    default:
      return std::nullopt;
  }
}

// Largest integer that the parser takes: every smaller one is exact as a double too.
constexpr double kMaxInteger = 9007199254740992.0;

}  // namespace

ast::IndexArg ParserCore::index_argument() {
  ast::IndexArg arg;
  if (is(TokenKind::kUpper) && kind(1) == TokenKind::kColon) {
    arg.label = name(TokenKind::kUpper, "a rank name");
    advance();
  }
  arg.value = index_expression();
  if (!failed_ && accept(TokenKind::kColon)) arg.filter = condition();
  return arg;
}

ast::NodeId ParserCore::index_expression() {
  const Nested nested(*this);
  ast::NodeId lhs = index_term();
  while (!failed_ && (is(TokenKind::kPlus) || is(TokenKind::kMinus))) {
    const auto op = is(TokenKind::kPlus) ? ast::Operator::kAdd : ast::Operator::kSub;
    advance();
    const ast::NodeId rhs = index_term();
    if (!failed_) lhs = binary(op, lhs, rhs);
  }
  return lhs;
}

ast::NodeId ParserCore::index_term() {
  ast::NodeId lhs = index_factor();
  while (!failed_) {
    ast::Operator op{};
    if (is(TokenKind::kStar)) {
      op = ast::Operator::kMul;
    } else if (is(TokenKind::kFloorDiv)) {
      op = ast::Operator::kFloorDiv;
    } else if (is(TokenKind::kPercent)) {
      op = ast::Operator::kMod;
    } else if (is(TokenKind::kSlash)) {
      fail("E109", tokens_[at_], "'/' in an index", "'//' divides indices, rounding down");
      return lhs;
    } else {
      break;
    }
    advance();
    const ast::NodeId rhs = index_factor();
    if (!failed_) lhs = binary(op, lhs, rhs);
  }
  return lhs;
}

ast::NodeId ParserCore::index_factor() {
  const Nested nested(*this);
  const Token token = tokens_[at_];
  switch (token.kind) {
    case TokenKind::kNumber: {
      const ast::NodeId id = number();
      if (failed_) return id;
      const double value = std::get<ast::Number>(tree_[id].what).value;
      if (value != std::floor(value))
        fail("E401", token, fmt::format("the index {} is not a whole number", value));
      else if (value > kMaxInteger)
        fail("E103", token, "an integer above 2^53");
      return id;
    }
    case TokenKind::kLower: {
      if (kind(1) == TokenKind::kLeftParen || kind(1) == TokenKind::kLeftBracket) {
        fail("E109", token,
             fmt::format("'{}{}' in an index; indices know + - * // % only", spelling(token),
                         spelling(tokens_[at_ + 1])),
             "compute it into a tensor of type index and read that");
        return {};
      }
      const std::uint32_t start = offset();
      return add(ast::Lower{name(TokenKind::kLower, "a rank variable").text}, start, {});
    }
    case TokenKind::kUpper:
      return access();
    case TokenKind::kBar:
      return size_of();
    case TokenKind::kMinus: {
      advance();
      const ast::NodeId operand = index_factor();
      if (failed_) return operand;
      return add(ast::Negate{operand}, token.offset, {operand});
    }
    case TokenKind::kLeftParen: {
      advance();
      const ast::NodeId inner = index_expression();
      expect(TokenKind::kRightParen);
      return inner;
    }
    default:
      fail("E102", token, fmt::format("expected an index, found {}", found()),
           token.kind == TokenKind::kInf ? "an index is a whole number" : "");
      return {};
  }
}

ast::NodeId ParserCore::condition() {
  const Nested nested(*this);
  std::vector<ast::NodeId> operands{conjunction()};
  while (!failed_ && accept(TokenKind::kOr)) operands.push_back(conjunction());
  if (failed_ || operands.size() == 1) return operands.front();
  const std::vector<ast::NodeId> children = operands;
  return add(ast::Or{std::move(operands)}, tree_[children.front()].offset, children);
}

ast::NodeId ParserCore::conjunction() {
  std::vector<ast::NodeId> operands{condition_atom()};
  while (!failed_ && accept(TokenKind::kAnd)) operands.push_back(condition_atom());
  if (failed_ || operands.size() == 1) return operands.front();
  const std::vector<ast::NodeId> children = operands;
  return add(ast::And{std::move(operands)}, tree_[children.front()].offset, children);
}

ast::NodeId ParserCore::condition_atom() {
  const Nested nested(*this);
  const std::uint32_t start = offset();
  if (accept(TokenKind::kNot)) {
    const ast::NodeId operand = condition_atom();
    if (failed_) return operand;
    return add(ast::Not{operand}, start, {operand});
  }
  if (accept(TokenKind::kPresent)) {
    expect(TokenKind::kLeftParen, "after 'present'");
    const ast::NodeId operand = access();
    expect(TokenKind::kRightParen);
    if (failed_) return operand;
    return add(ast::Present{operand}, start, {operand});
  }
  if (is(TokenKind::kLeftParen) && !parenthesis_holds_index()) {
    advance();
    const ast::NodeId inner = condition();
    expect(TokenKind::kRightParen);
    return inner;
  }
  return comparison();
}

bool ParserCore::parenthesis_holds_index() const {
  const std::uint32_t close = partner_[at_];
  if (close == 0 || close + 1 >= tokens_.size()) return false;
  switch (tokens_[close + 1].kind) {
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kStar:
    case TokenKind::kFloorDiv:
    case TokenKind::kPercent:
      return true;
    default:
      return comparison_of(tokens_[close + 1].kind).has_value();
  }
}

// A chain of comparisons, or a bool tensor on its own.
ast::NodeId ParserCore::comparison() {
  const std::uint32_t start = offset();
  ast::Compare node;
  node.operands.push_back(index_expression());
  while (!failed_) {
    const auto op = comparison_of(kind());
    if (!op) break;
    advance();
    node.ops.push_back(*op);
    node.operands.push_back(index_expression());
  }
  if (failed_) return {};
  if (node.ops.empty()) {
    if (std::holds_alternative<ast::Access>(tree_[node.operands[0]].what)) return node.operands[0];
    fail("E102", tokens_[at_], fmt::format("expected a comparison, found {}", found()),
         "a condition compares indices, asks present(X[...]) or names a bool tensor");
    return {};
  }
  const std::vector<ast::NodeId> children = node.operands;
  return add(std::move(node), start, children);
}

std::vector<ast::NodeId> ParserCore::condition_list() {
  std::vector<ast::NodeId> conditions;
  do {
    conditions.push_back(condition());
  } while (!failed_ && accept(TokenKind::kComma));
  return conditions;
}

}  // namespace einfall::einsum
