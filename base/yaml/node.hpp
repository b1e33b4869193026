#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/source.hpp"

namespace einfall::base::yaml {

enum class Kind { kNull, kScalar, kSequence, kMap };
enum class ScalarStyle { kPlain, kQuoted, kLiteral, kFolded };

struct MapEntry;

/// One node of a YAML document, with its place. Aliases, anchors and tags are refused by the
/// reader: a document is a tree.
struct Node {
  Kind kind = Kind::kNull;
  ScalarStyle style = ScalarStyle::kPlain;
  /// A scalar's first character (the quote of a quoted one, the '|' of a literal block), the first
  /// key of a block map, the bracket of a flow collection.
  SourceSpan span;
  std::string text;               // kScalar
  std::vector<Node> items;        // kSequence
  std::vector<MapEntry> entries;  // kMap, in the order of the file
  // What span_inside needs; filled by the reader.
  bool exact = false;                      // `text` stands in the source as it is, on one line
  std::uint32_t indent = 0;                // kLiteral: columns cut off at the left
  std::vector<std::uint32_t> line_starts;  // kLiteral: offsets in `text` where its lines begin

  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::kSequence; }
  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
  /// The value under `key`, or nullptr. Precondition: none (not a map: nullptr).
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct MapEntry {
  Node key;
  Node value;
};

/// "a map", "a list", "text", "nothing": for messages.
[[nodiscard]] std::string_view describe(const Node& node);

/// Limits that keep hostile input from using unbounded memory or time. yaml-cpp needs up to 0.6 s
/// and 230 bytes of memory a byte for the worst mebibyte (one line of opening brackets).
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;
inline constexpr int kMaxDepth = 64;

/// Parses one document. Errors: E010 not YAML, E012 duplicate key, E013 anchors, aliases, tags or
/// several documents, E014 too deep or too large, E015 a key that is not one line of text (quoted
/// or not). An empty document is a kNull node.
[[nodiscard]] Result<Node> parse(std::shared_ptr<const SourceFile> file);

/// Reads a file and parses it. Error E001: cannot be read (with the system's reason).
[[nodiscard]] Result<Node> load(const std::string& path);

/// A place inside a scalar's text: `offset` counts bytes of `node.text`. Exact for plain and
/// quoted one-line scalars without escapes and for literal blocks; else the node's own span.
[[nodiscard]] SourceSpan span_inside(const Node& node, std::size_t offset, std::size_t length);

}  // namespace einfall::base::yaml
