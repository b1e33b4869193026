// Random cascades print to a text that loads to the same cascade and prints the same again.
#include <rapidcheck.h>
#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "einsum/language/load.hpp"
#include "einsum/language/print.hpp"

namespace einfall::einsum {
namespace {

using Names = std::vector<std::string>;

// Makes up a document that is right by construction: every access has its tensor's ranks, every
// variable is on the left, reduced, or implied in a product.
class Author {
 public:
  std::string document() {
    const bool batch = chance(3);
    std::string text =
        "einfall: 1\nname: random\n"
        "ranks: {K: 6, M: 5, C: 2, L: 3, I: L, N: C*L, J: 2, W, H: 2, G: ceil(K / W)}\n"
        "vars: {q: K, p: K, r: M}\nparams: {x: 0.5, y: x*2 - sqrt(K)}\n"
        "functions: {'f(a, b)': 'a*b + max(a, -1) / b', opaque: {g: {arity: 1, cost: 2}}}\n"
        "declaration: {A: [K], B: [K, M], V: [N], S: [], BI: [M], Q: [K]}\n"
        "types: {default: fp32, Inputs: bf16, BI: index, Q: bool, A: {dtype: fp16, fill: -1}}\n";
    if (batch) text += "batch: [H]\nshare: {S: {H: ~}}\n";
    tensors_ = {{"A", {"k"}}, {"B", {"k", "m"}}, {"V", {"n"}}, {"S", {}}};
    std::string init, lines;
    const int count = pick(1, 6);
    for (int i = 0; i < count; ++i) statement(i, init, lines);
    if (!init.empty()) text += "init: |\n" + init;
    return text + "expressions: |\n" + lines;
  }

 private:
  static int pick(int low, int high) { return *rc::gen::inRange(low, high + 1); }
  static bool chance(int one_in) { return pick(1, one_in) == 1; }
  template <class T>
  static T any(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(pick(0, static_cast<int>(from.size()) - 1))];
  }
  static bool has(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  static std::string list(const Names& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
  }
  static Names some(const Names& from) {
    Names out;
    for (const std::string& name : from)
      if (chance(2)) out.push_back(name);
    return out;
  }

  void statement(int number, std::string& init, std::string& lines) {
    const std::string name = "T" + std::to_string(number);
    switch (pick(0, 5)) {
      case 0: {  // a map
        const Names left = some({"k", "m", "c"});
        add(lines, name, left, expr(left, 3), left);
        break;
      }
      case 1: {  // a reduction
        const Names left = some({"k", "c"});
        const Names reduced{any<std::string>({"m", "r"}), any<std::string>({"i", "p"})};
        Names all = left;
        all.insert(all.end(), reduced.begin(), reduced.end());
        const std::string op = any<std::string>({"sum", "prod", "max", "min", "any", "all"});
        add(lines, name, left, op + "[" + list(reduced) + "](" + expr(all, 3) + ")", all);
        break;
      }
      case 2: {  // an implied sum
        const Names left = some({"m", "c"});
        Names all = left;
        all.push_back("k");
        add(lines, name, left, "A[k] * (" + expr(all, 2) + ")", all);
        break;
      }
      case 3: {  // an iterative tensor, with a beginning or without one
        const std::string rest = chance(2) ? ", m" : "";
        const Names all = rest.empty() ? Names{"k"} : Names{"k", "m"};
        const std::string self = name + "[k" + rest + "]";
        const bool begins = chance(2);
        if (begins)
          init += "  " + name + "[0" + rest + "] = " + any<std::string>({"0", "-inf", "S"}) + "\n";
        lines += "  " + name + "[k+1" + rest + "] = " + (begins ? self : "(" + self + " ?\? 1)") +
                 " * x + " + expr(all, 2) + where(all) + "\n";
        tensors_.push_back({name, all});
        break;
      }
      case 4: {  // a selection
        const std::string what = "topk[m -> j](" + expr({"k", "m"}, 2) + ")";
        const bool coordinates = chance(2);
        lines += "  " + name + "[j, k] = " + (coordinates ? "arg" : "") + what + where({"k", "m"}) +
                 "\n";
        if (!coordinates) tensors_.push_back({name, {"j", "k"}});
        break;
      }
      default:  // a split on the left
        lines += "  " + name + "[c*L + i] = " + expr({"c", "i"}, 3) + where({"c", "i"}) + "\n";
        tensors_.push_back({name, {"n"}});
    }
  }

  void add(std::string& lines, const std::string& name, const Names& left, const std::string& right,
           const Names& all) {
    lines += "  " + name + "[" + list(left) + "] = " + right + where(all) + "\n";
    tensors_.push_back({name, left});
  }

  std::string where(const Names& vars) {
    if (vars.empty() || !chance(2)) return "";
    return " where " + condition(vars, 2) + (chance(2) ? ", " + condition(vars, 1) : "");
  }

  std::string condition(const Names& vars, int depth) {
    if (depth == 0 || chance(2)) return comparison(vars);
    switch (pick(0, 4)) {
      case 0:
        return condition(vars, depth - 1) + " and " + condition(vars, depth - 1);
      case 1:
        return "(" + condition(vars, depth - 1) + " or " + condition(vars, depth - 1) + ")";
      case 2:
        return "not (" + condition(vars, depth - 1) + ")";
      case 3:
        return has(vars, "k") ? any<std::string>({"present(A[k])", "Q[k]"}) : "W > 1";
      default:
        return comparison(vars);
    }
  }

  std::string comparison(const Names& vars) {
    const std::string op = any<std::string>({"<", "<=", ">", ">=", "==", "!="});
    if (chance(3)) return index(vars) + " - W < " + index(vars) + " " + op + " M";
    return index(vars) + " " + op + " " + index(vars);
  }

  // Any index expression of these variables.
  std::string index(const Names& vars) {
    const std::string v = any(vars);
    switch (pick(0, 6)) {
      case 0:
        return v + "*M + " + any(vars);
      case 1:
        return "(" + v + " // W)";
      case 2:
        return "2*(" + v + " % 3) - 1";
      case 3:
        return "(M + 1)*(" + v + " + W - 2)";
      case 4:
        return has(vars, "m") ? "BI[m]*W + " + v : v;
      default:
        return v;
    }
  }

  // An index for a rank, by the name of its variable.
  std::string index_for(const std::string& rank, const Names& vars) {
    if (rank == "n" && has(vars, "c") && has(vars, "i")) return "c*L + i";
    if (rank == "k" && has(vars, "m") && chance(3)) return "BI[m]";
    if (has(vars, rank)) return chance(4) ? rank + any<std::string>({" + 1", " - 1"}) : rank;
    return vars.empty() || chance(2) ? any<std::string>({"0", "1", "W - 1"}) : index(vars);
  }

  std::string access(const Names& vars) {
    const auto& [name, ranks] = any(tensors_);
    if (ranks.empty() && chance(2)) return name;
    Names indices;
    for (const std::string& rank : ranks) indices.push_back(index_for(rank, vars));
    return name + "[" + list(indices) + "]";
  }

  std::string expr(const Names& vars, int depth) {
    if (depth == 0 || chance(4)) return leaf(vars);
    const auto sub = [&] { return expr(vars, depth - 1); };
    switch (pick(0, 9)) {
      case 0:
        return sub() + " + " + sub();
      case 1:
        return sub() + " - (" + sub() + ")";
      case 2:
        return "(" + sub() + ") * " + leaf(vars);
      case 3:
        return leaf(vars) + " / (" + sub() + ")";
      case 4:
        return "-(" + sub() + ")";
      case 5:
        return "(" + sub() + " ?\? " + sub() + ")";
      case 6:
        return any<std::string>({"exp", "sqrt", "g", "convert_bf16", "relu"}) + "(" + sub() + ")";
      case 7:
        return any<std::string>({"f", "max", "pow"}) + "(" + sub() + ", " + sub() + ")";
      case 8:
        return "take(" + sub() + ", " + sub() + ", 1)";
      default: {
        const std::string bound = any<std::string>({"q", "p", "r"});
        if (has(vars, bound)) return leaf(vars);
        Names inner = vars;
        inner.push_back(bound);
        const std::string read = bound == "r" ? "B[0, r]" : "A[" + bound + "]";
        return any<std::string>({"sum", "max"}) + "[" + bound + "](" + read + " * (" +
               expr(inner, depth - 1) + "))";
      }
    }
  }

  std::string leaf(const Names& vars) {
    switch (pick(0, 7)) {
      case 0:
        return any<std::string>({"0", "1", "2.5", "1e-7", "3e20", "inf", "-2", "x", "y"});
      case 1:
        return any<std::string>({"|M|", "L", "|W|*2 - M"});
      case 2:
        return vars.empty() ? "7" : any(vars) + " - " + any<std::string>({"W*2", any(vars)});
      default:
        return access(vars);
    }
  }

  std::vector<std::pair<std::string, Names>> tensors_;
};

base::Result<Cascade> load(const std::string& text) {
  base::Diagnostics remarks;
  return load_cascade(std::make_shared<base::SourceFile>(base::SourceFile{"random.yaml", text}),
                      remarks);
}

}  // namespace

TEST_CASE("printing and loading again gives the same cascade", "[property][round-trip]") {
  std::size_t loaded = 0, runs = 0;
  rc::prop("a random cascade survives printing", [&] {
    const std::string text = *rc::gen::exec([] { return Author().document(); });
    ++runs;
    const auto cascade = load(text);
    if (!cascade) RC_LOG() << text << base::render(cascade.error());
    RC_ASSERT(cascade.has_value());
    ++loaded;
    const std::string printed = print(*cascade);
    const auto again = load(printed);
    RC_LOG() << text << printed << (again ? "" : base::render(again.error()));
    RC_ASSERT(again.has_value());
    RC_ASSERT(same(*cascade, *again));
    RC_ASSERT(print(*again) == printed);
  });
  CHECK(loaded == runs);
}

}  // namespace einfall::einsum
