#include "einsum/import/accelforge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "base/yaml/node.hpp"
#include "einsum/import/accelforge_text.hpp"
#include "einsum/import/derived_text.hpp"
#include "einsum/import/remarks.hpp"
#include "einsum/import/split_index.hpp"
#include "einsum/import/widths.hpp"

namespace einfall::einsum {
namespace {

using base::yaml::MapEntry;
using base::yaml::Node;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string scalar(const Node* node) {
  return node != nullptr && node->is_scalar() ? node->text : std::string();
}

// One access of an Einsum given as data.
struct DataAccess {
  std::string tensor;
  std::vector<std::string> ranks;
  std::vector<std::string> indices;
  bool output = false;

  [[nodiscard]] std::string text() const {
    return fmt::format("{}[{}]", tensor, fmt::join(indices, ", "));
  }
};

class Import {
 public:
  Import(const Node& workload, base::SourceSpan whole, base::Diagnostics& remarks)
      : workload_(workload), text_(std::move(whole)), remarks_(remarks), widths_(remarks) {}

  base::Result<Cascade> run(const std::string& name) {
    for (const MapEntry& entry : workload_.entries) {
      const std::string& key = entry.key.text;
      if (key == "rank_sizes") {
        read_sizes(entry.value);
      } else if (key == "iteration_space_shape") {
        for (const MapEntry& bound : entry.value.entries)
          global_bounds_.emplace_back(bound.key.text, scalar(&bound.value));
      } else if (key != "einsums" && key != "bits_per_value") {
        remarks_.push_back(not_taken_over(entry.key));
      }
    }
    const Node* einsums = workload_.find("einsums");
    if (einsums == nullptr || !einsums->is_sequence())
      reject("E031", einsums == nullptr ? workload_ : *einsums, "'einsums' must be a list");
    else
      for (const Node& item : einsums->items) read_einsum(item);
    for (const MapEntry& entry : workload_.entries)
      if (entry.key.text == "bits_per_value") widths_.read(entry, names_);
    if (!errors_.empty()) return base::failure(std::move(errors_));
    if (operators_)
      remarks_.push_back(remark("N32", einsums->span,
                                "operators and functions are computed as they stand; AccelForge "
                                "looks only at the accesses"));
    remark_renames(names_, remarks_);
    write(name, einsums->span);
    return text_.load(remarks_);
  }

 private:
  struct Line {
    std::string text;
    base::SourceSpan origin;
  };

  void reject(const char* code, const Node& node, const std::string& expected) {
    errors_.push_back(base::error(
        code, node.span, fmt::format("{}, found {}", expected, base::yaml::describe(node))));
  }

  void read_sizes(const Node& sizes) {
    if (!sizes.is_map()) return reject("E032", sizes, "'rank_sizes' is a map from ranks to sizes");
    for (const MapEntry& entry : sizes.entries) {
      if (!entry.value.is_scalar()) {
        reject("E032", entry.value, "the size of a rank is a number");
        continue;
      }
      add_rank(entry.key.text, entry.value.span, entry.value.text);
    }
  }

  void add_rank(const std::string& rank, const base::SourceSpan& origin, const std::string& size) {
    if (!sizes_.emplace(rank, size).second) return;
    ranks_.push_back(
        {fmt::format("  {}: {}", quoted(rank), size.empty() ? size : quoted(size)), origin});
  }

  void declare(const std::string& tensor, const std::vector<std::string>& ranks,
               const base::SourceSpan& origin) {
    if (!declared_.insert(tensor).second) return;
    for (const std::string& rank : ranks) used_ranks_.emplace(rank, origin);
    std::string list;
    for (const std::string& rank : ranks) list += (list.empty() ? "" : ", ") + quoted(rank);
    tensors_.push_back({fmt::format("  {}: [{}]", quoted(tensor), list), origin});
  }

  void read_einsum(const Node& item) {
    if (item.is_scalar()) return add_text(item, item.text, "", {});
    if (!item.is_map())
      return reject("E032", item, "an Einsum is text or a map with its tensor accesses");
    static const std::set<std::string> kTaken{"einsum",          "name",
                                              "tensor_accesses", "map_op",
                                              "reduce_op",       "is_copy_operation",
                                              "rank_sizes",      "iteration_space_shape"};
    for (const MapEntry& entry : item.entries)
      if (kTaken.count(entry.key.text) == 0) remarks_.push_back(not_taken_over(entry.key));
    if (const Node* sizes = item.find("rank_sizes")) read_sizes(*sizes);
    std::vector<std::string> bounds;
    if (const Node* shape = item.find("iteration_space_shape"))
      for (const Node& bound : shape->items) bounds.push_back(scalar(&bound));
    if (const Node* text = item.find("einsum"))
      add_text(item, scalar(text), scalar(item.find("name")), std::move(bounds));
    else
      add_accesses(item, std::move(bounds));
  }

  void add_text(const Node& item, const std::string& text, const std::string& name,
                std::vector<std::string> bounds) {
    const RewrittenText rewritten = rewrite_accelforge(text, item.span, names_);
    if (rewritten.accesses.empty())
      return reject("E032", item, "an Einsum reads and writes tensors");
    operators_ |= rewritten.has_operators;
    functions_.insert(rewritten.functions.begin(), rewritten.functions.end());
    for (const auto& [tensor, ranks] : rewritten.accesses) declare(tensor, ranks, item.span);
    for (const std::string& variable : rewritten.variables)
      used_ranks_.emplace(upper(variable), item.span);
    add(rewritten.text, name, std::move(bounds), item.span);
  }

  bool read_access(const Node& node, DataAccess& access) {
    const Node* projection = node.find("projection");
    access.tensor = names_.of(scalar(node.find("name")), node.span);
    access.output = upper(scalar(node.find("output"))) == "TRUE";
    if (scalar(node.find("name")).empty() || projection == nullptr) return false;
    for (const Node& index : projection->items) {
      access.ranks.push_back(upper(scalar(&index)));
      access.indices.push_back(scalar(&index));
    }
    for (const MapEntry& entry : projection->entries) {
      access.ranks.push_back(entry.key.text);
      access.indices.push_back(scalar(&entry.value));
    }
    for (const MapEntry& entry : node.entries)
      if (entry.key.text == "bits_per_value")
        widths_.read(entry, access.tensor);
      else if (entry.key.text != "name" && entry.key.text != "projection" &&
               entry.key.text != "output")
        remarks_.push_back(not_taken_over(entry.key));
    return !projection->is_scalar();
  }

  void add_accesses(const Node& item, std::vector<std::string> bounds) {
    const Node* list = item.find("tensor_accesses");
    std::vector<DataAccess> inputs;
    std::optional<DataAccess> output;
    for (const Node& node : list == nullptr ? std::vector<Node>{} : list->items) {
      DataAccess access;
      if (!read_access(node, access))
        return reject("E032", node, "an access has a 'name' and a 'projection'");
      declare(access.tensor, access.ranks, node.span);
      for (const std::string& index : access.indices)
        for (const ForeignToken& token : tokens_of(index))
          if (token.is_name()) used_ranks_.emplace(upper(token.text), node.span);
      if (access.output && output)
        return reject("E032", node, "an Einsum writes one tensor here; this is its second output");
      if (access.output)
        for (std::string& index : access.indices) index = with_named_sizes(index, sizes_);
      if (access.output)
        output = std::move(access);
      else
        inputs.push_back(std::move(access));
    }
    if (inputs.empty() || !output)
      return reject("E032", item, "'tensor_accesses' must list an input and an output");
    const std::string map = scalar(item.find("map_op")), reduce = scalar(item.find("reduce_op"));
    add(output->text() + " = " + reduced(reduce, *output, inputs, joined(map, inputs)),
        scalar(item.find("name")), std::move(bounds), item.span);
  }

  // The operands under the map operator: a * b, or max(a, b).
  static std::string joined(const std::string& map, const std::vector<DataAccess>& inputs) {
    static const std::map<std::string, std::string> kInfix{
        {"", " * "}, {"mul", " * "}, {"add", " + "}, {"sub", " - "}, {"div", " / "}};
    std::vector<std::string> operands;
    for (const DataAccess& input : inputs) operands.push_back(input.text());
    const auto infix = kInfix.find(map);
    if (operands.size() == 1) return operands[0];
    if (infix != kInfix.end()) return fmt::format("{}", fmt::join(operands, infix->second));
    return fmt::format("{}({})", map, fmt::join(operands, ", "));
  }

  // The map under the reduce operator, over the variables that the output lacks.
  static std::string reduced(const std::string& reduce, const DataAccess& output,
                             const std::vector<DataAccess>& inputs, const std::string& map) {
    std::set<std::string> kept;
    std::vector<std::string> over;
    for (const std::string& index : output.indices)
      for (const ForeignToken& token : tokens_of(index)) kept.insert(token.text);
    for (const DataAccess& input : inputs)
      for (const std::string& index : input.indices)
        for (const ForeignToken& token : tokens_of(index))
          if (token.is_name() && kept.insert(token.text).second) over.push_back(token.text);
    if (over.empty()) return map;
    static const std::map<std::string, std::string> kNames{
        {"", "sum"}, {"add", "sum"}, {"mul", "prod"}, {"or", "any"}, {"and", "all"}};
    const auto name = kNames.find(reduce);
    return fmt::format("{}[{}]({})", name == kNames.end() ? reduce : name->second,
                       fmt::join(over, ", "), map);
  }

  void add(std::string statement, const std::string& name, std::vector<std::string> bounds,
           const base::SourceSpan& origin) {
    std::set<std::string> used;
    for (const ForeignToken& token : tokens_of(statement)) used.insert(token.text);
    for (const auto& [variable, bound] : global_bounds_)
      if (used.count(variable) > 0) bounds.push_back(bound);
    std::string where;
    for (const std::string& bound : bounds)
      if (!is_size(bound, origin)) where += (where.empty() ? " where " : ", ") + bound;
    std::string line = "{einsum: " + quoted(statement + where);
    if (!name.empty()) line += ", name: " + quoted(name);
    lines_.push_back({"  - " + line + "}", origin});
  }

  // `0 <= r < 3` is the size of r's rank.
  bool is_size(const std::string& bound, const base::SourceSpan& origin) {
    static const std::regex kBound(R"(\s*0\s*<=\s*([a-z]\w{0,60})\s*<\s*([0-9]{1,18})\s*)");
    std::smatch match;
    if (bound.size() > 200 || !std::regex_match(bound, match, kBound)) return false;
    const std::string rank = upper(match[1]);
    add_rank(rank, origin, match[2]);
    return sizes_.at(rank) == match[2];
  }

  void write(const std::string& name, const base::SourceSpan& einsums) {
    for (const auto& [rank, origin] : used_ranks_) add_rank(rank, origin, "");
    text_.line("einfall: 1");
    text_.line("name: " + name);
    text_.line("ranks:");
    for (const Line& rank : ranks_) text_.line(rank.text, rank.origin);
    if (!functions_.empty()) text_.line("functions:");
    if (!functions_.empty()) text_.line("  opaque:");
    for (const auto& [function, arity] : functions_)
      text_.line(fmt::format("    {}: {{arity: {}}}", quoted(function), arity));
    text_.line("declaration:");
    for (const Line& tensor : tensors_) text_.line(tensor.text, tensor.origin);
    const std::vector<Widths::Type> types = widths_.types();
    if (!types.empty()) text_.line("types:");
    for (const auto& [entry, type, span] : types)
      text_.line(fmt::format("  {}: {}", quoted(entry), einsum::name(type)), span);
    text_.line("expressions:", einsums);
    for (const Line& line : lines_) text_.line(line.text, line.origin);
  }

  const Node& workload_;
  DerivedText text_;
  base::Diagnostics& remarks_;
  base::Diagnostics errors_;
  Widths widths_;
  TensorNames names_;
  std::vector<Line> ranks_, tensors_, lines_;
  std::set<std::string> declared_;
  std::map<std::string, std::string> sizes_;            // as given, by rank
  std::map<std::string, base::SourceSpan> used_ranks_;  // of tensors and variables
  std::vector<std::pair<std::string, std::string>> global_bounds_;
  std::map<std::string, int> functions_;
  bool operators_ = false;
};

// Jinja braces; YAML would read some of them as maps.
std::optional<base::Diagnostic> find_template(const std::shared_ptr<const base::SourceFile>& file) {
  const std::string& text = file->text;
  const std::size_t at = std::min(text.find("{{"), text.find("{%"));
  if (at == std::string::npos) return std::nullopt;
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return base::error(
      "E033",
      {file, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(at - start + 1), 2},
      "this is a template, not YAML yet", "write the expanded file out first and import that");
}

}  // namespace

base::Result<Cascade> import_accelforge(std::shared_ptr<const base::SourceFile> file,
                                        base::Diagnostics& remarks) {
  if (auto braces = find_template(file)) return base::failure(*std::move(braces));
  EINFALL_TRY(const Node root, base::yaml::parse(file));
  const Node* workload = root.find("workload");
  if (workload == nullptr || !workload->is_map())
    return base::failure(base::error("E031", workload == nullptr ? root.span : workload->span,
                                     "no 'workload' with Einsums: not an AccelForge workload"));
  for (const MapEntry& entry : root.entries)
    if (entry.key.text != "workload") remarks.push_back(not_taken_over(entry.key));
  return Import(*workload, {file, 0, 0, 1}, remarks).run(name_of_file(file->name));
}

}  // namespace einfall::einsum
