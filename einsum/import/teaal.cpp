#include "einsum/import/teaal.hpp"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "base/yaml/node.hpp"
#include "einsum/import/derived_text.hpp"
#include "einsum/import/remarks.hpp"
#include "einsum/import/tokens.hpp"

namespace einfall::einsum {
namespace {

using base::yaml::MapEntry;
using base::yaml::Node;

class Import {
 public:
  Import(const Node& section, base::SourceSpan whole, base::Diagnostics& remarks)
      : section_(section),
        shape_(section.find("shape")),
        text_(std::move(whole)),
        remarks_(remarks) {}

  base::Result<Cascade> run(const std::string& name) {
    read_declaration();
    remark_on_shape();
    read_expressions();
    if (!errors_.empty()) return base::failure(std::move(errors_));
    write(name);
    remark_renames(names_, remarks_);
    return text_.load(remarks_);
  }

 private:
  struct Line {
    std::string text;
    base::SourceSpan origin;
  };

  void read_declaration() {
    const Node* declaration = section_.find("declaration");
    if (declaration == nullptr || !declaration->is_map()) {
      reject("E031", declaration == nullptr ? section_ : *declaration,
             "'declaration' must be a map from tensors to their ranks");
      return;
    }
    for (const MapEntry& entry : declaration->entries) {
      std::string ranks;
      for (const Node& rank : entry.value.items) {
        if (!rank.is_scalar()) return reject("E032", rank, "a rank is a name");
        ranks += (ranks.empty() ? "" : ", ") + quoted(rank.text);
        if (known_ranks_.insert(rank.text).second) ranks_.push_back(line_of(rank));
      }
      if (!entry.value.is_sequence() && !entry.value.is_null())
        return reject("E032", entry.value, "the ranks of a tensor are a list");
      declared_.insert(entry.key.text);
      tensors_.push_back(
          {fmt::format("  {}: [{}]", quoted(names_.of(entry.key.text, entry.key.span)), ranks),
           entry.key.span});
    }
  }

  // With its size, if `shape` gives one.
  Line line_of(const Node& rank) const {
    const Node* size = shape_ == nullptr ? nullptr : shape_->find(rank.text);
    const bool taken = size != nullptr && is_size(*size);
    return {"  " + quoted(rank.text) + ":" + (taken ? " " + size->text : ""),
            taken ? size->span : rank.span};
  }

  static bool is_size(const Node& node) {
    return node.is_scalar() && !node.text.empty() &&
           node.text.find_first_not_of("0123456789") == std::string::npos;
  }

  // A shape may also bound sums of ranks, which a cascade takes from the ranks.
  void remark_on_shape() {
    if (shape_ == nullptr) return;
    for (const MapEntry& entry : shape_->entries)
      if (known_ranks_.count(entry.key.text) == 0 || !is_size(entry.value))
        remarks_.push_back(not_taken_over(entry.key));
  }

  void read_expressions() {
    const Node* expressions = section_.find("expressions");
    if (expressions == nullptr || !expressions->is_sequence()) {
      reject("E031", expressions == nullptr ? section_ : *expressions,
             "'expressions' must be a list of Einsums");
      return;
    }
    for (const Node& item : expressions->items) {
      if (!item.is_scalar()) {
        reject("E032", item, "an expression is a line of text");
        continue;
      }
      lines_.push_back({"  - " + quoted(rewritten(item)), item.span});
    }
  }

  std::string rewritten(const Node& item) {
    const std::vector<ForeignToken> in = tokens_of(item.text);
    const std::vector<Enclosed> brackets = brackets_of(in);
    std::vector<ForeignToken> out;
    bool union_sum = false;
    int depth = 0;  // of brackets
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i].is("[")) ++depth;
      if (in[i].is("]")) --depth;
      union_sum |= depth == 0 && in[i].is("+");
      const bool call = i + 1 < in.size() && in[i + 1].is("(");
      if (!in[i].is_name() || depth > 0 || (call && in[i].text != "sum")) {
        out.push_back(in[i]);
      } else if (call) {
        i = old_sum(in, brackets[i + 1].after, i, out);
      } else {
        out.push_back(in[i]);
        out.back().text = tensor(in[i].text, item);
      }
    }
    if (union_sum)
      remarks_.push_back(remark("N33", item.span,
                                "'+' is a union in TeAAL, where an absent point counts as 0; here "
                                "a sum is absent where an operand is"));
    return text_of(out);
  }

  // `sum(K).(...)`, as older files write it: `sum[k](...)`. Returns the last position consumed.
  static std::size_t old_sum(const std::vector<ForeignToken>& in, std::size_t after, std::size_t at,
                             std::vector<ForeignToken>& out) {
    out.push_back(in[at]);
    if (after + 1 >= in.size() || !in[after].is(".") || !in[after + 1].is("(")) return at;
    for (std::size_t i = at + 1; i < after; ++i) {
      out.push_back(in[i]);
      if (in[i].is("(")) out.back().text = "[";
      if (in[i].is(")")) out.back().text = "]";
      for (char& c : out.back().text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return after;  // the '.'
  }

  // A tensor's name; a scalar factor is declared as an input without ranks.
  std::string tensor(const std::string& name, const Node& item) {
    if (declared_.insert(name).second) {
      const bool scalar = std::islower(static_cast<unsigned char>(name[0])) != 0;
      if (scalar)
        tensors_.push_back({fmt::format("  {}: []", names_.of(name, item.span)), item.span});
    }
    return names_.of(name, item.span);
  }

  void write(const std::string& name) {
    text_.line("einfall: 1");
    text_.line("name: " + name);
    text_.line("ranks:");
    for (const Line& rank : ranks_) text_.line(rank.text, rank.origin);
    if (!tensors_.empty()) text_.line("declaration:");
    for (const Line& tensor : tensors_) text_.line(tensor.text, tensor.origin);
    text_.line("expressions:", section_.find("expressions")->span);
    for (const Line& line : lines_) text_.line(line.text, line.origin);
  }

  void reject(const char* code, const Node& node, const std::string& expected) {
    errors_.push_back(base::error(
        code, node.span, fmt::format("{}, found {}", expected, base::yaml::describe(node))));
  }

  const Node& section_;
  const Node* shape_;  // sizes of ranks, if there are any
  DerivedText text_;
  base::Diagnostics& remarks_;
  base::Diagnostics errors_;
  TensorNames names_;
  std::set<std::string> known_ranks_, declared_;
  std::vector<Line> ranks_, tensors_, lines_;
};

}  // namespace

base::Result<Cascade> import_teaal(std::shared_ptr<const base::SourceFile> file,
                                   base::Diagnostics& remarks) {
  const base::SourceSpan whole{file, 0, 0, 1};
  EINFALL_TRY(const Node root, base::yaml::parse(file));
  const Node* section = root.find("einsum");
  if (section == nullptr || !section->is_map())
    return base::failure(base::error("E031", section == nullptr ? root.span : section->span,
                                     "no 'einsum' section with a declaration and expressions: not "
                                     "a TeAAL specification"));
  for (const MapEntry& entry : root.entries)
    if (entry.key.text != "einsum") remarks.push_back(not_taken_over(entry.key));
  for (const MapEntry& entry : section->entries) {
    const bool sizes = entry.key.text == "shape" && entry.value.is_map();
    if (!sizes && entry.key.text != "declaration" && entry.key.text != "expressions")
      remarks.push_back(not_taken_over(entry.key));
  }
  return Import(*section, whole, remarks).run(name_of_file(file->name));
}

}  // namespace einfall::einsum
