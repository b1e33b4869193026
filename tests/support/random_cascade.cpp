#include "tests/support/random_cascade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace einfall::tests {
namespace {

struct Known {
  std::string name;
  std::size_t positions;
};

class Generator {
 public:
  explicit Generator(const std::vector<std::uint8_t>& choices) : choices_(choices) {}

  std::string document() {
    std::string text = fmt::format(
        "einfall: 1\nname: random\nranks: {{I: {}, J: {}, K: {}}}\n"
        "declaration: {{A: [I, J], B: [J, K], C: [K], T: [I], X: [J]}}\n"
        "types: {{T: bool, X: index}}\nexpressions: |\n",
        1 + pick(4), 1 + pick(5), 1 + pick(4));
    const std::size_t statements = 1 + pick(4);
    for (std::size_t n = 0; n < statements; ++n) text += "  " + statement(n) + "\n";
    // Every input is read, whatever the choices.
    return text + "  Rest = sum[i, j, k](A[i, j] * B[j, k] * C[k] * X[j]) where T[i]\n";
  }

 private:
  std::size_t pick(std::size_t count) {
    return next_ < choices_.size() ? choices_[next_++] % count : 0;
  }
  template <class... Texts>
  std::string one_of(Texts... texts) {
    const std::string all[] = {texts...};
    return all[pick(sizeof...(texts))];
  }

  std::string variable() {
    const std::string v = one_of("i", "j", "k");
    used_.insert(v);
    return v;
  }
  std::string index(bool gather = true) {
    switch (pick(9)) {
      case 1:
        return variable() + " + 1";
      case 2:
        return variable() + " - 1";
      case 3:
        return "2*" + variable();
      case 4:
        return variable() + " // 2";
      case 5:
        return variable() + " % 2";
      case 6:
        return "I - " + variable();
      case 7:
        return gather ? "X[" + index(false) + "]" : "1";
      case 8:
        return "2*" + variable() + " + " + variable();
      default:
        return variable();
    }
  }
  std::string access() {
    const Known& tensor = known_[pick(known_.size())];
    std::string text;
    for (std::size_t i = 0; i < tensor.positions; ++i) text += (i > 0 ? ", " : "") + index();
    return tensor.name + (tensor.positions > 0 ? "[" + text + "]" : "");
  }
  std::string expression(int depth) {
    if (depth == 0) return access();
    const auto inner = [&] { return expression(depth - 1); };
    switch (pick(10)) {
      case 1:
        return "(" + inner() + " + " + inner() + ")";
      case 2:
        return "(" + inner() + " - " + inner() + ")";
      case 3:
        return "(" + inner() + " * " + inner() + ")";
      case 4:
        return "(" + inner() + " ?? " + inner() + ")";
      case 5:
        return "(" + inner() + " ?? 2)";
      case 6:
        return one_of("max(", "min(", "lt(") + inner() + ", " + inner() + ")";
      case 7:
        return one_of("abs(", "relu(", "tanh(", "-(") + inner() + ")";
      case 8:
        return "select(" + inner() + ", " + inner() + ", " + inner() + ")";
      case 9:
        return "(" + inner() + " + " + variable() + ")";
      default:
        return access();
    }
  }
  std::string condition(int depth) {
    switch (pick(depth > 0 ? 8 : 5)) {
      case 1:
        return "present(" + access() + ")";
      case 2:
        return "T[" + index() + "]";
      case 3:
        return index() + " != " + index();
      case 4:
        return index() + " == " + index();
      case 5:
        return "not (" + condition(depth - 1) + ")";
      case 6:
        return "(" + condition(depth - 1) + " or " + condition(depth - 1) + ")";
      case 7:
        return "(" + condition(depth - 1) + " and " + condition(depth - 1) + ")";
      default:
        return index() + one_of(" <= ", " > ") + index();
    }
  }
  std::string where() { return pick(2) == 0 ? "" : " where " + condition(2); }

  std::vector<std::string> some_variables() {
    std::vector<std::string> left;
    for (const char* v : {"j", "i", "k"})
      if (pick(2) == 1) left.emplace_back(v);
    return left;
  }

  std::string statement(std::size_t n) {
    used_.clear();
    const std::string name = fmt::format("Z{}", n);
    const std::vector<std::string> left = some_variables();
    std::string text;
    if (pick(4) == 3 && !left.empty())
      text = iterative(name, left);
    else
      text = fmt::format("{}[{}] = {}", name, fmt::join(left, ", "), right_side(left));
    known_.push_back({name, left.size()});
    return text;
  }

  std::string right_side(const std::vector<std::string>& left) {
    const std::string body = expression(2);
    const std::string tail = where();
    std::vector<std::string> reduced;
    for (const std::string& v : used_)
      if (std::find(left.begin(), left.end(), v) == left.end()) reduced.push_back(v);
    if (reduced.empty()) return body + tail;
    return fmt::format("{}[{}]({}){}",
                       one_of("sum", "max", "min", "prod", "any", "all", "argmax", "argmin"),
                       fmt::join(reduced, ", "), body, tail);
  }

  /// Steps along the first variable; everything else it reads has only variables of the left side.
  std::string iterative(const std::string& name, const std::vector<std::string>& left) {
    std::string written = left[0] + "+1", read = left[0];
    for (std::size_t i = 1; i < left.size(); ++i) {
      written += ", " + left[i];
      read += ", " + left[i];
    }
    const std::string start = one_of(" ?? 1", " ?? C[0]", " ?? A[0, 0]");
    return fmt::format("{0}[{1}] = ({0}[{2}]{3}) {4} {5} * 0.5 where {6} != {7}", name, written,
                       read, start, one_of("+", "-"), "(A[0, " + left[0] + "] ?? 3)", left.back(),
                       pick(3));
  }

  const std::vector<std::uint8_t>& choices_;
  std::size_t next_ = 0;
  std::set<std::string> used_;
  std::vector<Known> known_ = {{"A", 2}, {"B", 2}, {"C", 1}};
};

}  // namespace

std::string random_cascade(const std::vector<std::uint8_t>& choices) {
  return Generator(choices).document();
}

}  // namespace einfall::tests
