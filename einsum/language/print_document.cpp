#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.hpp"
#include "einsum/language/document_text.hpp"
#include "einsum/language/print.hpp"
#include "einsum/language/symbols.hpp"

/// A cascade as a document, in block style with one line a thing.
namespace einfall::einsum {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Expressions hold no quotes of either kind.
std::string single_quoted(const std::string& text) { return "'" + text + "'"; }

// A name as a YAML key or value. YAML takes four spellings of null for nothing at all.
std::string word(const std::string& name) {
  const bool is_null = name == "null" || name == "Null" || name == "NULL";
  const bool plain = is_upper_name(name) || is_lower_name(name);
  return plain && !is_null ? name : quoted(name);
}

std::string size_text(const Cascade& cascade, const SizeExpr& size) {
  using Op = SizeExpr::Op;
  struct Operand {
    std::string text;
    int level;  // 0 sum, 1 product, 2 atom
  };
  const auto at = [](const Operand& operand, int level) {
    return operand.level < level ? "(" + operand.text + ")" : operand.text;
  };
  std::vector<Operand> stack;
  for (const SizeExpr::Step& step : size.steps) {
    if (step.op == Op::kConstant || step.op == Op::kRank) {
      stack.push_back(
          {step.op == Op::kRank ? cascade[step.rank].name : std::to_string(step.constant), 2});
      continue;
    }
    const Operand b = stack.back();
    stack.pop_back();
    Operand& a = stack.back();
    switch (step.op) {
      case Op::kAdd:
        a = {at(a, 0) + " + " + at(b, 1), 0};
        break;
      case Op::kSub:
        a = {at(a, 0) + " - " + at(b, 1), 0};
        break;
      case Op::kMul:
        a = {at(a, 1) + " * " + at(b, 2), 1};
        break;
      case Op::kExactDiv:
        a = {at(a, 1) + " / " + at(b, 2), 1};
        break;
      default:
        a = {"ceil(" + at(a, 1) + " / " + at(b, 2) + ")", 2};
        break;
    }
  }
  return stack.back().text;
}

std::string type_text(const TypeSpec& type) {
  if (type.dtype && !type.accumulate && !type.order && !type.fill)
    return std::string(name(*type.dtype));
  std::vector<std::string> parts;
  if (type.dtype) parts.push_back(fmt::format("dtype: {}", name(*type.dtype)));
  if (type.accumulate) parts.push_back("accumulate: " + text_of(*type.accumulate));
  if (type.order) parts.push_back("order: " + base::numerics::text_of(*type.order));
  if (type.fill) parts.push_back(fmt::format("fill: {}", *type.fill));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

// What a tensor's type would be without an entry of its own.
TypeSpec class_type(const Cascade& cascade, const Tensor& tensor) {
  TypeSpec type;
  const char* role = tensor.role == TensorRole::kInput    ? "Inputs"
                     : tensor.role == TensorRole::kOutput ? "Outputs"
                                                          : "Intermediates";
  for (const char* name : {"default", role}) {
    const auto entry = cascade.type_classes.find(name);
    if (entry == cascade.type_classes.end()) continue;
    if (entry->second.dtype) type.dtype = entry->second.dtype;
    if (entry->second.accumulate) type.accumulate = entry->second.accumulate;
    if (entry->second.order) type.order = entry->second.order;
    if (entry->second.fill) type.fill = entry->second.fill;
  }
  return type;
}

class DocumentPrinter {
 public:
  explicit DocumentPrinter(const Cascade& cascade) : cascade_(cascade) {}

  std::string run() {
    out_ = "einfall: 1\n";
    if (!cascade_.name.empty()) line("name: {}", quoted(cascade_.name));
    if (!cascade_.doc.empty()) line("doc: {}", quoted(cascade_.doc));
    names();
    declaration();
    types();
    functions();
    statements("init", true);
    statements("expressions", false);
    results();
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  // A key with one line for each entry, left out if there are none.
  void section(const char* key, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    line("{}:", key);
    for (const std::string& entry : lines) line("  {}", entry);
  }

  void names() {
    std::vector<std::string> ranks, params, vars;
    for (const Rank& rank : cascade_.ranks)
      ranks.push_back(rank.size
                          ? fmt::format("{}: {}", word(rank.name), size_text(cascade_, *rank.size))
                          : word(rank.name) + ":");
    for (const Param& param : cascade_.params)
      params.push_back(
          fmt::format("{}: {}", word(param.name), single_quoted(print(cascade_, param.value))));
    for (const Variable& variable : cascade_.variables)
      if (to_upper(variable.name) != cascade_[variable.rank].name)
        vars.push_back(
            fmt::format("{}: {}", word(variable.name), word(cascade_[variable.rank].name)));
    // The cascade has them in the order in which its text names them, which printing changes.
    std::sort(vars.begin(), vars.end());
    section("ranks", ranks);
    section("params", params);
    section("vars", vars);
  }

  void declaration() {
    std::vector<std::string> lines;
    for (const Tensor& tensor : cascade_.tensors) {
      std::string ranks;
      for (const RankId rank : tensor.ranks)
        ranks += (ranks.empty() ? "" : ", ") + word(cascade_[rank].name);
      lines.push_back(fmt::format("{}: [{}]", word(tensor.name), ranks));
    }
    section("declaration", lines);
  }

  void types() {
    std::vector<std::string> lines;
    for (const auto& [name, type] : cascade_.type_classes)
      lines.push_back(fmt::format("{}: {}", name, type_text(type)));
    for (const Tensor& tensor : cascade_.tensors)
      if (tensor.type != class_type(cascade_, tensor))
        lines.push_back(fmt::format("{}: {}", word(tensor.name), type_text(tensor.type)));
    section("types", lines);
  }

  void functions() {
    std::vector<std::string> lines;
    for (const OpaqueFunction& function : cascade_.opaque) {
      std::string text = fmt::format("  {}: {{arity: {}", word(function.name), function.arity);
      if (function.monotone) text += ", monotone: " + *function.monotone;
      if (function.range)
        text += fmt::format(", range: [{}, {}]", function.range->first, function.range->second);
      if (function.cost) text += fmt::format(", cost: {}", *function.cost);
      lines.push_back(text + "}");
    }
    if (!lines.empty()) lines.insert(lines.begin(), "opaque:");
    section("functions", lines);
  }

  // A block of lines; a list where an Einsum has a name of its own or a doc text.
  void statements(const char* key, bool init) {
    std::vector<const Einsum*> chosen;
    for (const Einsum& einsum : cascade_.einsums)
      if (einsum.is_init == init) chosen.push_back(&einsum);
    if (chosen.empty()) {
      if (!init) line("{}: []", key);
      return;
    }
    const auto is_plain = [&](const Einsum* einsum) {
      return einsum->doc.empty() && einsum->name == cascade_[cascade_[einsum->lhs].tensor].name;
    };
    const bool block = std::all_of(chosen.begin(), chosen.end(), is_plain);
    line("{}:{}", key, block ? " |" : "");
    for (const Einsum* einsum : chosen) {
      const std::string text = print(cascade_, *einsum);
      if (block) {
        line("  {}", text);
      } else if (is_plain(einsum)) {
        line("  - {}", single_quoted(text));
      } else {
        line("  - {{einsum: {}, name: {}{}}}", single_quoted(text), word(einsum->name),
             einsum->doc.empty() ? "" : ", doc: " + quoted(einsum->doc));
      }
    }
  }

  void results() {
    std::string outputs;
    for (const Tensor& tensor : cascade_.tensors)
      if (tensor.role == TensorRole::kOutput)
        outputs += (outputs.empty() ? "" : ", ") + word(tensor.name);
    line("outputs: [{}]", outputs);
    std::vector<std::string> lines;
    for (const Assumption& assumption : cascade_.assumptions) {
      const auto text = base::Overloaded{
          [&](const FiniteAssumption& a) { return "finite(" + cascade_[a.tensor].name + ")"; },
          [&](const PositiveAssumption& a) { return "positive(" + cascade_[a.tensor].name + ")"; },
          [&](CondId cond) { return print(cascade_, cond); }};
      lines.push_back("- " + single_quoted(std::visit(text, assumption.what)));
    }
    section("assume", lines);
    expectations();
    lines.clear();
    for (const auto& [rank, common] : cascade_.alias)
      lines.push_back(fmt::format("{}: {}", word(rank), word(common)));
    section("alias", lines);
  }

  void expectations() {
    std::vector<std::string> kinds;
    for (const Expectation& expectation : cascade_.expectations)
      if (std::find(kinds.begin(), kinds.end(), expectation.kind) == kinds.end())
        kinds.push_back(expectation.kind);
    std::vector<std::string> lines;
    for (const std::string& kind : kinds) {
      lines.push_back(kind + ":");
      for (const Expectation& expectation : cascade_.expectations)
        if (expectation.kind == kind)
          lines.push_back(fmt::format("  {}: {}",
                                      key(fmt::format("{}", fmt::join(expectation.ranks, "+"))),
                                      expectation.count));
    }
    section("expect", lines);
  }

  static std::string key(const std::string& ranks) {
    return ranks.find('+') == std::string::npos ? word(ranks) : ranks;
  }

  const Cascade& cascade_;
  std::string out_;
};

}  // namespace

std::string print(const Cascade& cascade) { return DocumentPrinter(cascade).run(); }

}  // namespace einfall::einsum
