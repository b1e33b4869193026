#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/base/yaml/document.hpp"

using namespace einfall::base;
using namespace einfall::base::yaml;

TEST_CASE("a document becomes a tree in the order of the file", "[yaml]") {
  const auto node = parse_text("b: 1\na: [x, 'y z', ~]\nm:\n  - k: v\nnone:\n");
  REQUIRE(node);
  REQUIRE(node->is_map());
  REQUIRE(node->entries.size() == 4);
  CHECK(node->entries[0].key.text == "b");
  CHECK(node->find("b")->text == "1");
  const Node& list = *node->find("a");
  REQUIRE(list.items.size() == 3);
  CHECK(list.items[1].text == "y z");
  CHECK(list.items[1].style == ScalarStyle::kQuoted);
  CHECK(list.items[2].is_null());
  CHECK(node->find("m")->items[0].find("k")->text == "v");
  CHECK(node->find("none")->is_null());
  CHECK(node->find("absent") == nullptr);
  CHECK(list.find("b") == nullptr);
  CHECK(describe(list) == "a list");
}

TEST_CASE("the style of a scalar is that of the source", "[yaml]") {
  const auto node = parse_text("p: a\nq: \"a\"\ns: 'a'\nl: |\n  a\nf: >-\n  a\n");
  REQUIRE(node);
  CHECK(node->find("p")->style == ScalarStyle::kPlain);
  CHECK(node->find("q")->style == ScalarStyle::kQuoted);
  CHECK(node->find("s")->style == ScalarStyle::kQuoted);
  CHECK(node->find("l")->style == ScalarStyle::kLiteral);
  CHECK(node->find("l")->text == "a\n");
  CHECK(node->find("f")->style == ScalarStyle::kFolded);
  CHECK(node->find("f")->text == "a");
}

TEST_CASE("an empty document is nothing, and the whole file is its place", "[yaml]") {
  for (const char* text : {"", "\n\n", "# only a remark\n"}) {
    const auto node = parse_text(text);
    REQUIRE(node);
    CHECK(node->is_null());
    CHECK(node->span.line == 0);
    CHECK(node->span.text() == "t.yaml");
  }
}

TEST_CASE("a duplicate key is an error with the first place as a note", "[yaml]") {
  const auto node = parse_text("a: 1\nb: {c: 1, c: 2}\na: 3\n");
  REQUIRE_FALSE(node);
  REQUIRE(node.error().size() == 2);
  const Diagnostic& inner = node.error()[0];
  CHECK(inner.code == "E012");
  CHECK(inner.span.text() == "t.yaml:2:11");
  const Diagnostic& outer = node.error()[1];
  CHECK(outer.message == "key 'a' occurs twice");
  CHECK(outer.span.text() == "t.yaml:3:1");
  REQUIRE(outer.notes.size() == 1);
  CHECK(outer.notes[0].span.text() == "t.yaml:1:1");
  // The same key in two maps is fine.
  CHECK(first_error("- a: 1\n- a: 2\n").empty());
}

TEST_CASE("anchors, aliases, tags and further documents are refused", "[yaml]") {
  CHECK(first_error("a: &x 1\n") == "E013 1:4");
  CHECK(first_error("a: &x [1]\n") == "E013 1:4");
  CHECK(first_error("a: &x\n") == "E013 1:4");
  CHECK(first_error("a: 1\nb: *x\n") != "");
  CHECK(first_error("a: !!str 1\n") == "E013 1:4");
  CHECK(first_error("a: ! x\n") == "E013 1:4");
  CHECK(first_error("a: !foo {b: 1}\n") == "E013 1:4");
  CHECK(first_error("a: 1\n---\nb: 2\n") == "E013 2:1");
  CHECK(first_error("---\na: 1\n...\n").empty());
}

TEST_CASE("a key must be one line of text, quoted or not", "[yaml]") {
  CHECK(first_error("? [1, 2]\n: w\n") == "E015 1:3");
  CHECK(first_error("? {a: 1}\n: w\n") == "E015 1:3");
  CHECK(first_error("? |\n  a\n: w\n") == "E015 1:3");
  CHECK(first_error("~: w\n") == "E015 1:1");
  CHECK(first_error("\"f(x, y)\": x + y\n").empty());
}

TEST_CASE("what is not YAML is reported at its place with a hint", "[yaml]") {
  CHECK(first_error("a: b: c\n") == "E010 1:5");
  CHECK(first_error("a: [1, 2\nb: 3\n").substr(0, 4) == "E010");
  CHECK(first_error("a: 1\n]\n") == "E010 2:1");
  CHECK(first_error("a: \"open\n") == "E010 1:4");
  CHECK(first_error("a: 'it''s\n") == "E010 1:4");
  CHECK(first_error("@\n") == "E010 1:1");
  const auto tabs = parse_text("a:\n\t- b\n");
  REQUIRE_FALSE(tabs);
  CHECK(tabs.error()[0].help == "YAML indents with spaces, not tabs");
}

TEST_CASE("a file is read or the system's reason given", "[yaml]") {
  const auto missing = load("/nonexistent/x.yaml");
  REQUIRE_FALSE(missing);
  CHECK(render(missing.error()) ==
        "/nonexistent/x.yaml: error[E001]: cannot be read: No such file or directory\n");
  const auto folder = load("/");
  REQUIRE_FALSE(folder);
  CHECK(folder.error()[0].code == "E001");
  const auto endless = load("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error()[0].code == "E014");

  const auto path =
      std::filesystem::temp_directory_path() / ("einfall_reader_" + std::to_string(getpid()));
  std::ofstream(path) << "a: 1\n";
  const auto fine = load(path.string());
  std::filesystem::remove(path);
  REQUIRE(fine);
  CHECK(fine->find("a")->span.file->name == path.string());
}
