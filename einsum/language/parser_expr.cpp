#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "einsum/language/parser_core.hpp"

namespace einfall::einsum {
namespace {

constexpr std::array<const char*, 10> kReductions{"sum", "prod",   "max",    "min",  "any",
                                                  "all", "argmax", "argmin", "topk", "argtopk"};

bool is_reduction(std::string_view name) {
  for (const char* reduction : kReductions)
    if (name == reduction) return true;
  return false;
}

std::vector<std::string> reduction_names() { return {kReductions.begin(), kReductions.end()}; }

}  // namespace

ast::NodeId ParserCore::expression() {
  const Nested nested(*this);
  ast::NodeId lhs = sum();
  while (!failed_ && accept(TokenKind::kElse)) {
    const ast::NodeId rhs = sum();
    if (!failed_) lhs = binary(ast::Operator::kElse, lhs, rhs);
  }
  return lhs;
}

ast::NodeId ParserCore::sum() {
  ast::NodeId lhs = term();
  while (!failed_ && (is(TokenKind::kPlus) || is(TokenKind::kMinus))) {
    const auto op = is(TokenKind::kPlus) ? ast::Operator::kAdd : ast::Operator::kSub;
    advance();
    const ast::NodeId rhs = term();
    if (!failed_) lhs = binary(op, lhs, rhs);
  }
  return lhs;
}

ast::NodeId ParserCore::term() {
  const auto operator_of = [](TokenKind token) -> std::optional<ast::Operator> {
    switch (token) {
      case TokenKind::kStar:
        return ast::Operator::kMul;
      case TokenKind::kSlash:
        return ast::Operator::kDiv;
      case TokenKind::kFloorDiv:
        return ast::Operator::kFloorDiv;
      case TokenKind::kPercent:
        return ast::Operator::kMod;
      default:
        return std::nullopt;
    }
  };
  ast::NodeId lhs = unary();
  while (!failed_) {
    const auto op = operator_of(kind());
    if (!op) break;
    advance();
    const ast::NodeId rhs = unary();
    if (!failed_) lhs = binary(*op, lhs, rhs);
  }
  return lhs;
}

ast::NodeId ParserCore::unary() {
  const Nested nested(*this);
  if (!is(TokenKind::kMinus)) return atom();
  const std::uint32_t start = offset();
  advance();
  const ast::NodeId operand = unary();
  if (failed_) return operand;
  return add(ast::Negate{operand}, start, {operand});
}

ast::NodeId ParserCore::atom() {
  switch (kind()) {
    case TokenKind::kNumber:
    case TokenKind::kInf:
      return number();
    case TokenKind::kBar:
      return size_of();
    case TokenKind::kUpper:
      return access();
    case TokenKind::kLower:
      return named();
    case TokenKind::kLeftParen: {
      advance();
      const ast::NodeId inner = expression();
      expect(TokenKind::kRightParen);
      return inner;
    }
    default:
      fail("E102", tokens_[at_], fmt::format("expected a value, found {}", found()));
      return {};
  }
}

ast::NodeId ParserCore::number() {
  const Token token = tokens_[at_];
  double value = std::numeric_limits<double>::infinity();
  if (token.kind == TokenKind::kNumber) {
    const std::string_view digits = spelling(token);
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (status != std::errc() || end != digits.data() + digits.size()) {
      fail("E103", token, "number out of the range of a double", "write 'inf' for infinity");
      return {};
    }
  }
  advance();
  return add(ast::Number{value}, token.offset, {});
}

ast::NodeId ParserCore::size_of() {
  const std::uint32_t start = offset();
  advance();
  const ast::Name rank = name(TokenKind::kUpper, "a rank name");
  expect(TokenKind::kBar);
  return add(ast::SizeOf{rank.text}, start, {});
}

// A variable, param, call or reduction; told apart by the next token.
ast::NodeId ParserCore::named() {
  if (kind(1) == TokenKind::kLeftParen) return spelling(tokens_[at_]) == "take" ? take() : call();
  if (kind(1) != TokenKind::kLeftBracket) {
    const std::uint32_t start = offset();
    const ast::Name variable = name(TokenKind::kLower, "a name");
    return add(ast::Lower{variable.text}, start, {});
  }
  if (is_reduction(spelling(tokens_[at_]))) return reduce();
  const Token token = tokens_[at_];
  const std::string word(spelling(token));
  if (bracket_before_parenthesis()) {
    const std::string near = base::nearest(word, reduction_names());
    fail("E104", token, fmt::format("unknown reduction '{}'", word),
         near.empty() ? "reductions are sum prod max min any all argmax argmin topk argtopk"
                      : fmt::format("did you mean '{}'?", near));
  } else {
    fail("E105", token, fmt::format("'{}[' looks like a tensor, but tensors are upper-case", word),
         "tensor names begin with an upper-case letter");
  }
  return {};
}

bool ParserCore::bracket_before_parenthesis() const {
  const std::uint32_t close = partner_[at_ + 1];
  return close != 0 && close + 1 < tokens_.size() &&
         tokens_[close + 1].kind == TokenKind::kLeftParen;
}

std::vector<ast::NodeId> ParserCore::arguments() {
  std::vector<ast::NodeId> args;
  expect(TokenKind::kLeftParen);
  do {
    args.push_back(expression());
  } while (!failed_ && accept(TokenKind::kComma));
  expect(TokenKind::kRightParen, "after the arguments");
  return args;
}

ast::NodeId ParserCore::call() {
  const Token token = tokens_[at_];
  advance();
  std::vector<ast::NodeId> args = arguments();
  if (failed_) return {};
  const std::vector<ast::NodeId> children = args;
  return add(ast::Call{std::string(spelling(token)), std::move(args)}, token.offset, children);
}

// TeAAL's take(a, b, n): operand n where both are present. select is strict in all its arguments,
// so select(1, a, b) and select(0, a, b) say the same.
ast::NodeId ParserCore::take() {
  const Token token = tokens_[at_];
  advance();
  std::vector<ast::NodeId> args = arguments();
  if (failed_) return {};
  const auto* which = args.size() == 3 ? std::get_if<ast::Number>(&tree_[args[2]].what) : nullptr;
  if (which == nullptr || (which->value != 0 && which->value != 1)) {
    fail("E205", token, "take expects two operands and 0 or 1: take(a, b, 0)");
    return {};
  }
  const double first = which->value == 0 ? 1 : 0;
  const ast::NodeId condition = add(ast::Number{first}, tree_[args[2]].offset, {});
  const std::vector<ast::NodeId> children{condition, args[0], args[1]};
  return add(ast::Call{"select", children}, token.offset, children);
}

ast::NodeId ParserCore::reduce() {
  const Token token = tokens_[at_];
  ast::Reduce node;
  node.op = std::string(spelling(token));
  advance();
  expect(TokenKind::kLeftBracket);
  do {
    node.vars.push_back(name(TokenKind::kLower, "a rank variable"));
  } while (!failed_ && accept(TokenKind::kComma));
  if (accept(TokenKind::kArrow)) node.target = name(TokenKind::kLower, "a rank variable");
  expect(TokenKind::kRightBracket);
  expect(TokenKind::kLeftParen, "after the reduced variables");
  node.body = expression();
  expect(TokenKind::kRightParen);
  if (failed_) return {};
  const ast::NodeId body = node.body;
  return add(std::move(node), token.offset, {body});
}

ast::NodeId ParserCore::reduction_suffix(ast::NodeId body) {
  if (failed_ || !accept(TokenKind::kDoubleColon)) return body;
  const Token token = tokens_[at_];
  const ast::Name op = name(TokenKind::kLower, "a reduction such as max[m]");
  if (!failed_ && !is_reduction(op.text))
    fail("E104", token, fmt::format("unknown reduction '{}'", op.text),
         "reductions are sum prod max min any all argmax argmin topk argtopk");
  expect(TokenKind::kLeftBracket);
  ast::Reduce node;
  node.op = op.text;
  node.body = body;
  do {
    node.vars.push_back(name(TokenKind::kLower, "a rank variable"));
  } while (!failed_ && accept(TokenKind::kComma));
  if (accept(TokenKind::kArrow)) node.target = name(TokenKind::kLower, "a rank variable");
  expect(TokenKind::kRightBracket);
  if (failed_) return body;
  return add(std::move(node), token.offset, {body});
}

ast::NodeId ParserCore::access() {
  const std::uint32_t start = offset();
  if (is(TokenKind::kLower)) {
    fail("E105", tokens_[at_], fmt::format("expected a tensor, found {}", found()),
         "tensor names begin with an upper-case letter");
    return {};
  }
  const ast::Name tensor = name(TokenKind::kUpper, "a tensor");
  ast::Access node;
  node.name = tensor.text;
  node.bare = !accept(TokenKind::kLeftBracket);
  std::vector<ast::NodeId> children;
  if (!node.bare && !accept(TokenKind::kRightBracket)) {
    const Nested nested(*this);
    do {
      node.indices.push_back(index_argument());
      children.push_back(node.indices.back().value);
      if (node.indices.back().filter) children.push_back(*node.indices.back().filter);
    } while (!failed_ && accept(TokenKind::kComma));
    expect(TokenKind::kRightBracket);
  }
  if (failed_) return {};
  return add(std::move(node), start, children);
}

}  // namespace einfall::einsum
