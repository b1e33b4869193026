#include "einsum/language/print.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "base/overloaded.hpp"
#include "einsum/ir/builtins.hpp"
#include "einsum/ir/root_names.hpp"

/// Expressions as text. What is printed parses to the same nodes: operators are left-associative,
/// and parentheses stand wherever an operand binds less tightly than its place.
namespace einfall::einsum {
namespace {

// How tightly an expression binds, loosest first.
enum class Level { kElse, kSum, kProduct, kUnary, kAtom };

std::string monomial(const Cascade& cascade, const SizePoly::Monomial& ranks) {
  std::string text;
  for (const RankId rank : ranks) text += (text.empty() ? "" : "*") + cascade[rank].name;
  return text;
}

// Appends a signed summand to a sum: "a", " + a", " - a"; the first one may need a leading minus.
void append_summand(std::string& sum, bool negative, const std::string& summand) {
  if (sum.empty())
    sum = (negative ? "-" : "") + summand;
  else
    sum += (negative ? " - " : " + ") + summand;
}

// `factor` times |coefficient| of one monomial; a pure number stands in front.
std::string scaled(const std::string& factor, std::uint64_t magnitude, const std::string& sizes) {
  std::string text = factor;
  if (!sizes.empty()) text += (text.empty() ? "" : "*") + sizes;
  if (text.empty()) return std::to_string(magnitude);
  return magnitude == 1 ? text : std::to_string(magnitude) + "*" + text;
}

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                   : static_cast<std::uint64_t>(value);
}

const char* text(CompareOp op) {
  switch (op) {
    case CompareOp::kLt:
      return "<";
    case CompareOp::kLe:
      return "<=";
    case CompareOp::kGt:
      return ">";
    case CompareOp::kGe:
      return ">=";
    case CompareOp::kEq:
      return "==";
    case CompareOp::kNe:
      return "!=";
  }
  return "?";
}

class Printer {
 public:
  explicit Printer(const Cascade& cascade) : cascade_(cascade) {}

  std::string poly(const SizePoly& poly) const {
    std::string sum;
    append_sizes(sum, poly);
    return sum.empty() ? "0" : sum;
  }

  std::string index(IndexId id) const {
    const Index& index = cascade_[id];
    std::string sum;
    for (const IndexTerm& term : index.terms) {
      const std::string factor = atom(term);
      if (term.coefficient.terms().size() == 1) {
        const auto& [ranks, coefficient] = *term.coefficient.terms().begin();
        append_summand(sum, coefficient < 0,
                       scaled(factor, magnitude(coefficient), monomial(cascade_, ranks)));
      } else {
        append_summand(sum, false, fmt::format("{}*({})", factor, poly(term.coefficient)));
      }
    }
    append_sizes(sum, index.constant);
    return sum.empty() ? "0" : sum;
  }

  std::string access(AccessId id) const {
    const Access& access = cascade_[id];
    const std::string& tensor = cascade_[access.tensor].name;
    // Bare, unless it could be taken for the size of a rank.
    if (access.indices.empty() && !cascade_.find_rank(tensor)) return tensor;
    std::string text = tensor + "[";
    for (std::size_t i = 0; i < access.indices.size(); ++i)
      text += (i == 0 ? "" : ", ") + index(access.indices[i]);
    return text + "]";
  }

  std::string expr(ExprId id, Level place) const {
    const auto& node = cascade_[id].node;
    const std::string inside =
        std::visit([&](const auto& alternative) { return value(alternative); }, node);
    return level(node) < place ? "(" + inside + ")" : inside;
  }

  std::string cond(CondId id, bool in_conjunction) const {
    const auto visit = base::Overloaded{
        [&](const CompareCond& c) {
          return fmt::format("{} {} {}", index(c.lhs), text(c.op), index(c.rhs));
        },
        [&](const AndCond& c) { return joined(c.operands, " and ", true); },
        [&](const OrCond& c) {
          const std::string inside = joined(c.operands, " or ", false);
          return in_conjunction ? "(" + inside + ")" : inside;
        },
        [&](const NotCond& c) {
          const bool junction = std::holds_alternative<AndCond>(cascade_[c.operand].node) ||
                                std::holds_alternative<OrCond>(cascade_[c.operand].node);
          return junction ? fmt::format("not ({})", cond(c.operand, false))
                          : "not " + cond(c.operand, true);
        },
        [&](const PresentCond& c) { return fmt::format("present({})", access(c.access)); },
        [&](const TruthCond& c) { return access(c.access); }};
    return std::visit(visit, cascade_[id].node);
  }

  std::string einsum(const Einsum& einsum) const {
    std::string line = access(einsum.lhs) + " = ";
    const auto visit = base::Overloaded{
        [&](const MapRoot&) { return expr(einsum.body, Level::kElse); },
        [&](const ReduceRoot& root) {
          return fmt::format("{}[{}]({})", name(root.op), names(root.vars),
                             expr(einsum.body, Level::kElse));
        },
        [&](const PopulateRoot& root) {
          return fmt::format("{}[{}{}]({})", name(root.op), names(root.over),
                             root.target ? " -> " + cascade_[*root.target].name : "",
                             expr(einsum.body, Level::kElse));
        }};
    line += std::visit(visit, einsum.root);
    for (std::size_t i = 0; i < einsum.where.size(); ++i)
      line += (i == 0 ? " where " : ", ") + cond(einsum.where[i], false);
    return line;
  }

 private:
  using Node = decltype(Expr::node);

  // Products of sizes, then the number.
  void append_sizes(std::string& sum, const SizePoly& poly) const {
    for (const bool number : {false, true})
      for (const auto& [ranks, coefficient] : poly.terms())
        if (ranks.empty() == number)
          append_summand(sum, coefficient < 0,
                         scaled("", magnitude(coefficient), monomial(cascade_, ranks)));
  }

  std::string names(const std::vector<VarId>& vars) const {
    std::string text;
    for (const VarId variable : vars) text += (text.empty() ? "" : ", ") + cascade_[variable].name;
    return text;
  }

  std::string joined(const std::vector<CondId>& operands, const char* word, bool all) const {
    std::string text;
    for (const CondId operand : operands) text += (text.empty() ? "" : word) + cond(operand, all);
    return text;
  }

  // A factor of an index: it binds as tightly as a name.
  std::string atom(const IndexTerm& term) const {
    const auto visit = base::Overloaded{
        [&](VarId variable) { return cascade_[variable].name; },
        [&](AccessId gather) { return access(gather); },
        [&](const DivMod& quotient) {
          return fmt::format("({} {} {})", factor(index(quotient.numerator)),
                             quotient.mod ? "%" : "//", factor(poly(quotient.divisor)));
        }};
    return std::visit(visit, term.atom);
  }

  static std::string factor(const std::string& text) {
    const bool simple = text.find_first_of(" *-/%(") == std::string::npos;
    return simple ? text : "(" + text + ")";
  }

  Level level(const Node& node) const {
    const auto visit = base::Overloaded{
        [](const ElseExpr&) { return Level::kElse; },
        [](const BinaryExpr& b) {
          return b.op == BinaryOp::kAdd || b.op == BinaryOp::kSub ? Level::kSum : Level::kProduct;
        },
        [](const NegExpr&) { return Level::kUnary; },
        [](const ConstExpr& c) { return std::signbit(c.value) ? Level::kUnary : Level::kAtom; },
        [&](const IndexValueExpr& v) {
          const Index& index = cascade_[v.index];
          const bool variable = index.constant.is_zero() && index.terms.size() == 1 &&
                                std::holds_alternative<VarId>(index.terms[0].atom) &&
                                index.terms[0].coefficient.as_constant() == 1;
          const bool size = index.terms.empty() && index.constant.as_size();
          return variable || size ? Level::kAtom : Level::kSum;
        },
        [](const auto&) { return Level::kAtom; }};
    return std::visit(visit, node);
  }

  std::string value(const ConstExpr& constant) const { return fmt::format("{}", constant.value); }
  std::string value(const ParamExpr& param) const { return cascade_[param.param].name; }
  // A size on its own stands between bars: it cannot be taken for a tensor of that name.
  std::string value(const IndexValueExpr& v) const {
    const Index& form = cascade_[v.index];
    const auto size = form.constant.as_size();
    if (form.terms.empty() && size) return "|" + cascade_[*size].name + "|";
    return value_index(v.index);
  }
  std::string value(const AccessExpr& read) const { return access(read.access); }
  std::string value(const CallExpr& call) const {
    std::string text;
    if (const auto* opaque = std::get_if<OpaqueId>(&call.function)) {
      text = cascade_[*opaque].name;
    } else {
      const Builtin builtin = std::get<Builtin>(call.function);
      text = info(builtin).name;
      if (builtin == Builtin::kConvert) text += fmt::format("_{}", name(call.convert_to));
    }
    text += "(";
    for (std::size_t i = 0; i < call.args.size(); ++i)
      text += (i == 0 ? "" : ", ") + expr(call.args[i], Level::kElse);
    return text + ")";
  }
  std::string value(const BinaryExpr& binary) const {
    switch (binary.op) {
      case BinaryOp::kAdd:
        return sides(binary, " + ", Level::kSum, Level::kProduct);
      case BinaryOp::kSub:
        return sides(binary, " - ", Level::kSum, Level::kProduct);
      case BinaryOp::kMul:
        return sides(binary, " * ", Level::kProduct, Level::kUnary);
      case BinaryOp::kDiv:
        return sides(binary, " / ", Level::kProduct, Level::kUnary);
    }
    return {};
  }
  std::string sides(const BinaryExpr& binary, const char* op, Level left, Level right) const {
    return expr(binary.lhs, left) + op + expr(binary.rhs, right);
  }
  std::string value(const NegExpr& negated) const {
    return "-" + expr(negated.operand, Level::kUnary);
  }
  std::string value(const ElseExpr& either) const {
    return expr(either.value, Level::kElse) + " ?\? " + expr(either.otherwise, Level::kSum);
  }

  // As index(), but every size between bars.
  std::string value_index(IndexId id) const { return bars(index(id)); }
  static std::string bars(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] < 'A' || text[i] > 'Z') {
        out += text[i++];
        continue;
      }
      std::size_t end = i;
      while (end < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
        ++end;
      out += "|" + text.substr(i, end - i) + "|";
      i = end;
    }
    return out;
  }

  const Cascade& cascade_;
};

}  // namespace

std::string print(const Cascade& cascade, const Einsum& einsum) {
  return Printer(cascade).einsum(einsum);
}
std::string print(const Cascade& cascade, ExprId expr) {
  return Printer(cascade).expr(expr, Level::kElse);
}
std::string print(const Cascade& cascade, IndexId index) { return Printer(cascade).index(index); }
std::string print(const Cascade& cascade, CondId cond) {
  return Printer(cascade).cond(cond, false);
}
std::string print(const Cascade& cascade, const SizePoly& poly) {
  return Printer(cascade).poly(poly);
}
std::string print(const Cascade& cascade, AccessId access) {
  return Printer(cascade).access(access);
}

}  // namespace einfall::einsum
