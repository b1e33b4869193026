#include "einsum/language/token.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace einfall::einsum {
namespace {

// The kinds of all tokens but the last, as their descriptions.
std::string kinds(std::string_view text) {
  base::Diagnostics sink;
  std::string out;
  for (const Token& token : lex(text, {}, sink))
    if (token.kind != TokenKind::kEnd)
      out += std::string(out.empty() ? "" : " ").append(describe(token.kind));
  return sink.empty() ? out : sink[0].code;
}

}  // namespace

TEST_CASE("names split by the case of their first letter, keywords stand apart", "[language]") {
  CHECK(kinds("Q m0 where and or not present inf wherever") ==
        "an upper-case name a lower-case name 'where' 'and' 'or' 'not' 'present' 'inf' "
        "a lower-case name");
}

TEST_CASE("the longest operator wins", "[language]") {
  CHECK(kinds("?? -> // == != <= >= :: = < > : / -") ==
        "'?\?' '->' '//' '==' '!=' '<=' '>=' '::' '=' '<' '>' ':' '/' '-'");
  CHECK(kinds("a--b") == "a lower-case name '-' '-' a lower-case name");
}

TEST_CASE("numbers have digits, a fraction and an exponent", "[language]") {
  CHECK(kinds("12 0.5 1e-6 2.5E+3") == "a number a number a number a number");
  CHECK(kinds("12abc") == "E103");
  CHECK(kinds("1.2.3") == "E103");
  CHECK(kinds("1.") == "E103");
}

TEST_CASE("a comment ends the line", "[language]") {
  CHECK(kinds("Z # = (((") == "an upper-case name");
  CHECK(kinds("# nothing").empty());
}

TEST_CASE("what is no token is E101 at its place", "[language]") {
  base::Diagnostics sink;
  Origin origin;
  origin.start.line = 7;
  origin.start.column = 3;
  CHECK(lex("Z = $", origin, sink).empty());
  REQUIRE(sink.size() == 1);
  CHECK(sink[0].code == "E101");
  CHECK(sink[0].span.line == 7);
  CHECK(sink[0].span.column == 7);
  CHECK(sink[0].message.find("'$'") != std::string::npos);
  CHECK(kinds("Z \xe2\x89\xa4 1") == "E101");
}

TEST_CASE("names and lines have a largest length", "[language]") {
  CHECK(kinds(std::string(255, 'a')) == "a lower-case name");
  CHECK(kinds(std::string(256, 'a')) == "E107");
  std::string many;
  for (int i = 0; i < 20001; ++i) many += "+ ";
  CHECK(kinds(many) == "E107");
}

}  // namespace einfall::einsum
