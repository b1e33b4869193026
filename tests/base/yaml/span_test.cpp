#include <catch2/catch.hpp>

#include "tests/base/yaml/document.hpp"

using namespace einfall::base;
using namespace einfall::base::yaml;

namespace {

// The span of the first occurrence of `word` in the text under `key`.
SourceSpan span_of_word(const Node& map, const std::string& key, const std::string& word) {
  const Node& node = *map.find(key);
  const std::size_t at = node.text.find(word);
  REQUIRE(at != std::string::npos);
  return span_inside(node, at, word.size());
}

}  // namespace

TEST_CASE("every node points at its first character", "[yaml][span]") {
  const auto node =
      parse_text("# c\nname: \xc3\xa9 x\nq: \"a\\tb\"\nl:\n  - k: {a: b}\n    j: [c]\n");
  REQUIRE(node);
  CHECK(node->span.text() == "t.yaml:2:1");
  CHECK(covered(node->span) == "name");
  CHECK(covered(node->find("name")->span) == "\xc3\xa9 x");
  CHECK(covered(node->find("q")->span) == "\"a\\tb\"");
  CHECK(node->entries[2].key.span.text() == "t.yaml:4:1");
  const Node& list = *node->find("l");
  CHECK(list.span.text() == "t.yaml:5:3");
  CHECK(list.items[0].span.text() == "t.yaml:5:5");
  CHECK(covered(list.items[0].find("k")->span) == "{");
  CHECK(covered(list.items[0].find("k")->find("a")->span) == "b");
  CHECK(list.items[0].find("j")->items[0].span.text() == "t.yaml:6:9");
}

TEST_CASE("a value that is not there is reported at its key", "[yaml][span]") {
  const auto node = parse_text("a:\nb: ~\nc: {d: , e: null}\nf:\n  -\n  - x\nlast:\n");
  REQUIRE(node);
  CHECK(node->find("a")->span.text() == "t.yaml:1:1");
  CHECK(covered(node->find("b")->span) == "~");
  CHECK(covered(node->find("c")->find("d")->span) == "d");
  CHECK(covered(node->find("c")->find("e")->span) == "null");
  CHECK(node->find("f")->items[0].span.text() == "t.yaml:5:3");
  CHECK(covered(node->find("last")->span) == "last");
}

TEST_CASE("places inside one-line scalars are exact", "[yaml][span]") {
  const auto node = parse_text("p:   alpha beta # remark\nq: \"alpha beta\"\ns: 'alpha beta'\n");
  REQUIRE(node);
  for (const char* key : {"p", "q", "s"}) {
    CHECK(covered(span_of_word(*node, key, "beta")) == "beta");
    CHECK(covered(span_of_word(*node, key, "alpha")) == "alpha");
  }
  CHECK(span_of_word(*node, "p", "beta").text() == "t.yaml:1:12");
  // The end of the text is a place too: "expected more".
  CHECK(span_inside(*node->find("q"), 10, 1).text() == "t.yaml:2:15");
  CHECK(span_inside(*node->find("q"), 99, 5).text() == "t.yaml:2:15");
}

TEST_CASE("places inside a literal block are exact", "[yaml][span]") {
  const std::string text =
      "expressions: |\n"
      "\n"
      "    A = B\n"
      "      C = D   # deeper\n"
      "\n"
      "    E = F\n"
      "after: 1\n";
  const auto node = parse_text(text);
  REQUIRE(node);
  CHECK(node->find("expressions")->span.text() == "t.yaml:1:14");
  for (const char* word : {"A", "B", "C", "D", "deeper", "E", "F"}) {
    const SourceSpan span = span_of_word(*node, "expressions", word);
    CHECK(covered(span) == word);
  }
  CHECK(span_of_word(*node, "expressions", "A").text() == "t.yaml:3:5");
  CHECK(span_of_word(*node, "expressions", "C").text() == "t.yaml:4:7");
  CHECK(span_of_word(*node, "expressions", "F").text() == "t.yaml:6:9");
  // A length never leaves its line.
  const Node& block = *node->find("expressions");
  CHECK(covered(span_inside(block, block.text.find('B'), 100)) == "B");
  // The end of a line and of the text.
  CHECK(span_inside(block, block.text.find('B') + 1, 1).text() == "t.yaml:3:10");
  CHECK(span_inside(block, block.text.size(), 1).text() == "t.yaml:6:10");
}

TEST_CASE("indentation of literal blocks is measured in all their forms", "[yaml][span]") {
  for (const char* text :
       {"a:\n  b: |\n    x1\n    y1\n", "a: {}\nb: |2\n    x1\n  y1\n", "b: |-\n x1\n\n y1\n\n\n",
        "b: |+\r\n  x1\r\n  y1\r\n", "b: | # remark\n  x1\n  y1", "- b: |\n    x1\n    y1\n"}) {
    const auto node = parse_text(text);
    REQUIRE(node);
    const Node& top = node->is_sequence() ? node->items[0] : *node;
    const Node& map = top.find("b") != nullptr ? top : *top.find("a");
    CHECK(covered(span_of_word(map, "b", "x1")) == "x1");
    CHECK(covered(span_of_word(map, "b", "y1")) == "y1");
  }
}

TEST_CASE("folded, escaped and multi-line scalars keep the node's own place", "[yaml][span]") {
  const auto node = parse_text(
      "f: >\n  aa\n  bb\nm: aa\n  bb\nq: \"a\\ta bb\"\ns: 'it''s bb'\nd: \"aa\n  bb\"\n");
  REQUIRE(node);
  for (const char* key : {"f", "m", "q", "s", "d"}) {
    const SourceSpan span = span_of_word(*node, key, "bb");
    CHECK(span.text() == node->find(key)->span.text());
  }
  CHECK(covered(node->find("m")->span) == "aa");
  CHECK(covered(node->find("d")->span) == "\"aa");
}

TEST_CASE("carriage returns count as ends of lines", "[yaml][span]") {
  const auto node = parse_text("a: x\r\nb:\r\n  - yy\r\n");
  REQUIRE(node);
  CHECK(node->find("a")->text == "x");
  CHECK(covered(node->find("b")->items[0].span) == "yy");
  CHECK(node->find("b")->items[0].span.text() == "t.yaml:3:5");
}
