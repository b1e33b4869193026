#include "einsum/language/parser_core.hpp"

#include <fmt/format.h>

#include "einsum/language/limits.hpp"

namespace einfall::einsum {
namespace {

// Where each bracket closes: `( cond` and `( iexpr` are told apart by what follows the partner, in
// constant time, so that nested parentheses cost no backtracking.
std::vector<std::uint32_t> match_brackets(const std::vector<Token>& tokens) {
  std::vector<std::uint32_t> partner(tokens.size(), 0);
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    const TokenKind kind = tokens[i].kind;
    if (kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBracket) open.push_back(i);
    if (kind != TokenKind::kRightParen && kind != TokenKind::kRightBracket) continue;
    if (open.empty()) continue;
    partner[open.back()] = i;
    open.pop_back();
  }
  return partner;
}

}  // namespace

ParserCore::ParserCore(std::string_view text, const Origin& origin, base::Diagnostics& sink)
    : text_(text), sink_(sink) {
  tree_.origin = origin;
  tokens_ = lex(text, origin, sink);
  failed_ = tokens_.empty();
  if (failed_) tokens_.push_back({});
  partner_ = match_brackets(tokens_);
}

ParserCore::Nested::Nested(ParserCore& p) : parser(p) {
  if (++parser.depth_ > limits::kNesting)
    parser.fail("E106", parser.tokens_[parser.at_],
                fmt::format("nested more than {} levels deep", limits::kNesting),
                "name a part of the expression as an Einsum of its own");
}

TokenKind ParserCore::kind(std::size_t ahead) const {
  const std::size_t i = at_ + ahead;
  return i < tokens_.size() ? tokens_[i].kind : TokenKind::kEnd;
}

bool ParserCore::accept(TokenKind wanted) {
  if (!is(wanted)) return false;
  advance();
  return true;
}

bool ParserCore::expect(TokenKind wanted, std::string_view context) {
  if (accept(wanted)) return true;
  fail("E102", tokens_[at_],
       fmt::format("expected {}{}{}, found {}", describe(wanted), context.empty() ? "" : " ",
                   context, found()));
  return false;
}

ast::Name ParserCore::name(TokenKind wanted, std::string_view what) {
  const Token token = tokens_[at_];
  if (token.kind != wanted) {
    fail("E102", token, fmt::format("expected {}, found {}", what, found()));
    return {};
  }
  advance();
  return {std::string(spelling(token)), tree_.origin.at(token.offset, token.length)};
}

void ParserCore::expect_end() {
  if (!is(TokenKind::kEnd)) {
    fail("E102", tokens_[at_], fmt::format("expected end of line, found {}", found()),
         is(TokenKind::kAssign) || is(TokenKind::kUpper) ? "write each Einsum on a line of its own"
                                                         : "");
  }
}

std::string ParserCore::found() const {
  const Token& token = tokens_[at_];
  if (token.kind == TokenKind::kUpper || token.kind == TokenKind::kLower ||
      token.kind == TokenKind::kNumber)
    return fmt::format("'{}'", spelling(token).substr(0, 40));
  return std::string(describe(token.kind));
}

void ParserCore::fail(const char* code, const Token& where, std::string message, std::string help) {
  if (!failed_)
    sink_.push_back(base::error(code, tree_.origin.at(where.offset, where.length),
                                std::move(message), std::move(help)));
  failed_ = true;
  at_ = tokens_.size() - 1;
}

ast::NodeId ParserCore::add_node(ast::Node node) {
  const Token& last = tokens_[at_ > 0 ? at_ - 1 : 0];
  const std::uint32_t end = last.offset + last.length;
  node.length = end > node.offset ? end - node.offset : 1;
  if (node.depth > limits::kTreeDepth)
    fail("E106", {TokenKind::kEnd, node.offset, 1},
         fmt::format("an expression more than {} operators deep", limits::kTreeDepth),
         "name a part of the expression as an Einsum of its own");
  tree_.nodes.push_back(std::move(node));
  return ast::NodeId(tree_.nodes.size() - 1);
}

ast::NodeId ParserCore::binary(ast::Operator op, ast::NodeId lhs, ast::NodeId rhs) {
  return add(ast::Binary{op, lhs, rhs}, tree_[lhs].offset, {lhs, rhs});
}

}  // namespace einfall::einsum
