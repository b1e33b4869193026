#include "base/yaml/reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "base/yaml/source_text.hpp"

namespace einfall::base::yaml {
namespace {

// Thrown to stop yaml-cpp; caught below.
struct Stop {};

constexpr std::size_t kMaxErrors = 100;

// A collection under construction. A map without a pending key waits for one.
struct Frame {
  Node node;
  bool has_key = false;
  Node key;
  std::unordered_map<std::string, std::size_t> seen;  // key -> position in entries
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::shared_ptr<const SourceFile> file) : file_(std::move(file)) {}

  Node take_root() { return std::move(root_); }
  Diagnostics& diagnostics() { return diagnostics_; }
  SourceSpan span_of(const YAML::Mark& mark) const {
    return {file_, static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1,
            static_cast<std::uint32_t>(std::max(mark.column, 0)) + 1, 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      stop("E013", span_of(mark), "a second document begins here", "one file holds one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_properties(mark, "", anchor);
    Node node;
    node.span = span_of_null(mark);
    add(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop("E013", span_of(mark), "an alias; documents are trees", "write the value out again");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_properties(mark, tag, anchor);
    add(scalar(mark, value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  [[noreturn]] void stop(std::string code, SourceSpan span, std::string message,
                         std::string help = {}) {
    diagnostics_.push_back(
        error(std::move(code), std::move(span), std::move(message), std::move(help)));
    throw Stop{};
  }

  std::size_t offset(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), file_->text.size());
  }
  char char_at(std::size_t at) const { return at < file_->text.size() ? file_->text[at] : '\0'; }

  // yaml-cpp gives plain nodes the tag "?" and quoted ones "!"; with properties the mark is theirs.
  void refuse_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const char first = char_at(offset(mark));
    const bool tagged = !tag.empty() && tag != "?" && tag != "!";
    if (anchor != 0 || first == '&')
      stop("E013", span_of(mark), "an anchor; documents are trees", "remove it");
    if (tagged || first == '!')
      stop("E013", span_of(mark), "a tag; types follow from the keys here",
           "remove it, or quote the text");
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_properties(mark, tag, anchor);
    if (stack_.size() >= static_cast<std::size_t>(kMaxDepth))
      stop("E014", span_of(mark), fmt::format("nested deeper than {} levels", kMaxDepth));
    Frame frame;
    frame.node.kind = kind;
    frame.node.span = span_of(mark);
    stack_.push_back(std::move(frame));
  }
  void close() {
    Node node = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (stack_.back().node.is_sequence()) {
      stack_.back().node.items.push_back(std::move(node));
    } else if (!stack_.back().has_key) {
      begin_entry(std::move(node));
    } else {
      end_entry(std::move(node));
    }
  }
  void begin_entry(Node key) {
    Frame& frame = stack_.back();
    const bool one_line = key.style == ScalarStyle::kPlain || key.style == ScalarStyle::kQuoted;
    if (!key.is_scalar() || !one_line)
      stop("E015", key.span,
           fmt::format("a key must be one line of text, found {}",
                       key.is_scalar() ? "a text block" : describe(key)));
    if (frame.node.entries.empty() && frame.node.span.line == key.span.line &&
        frame.node.span.column == key.span.column)
      frame.node.span.length = key.span.length;
    frame.key = std::move(key);
    frame.has_key = true;
  }
  void end_entry(Node value) {
    Frame& frame = stack_.back();
    frame.has_key = false;
    const auto [at, fresh] = frame.seen.emplace(frame.key.text, frame.node.entries.size());
    if (!fresh) {
      Diagnostic twice =
          error("E012", frame.key.span, fmt::format("key '{}' occurs twice", frame.key.text));
      twice.notes.push_back({frame.node.entries[at->second].key.span, "first here"});
      diagnostics_.push_back(std::move(twice));
      if (diagnostics_.size() >= kMaxErrors) throw Stop{};
      return;
    }
    frame.node.entries.push_back({std::move(frame.key), std::move(value)});
  }

  Node scalar(const YAML::Mark& mark, const std::string& value);
  SourceSpan span_of_null(const YAML::Mark& mark) const;

  std::shared_ptr<const SourceFile> file_;
  int documents_ = 0;
  std::vector<Frame> stack_;
  Node root_;
  Diagnostics diagnostics_;
};

Node TreeBuilder::scalar(const YAML::Mark& mark, const std::string& value) {
  const std::string_view source = file_->text;
  const std::size_t begin = offset(mark);
  Node node;
  node.kind = Kind::kScalar;
  node.span = span_of(mark);
  node.text = value;
  switch (char_at(begin)) {
    case '|':
      node.style = ScalarStyle::kLiteral;
      node.indent = literal_indent(source, begin, value);
      for (std::size_t at = 0; at != std::string::npos && at < value.size();) {
        node.line_starts.push_back(static_cast<std::uint32_t>(at));
        at = value.find('\n', at);
        if (at != std::string::npos) ++at;
      }
      break;
    case '>':
      node.style = ScalarStyle::kFolded;
      break;
    case '\'':
    case '"': {
      node.style = ScalarStyle::kQuoted;
      const auto end = end_of_quoted(source, begin);
      if (!end) stop("E010", node.span, "a quoted text has no closing quote");
      node.exact = source.substr(begin + 1, *end - begin - 2) == value;
      node.span.length = static_cast<std::uint32_t>(
          std::min(source.substr(0, *end).find_first_of("\r\n", begin), *end) - begin);
      break;
    }
    default:
      node.exact = source.substr(begin, value.size()) == value;
      // Only folding makes a plain scalar differ, so its first line ends before it does.
      node.span.length = static_cast<std::uint32_t>(
          node.exact ? value.size()
                     : std::min(source.find_first_of("\r\n", begin), source.size()) - begin);
      break;
  }
  return node;
}

// The mark of a value that is not there is that of the next token; then the key (or the list it is
// missing from) is the better place.
SourceSpan TreeBuilder::span_of_null(const YAML::Mark& mark) const {
  const std::string_view rest = std::string_view(file_->text).substr(offset(mark), 5);
  const std::string_view token = rest.substr(0, rest.find_first_of(" \t\r\n,]}#"));
  const bool written = token == "~" || token == "null" || token == "Null" || token == "NULL";
  if (written || stack_.empty()) {
    SourceSpan span = span_of(mark);
    span.length = static_cast<std::uint32_t>(std::max<std::size_t>(token.size(), 1));
    return span;
  }
  return stack_.back().has_key ? stack_.back().key.span : stack_.back().node.span;
}

std::string help_for(const SourceSpan& span) {
  const std::string_view line = span.file->line(span.line);
  const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) return "YAML indents with spaces, not tabs";
  return "quote a text that holds ': ', ' #', brackets or commas, or write it as a block after '|'";
}

}  // namespace

Result<Node> read_events(const std::shared_ptr<const SourceFile>& file) {
  std::istringstream stream(file->text);
  TreeBuilder builder(file);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& e) {
    SourceSpan span = builder.span_of(e.mark);
    std::string help = help_for(span);
    builder.diagnostics().push_back(
        error("E010", std::move(span), fmt::format("not YAML: {}", e.msg), std::move(help)));
  }
  if (!builder.diagnostics().empty()) return failure(std::move(builder.diagnostics()));
  Node root = builder.take_root();
  if (root.span.file == nullptr) root.span = {file, 0, 0, 1};
  return root;
}

}  // namespace einfall::base::yaml
