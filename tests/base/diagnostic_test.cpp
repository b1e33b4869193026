#include "base/diagnostic.hpp"

#include <catch2/catch.hpp>
#include <memory>

using namespace einfall::base;

namespace {

SourceSpan place(const std::shared_ptr<const SourceFile>& file, std::uint32_t line,
                 std::uint32_t column, std::uint32_t length = 1) {
  return {file, line, column, length};
}

const auto kFile = std::make_shared<const SourceFile>(
    SourceFile{"attn.yaml", "ranks: {M: 4}\nexpressions: |\n  QK[m, p] = Q[e, p] * K[e, z]\n"});

}  // namespace

TEST_CASE("a diagnostic shows its line, a caret, its notes and a hint", "[diagnostic]") {
  Diagnostic d =
      error("E204", place(kFile, 3, 29), "rank variable 'z' has no rank", "known here: e m p");
  d.notes.push_back({place(kFile, 1, 1, 5), "ranks are declared here"});
  CHECK(render({d}) ==
        "attn.yaml:3:29: error[E204]: rank variable 'z' has no rank\n"
        "     3 |   QK[m, p] = Q[e, p] * K[e, z]\n"
        "       |                             ^\n"
        "attn.yaml:1:1: note: ranks are declared here\n"
        "     1 | ranks: {M: 4}\n"
        "       | ^^^^^\n"
        "  help: known here: e m p\n");
}

TEST_CASE("diagnostics are sorted by place and counted past the limit", "[diagnostic]") {
  const Diagnostics all{error("E3", place(kFile, 3, 1), "c"),
                        warning("W1", place(kFile, 1, 3), "b"),
                        error("E1", place(kFile, 1, 1), "a")};
  const std::string text = render(all, 2);
  CHECK(text ==
        "attn.yaml:1:1: error[E1]: a\n     1 | ranks: {M: 4}\n       | ^\n"
        "attn.yaml:1:3: warning[W1]: b\n     1 | ranks: {M: 4}\n       |   ^\n"
        "... and 1 more\n");
  CHECK(has_errors(all));
  CHECK_FALSE(has_errors({warning("W1", place(kFile, 1, 1), "b")}));
}

TEST_CASE("places outside the text are shown without harm", "[diagnostic]") {
  CHECK(render({error("E1", {}, "nowhere")}) == "<generated>: error[E1]: nowhere\n");
  CHECK(render({error("E1", place(kFile, 0, 0), "whole")}) == "attn.yaml: error[E1]: whole\n");
  CHECK(render({error("E1", place(kFile, 99, 99), "past")}) ==
        "attn.yaml:99:99: error[E1]: past\n    99 | \n       | ^\n");
  CHECK(render({error("E1", place(kFile, 1, 99, 50), "past the line")}) ==
        "attn.yaml:1:99: error[E1]: past the line\n     1 | ranks: {M: 4}\n"
        "       |              ^\n");
}

TEST_CASE("long lines are cut around the caret and control characters do not reach the terminal",
          "[diagnostic]") {
  const auto file = std::make_shared<const SourceFile>(
      SourceFile{"l\x1b.yaml", std::string(500, 'a') + "X" + std::string(500, '\x1b')});
  const std::string text = render({error("E1", place(file, 1, 501), "here \x1b[2J")});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("l?.yaml:1:501: error[E1]: here ?[2J") == 0);
  CHECK(text.size() < 400);
  const auto caret = text.find('^');
  const auto line = text.find("     1 | ");
  REQUIRE(caret != std::string::npos);
  CHECK(text[line + (caret - text.rfind('\n', caret) - 1)] == 'X');
}

TEST_CASE("the nearest word is suggested only if it is near", "[diagnostic]") {
  CHECK(nearest("capacty", {"name", "capacity", "ports"}) == "capacity");
  CHECK(nearest("nam", {"name", "capacity"}) == "name");
  CHECK(nearest("QK", {"KQ"}).empty());
  CHECK(nearest("xyzzy", {"name", "capacity"}).empty());
  CHECK(nearest("a", {"b"}).empty());
  CHECK(nearest("m", {"B", "M"}) == "M");
  CHECK(nearest("", {"name"}).empty());
  CHECK(nearest(std::string(1000, 'a'), {std::string(1000, 'a')}).empty());
}

TEST_CASE("lines of a file are found by number", "[diagnostic]") {
  const SourceFile file{"f", "a\r\nb\n\nd"};
  CHECK(file.line(1) == "a");
  CHECK(file.line(2) == "b");
  CHECK(file.line(3).empty());
  CHECK(file.line(4) == "d");
  CHECK(file.line(5).empty());
}
