#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/base/yaml/document.hpp"

using namespace einfall::base;
using namespace einfall::base::yaml;

namespace {

std::string repeated(const std::string& piece, std::size_t bytes) {
  std::string out;
  while (out.size() + piece.size() <= bytes) out += piece;
  return out;
}

}  // namespace

TEST_CASE("bytes that are not text are refused where they stand", "[yaml][hostile]") {
  using namespace std::string_literals;
  CHECK(first_error("a: 1\nb: \0\n"s) == "E010 2:4");
  CHECK(first_error("a: \x1b[31m\n") == "E010 1:4");
  CHECK(first_error("a: \x7f\n") == "E010 1:4");
  CHECK(first_error("a: x\ry\n") == "E010 1:5");
  CHECK(first_error("\xef\xbb\xbf"
                    "a: 1\n") == "E010 1:1");
  CHECK(first_error("\xff\xfe"
                    "a\0:\0"s) == "E010 1:1");
  // Truncated, overlong, surrogate, past U+10FFFF, lone continuation.
  for (const char* bad : {"\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\x80", "\xf0\x9f\x98"})
    CHECK(first_error(std::string("a: ") + bad + "\n") == "E010 1:4");
  CHECK(first_error("a: \xe2\x82\xac \xf0\x9f\x98\x80 \xc3\xa9\n").empty());
}

TEST_CASE("nesting is bounded", "[yaml][hostile]") {
  const auto nested = [](int depth) {
    return "a: " + std::string(depth, '[') + std::string(depth, ']') + "\n";
  };
  CHECK(first_error(nested(kMaxDepth - 1)).empty());
  CHECK(first_error(nested(kMaxDepth)).substr(0, 4) == "E014");
  std::string blocks;
  for (int i = 0; i < kMaxDepth + 1; ++i) blocks += std::string(i, ' ') + "a:\n";
  CHECK(first_error(blocks).substr(0, 4) == "E014");
}

TEST_CASE("size is bounded", "[yaml][hostile]") {
  CHECK(first_error(repeated("a", kMaxDocumentBytes)).empty());
  CHECK(first_error(repeated("a", kMaxDocumentBytes) + "a") == "E014 0:0");
}

TEST_CASE("the largest hostile documents are answered in bounded time", "[yaml][hostile][slow]") {
  const std::size_t n = kMaxDocumentBytes - 16;
  for (const std::string& text : {repeated("[", n),
                                  repeated("{", n),
                                  repeated("{a: ", n),
                                  "[" + repeated("a,", n) + "]",
                                  repeated("- ", n),
                                  repeated("? ", n),
                                  repeated(", ", n),
                                  repeated("[\"", n),
                                  repeated("a: x\n", n),
                                  repeated("&a ", n),
                                  repeated("%a\n", n),
                                  repeated("---\n", n),
                                  repeated("-\n", n),
                                  "? [\n" + repeated("[],\n", n) + "]",
                                  "a: '" + repeated("''", n),
                                  "a: |\n" + repeated("\n", n),
                                  "a: |\n" + repeated("  x\n", n),
                                  "a: \"" + repeated(" \n", n) + "\"",
                                  "a: >\n" + repeated("  x\n\n", n),
                                  repeated(" ", n),
                                  repeated(":", n),
                                  repeated("!", n),
                                  repeated("#\n", n)}) {
    const auto start = std::chrono::steady_clock::now();
    const auto node = parse_text(text);
    if (!node) CHECK(render(node.error()).size() < 100000);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    INFO("document begins with " << text.substr(0, 16));
    CHECK(took.count() < 5.0);  // about 0.6 s at worst when nothing else runs
  }
}

TEST_CASE("any mixture of YAML's own characters gives a tree or a diagnostic", "[yaml][hostile]") {
  rc::prop("parse never throws and every place lies in the file", [] {
    const auto pieces =
        *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
            "a",   "b: ", "- ", "? ",    ": ",    "[",    "]",    "{",      "}",       ", ",
            "|\n", ">\n", "\"", "'",     "\\",    "\n",   "\n  ", "\n    ", "#",       "&x ",
            "*x",  "!t ", "~",  "---\n", "...\n", "%Y\n", "\t",   "\r\n",   "\xc3\xa9"}));
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    const auto node = parse_text(text);
    if (node) return;
    RC_ASSERT(!node.error().empty());
    for (const Diagnostic& d : node.error()) {
      RC_ASSERT(d.code.size() == 4);
      RC_ASSERT(d.span.line <= static_cast<std::uint32_t>(pieces.size()) + 2);
    }
    RC_ASSERT(!render(node.error()).empty());
  });
}
