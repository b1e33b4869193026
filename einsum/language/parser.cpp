#include "einsum/language/parser.hpp"

#include "einsum/language/parser_core.hpp"

namespace einfall::einsum {

std::optional<ast::Statement> parse_statement(std::string_view text, const Origin& origin,
                                              base::Diagnostics& sink) {
  ParserCore parser(text, origin, sink);
  ast::Statement statement;
  statement.lhs = parser.access();
  if (!parser.failed()) statement.span = parser.span(statement.lhs);
  parser.expect(TokenKind::kAssign, "after the left side");
  statement.rhs = parser.reduction_suffix(parser.expression());
  if (parser.accept(TokenKind::kWhere)) statement.where = parser.condition_list();
  parser.expect_end();
  if (parser.failed()) return std::nullopt;
  statement.tree = parser.take_tree();
  return statement;
}

std::optional<ast::Expression> parse_expression(std::string_view text, const Origin& origin,
                                                base::Diagnostics& sink) {
  ParserCore parser(text, origin, sink);
  const ast::NodeId root = parser.expression();
  parser.expect_end();
  if (parser.failed()) return std::nullopt;
  return ast::Expression{parser.take_tree(), root};
}

std::optional<ast::Expression> parse_index(std::string_view text, const Origin& origin,
                                           base::Diagnostics& sink) {
  ParserCore parser(text, origin, sink);
  const ast::NodeId root = parser.index_expression();
  parser.expect_end();
  if (parser.failed()) return std::nullopt;
  return ast::Expression{parser.take_tree(), root};
}

std::optional<ast::Conditions> parse_conditions(std::string_view text, const Origin& origin,
                                                base::Diagnostics& sink) {
  ParserCore parser(text, origin, sink);
  std::vector<ast::NodeId> roots = parser.condition_list();
  parser.expect_end();
  if (parser.failed()) return std::nullopt;
  return ast::Conditions{parser.take_tree(), std::move(roots)};
}

std::optional<TensorPromise> parse_promise(std::string_view text, const Origin& origin) {
  base::Diagnostics ignored;
  ParserCore parser(text, origin, ignored);
  const ast::Name kind = parser.name(TokenKind::kLower, "a promise");
  parser.expect(TokenKind::kLeftParen);
  const ast::Name tensor = parser.name(TokenKind::kUpper, "a tensor");
  parser.expect(TokenKind::kRightParen);
  parser.expect_end();
  if (parser.failed()) return std::nullopt;
  if (kind.text == "finite") return TensorPromise{"finite", tensor};
  if (kind.text == "positive") return TensorPromise{"positive", tensor};
  return std::nullopt;
}

std::optional<FunctionHead> parse_function_head(std::string_view text, const Origin& origin,
                                                base::Diagnostics& sink) {
  ParserCore parser(text, origin, sink);
  FunctionHead head;
  head.name = parser.name(TokenKind::kLower, "a function name");
  parser.expect(TokenKind::kLeftParen, "and the parameters, as in f(x)");
  do {
    head.params.push_back(parser.name(TokenKind::kLower, "a parameter"));
  } while (!parser.failed() && parser.accept(TokenKind::kComma));
  parser.expect(TokenKind::kRightParen);
  parser.expect_end();
  if (parser.failed()) return std::nullopt;
  return head;
}

}  // namespace einfall::einsum
