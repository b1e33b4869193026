#include "tests/support/two_rank_cascade.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>

namespace einfall::tests {
namespace {

constexpr std::size_t kInputs = 3;

std::string lower(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

class Writer {
 public:
  Writer(const TwoRankCascade& cascade, const Spelling& spelling)
      : cascade_(cascade), spelling_(spelling) {}

  std::string run() {
    std::string lines;
    std::vector<std::size_t> order = spelling_.order;
    if (order.empty()) {
      order.resize(cascade_.statements.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
    }
    for (const std::size_t s : order)
      if (s + kInputs != spelling_.inlined) lines += "  " + statement(s) + "\n";
    return header() + "expressions: |\n" + lines;
  }

 private:
  std::string header() const {
    const std::string& m = spelling_.m;
    const bool parts = spelling_.split_m || !spelling_.through_parts.empty();
    const std::string split = parts ? m + "1: 2, " + m + "0: 2, " : "";
    // The ranks of what is written by parts are not to be seen from the line that writes it.
    std::set<std::size_t> tensors = used_;
    for (std::size_t s = 0; s < spelling_.through_parts.size(); ++s) tensors.insert(s + kInputs);
    std::string declared;
    for (const std::size_t tensor : tensors)
      declared += (declared.empty() ? "" : ", ") + spelling_.tensors[tensor] + ": [" +
                  (cascade_.has_m(tensor) ? m : "") +
                  (cascade_.has_m(tensor) && cascade_.has_p(tensor) ? ", " : "") +
                  (cascade_.has_p(tensor) ? spelling_.p : "") + "]";
    return "einfall: 1\nranks: {" + split + m + ": 4, " + spelling_.p + ": 4}\ndeclaration: {" +
           declared + "}\n";
  }

  std::string variables_of_m() const {
    const std::string m = lower(spelling_.m);
    return by_parts_ || spelling_.split_m ? m + "1, " + m + "0" : m;
  }

  std::string access(std::size_t tensor) {
    std::string indices;
    const std::string m = lower(spelling_.m);
    if (cascade_.has_m(tensor)) {
      indices = variables_of_m();
      if (by_parts_ || (tensor < kInputs && spelling_.split_m))
        indices = m + "1*" + spelling_.m + "0 + " + m + "0";
    }
    if (cascade_.has_p(tensor)) indices += (indices.empty() ? "" : ", ") + lower(spelling_.p);
    return spelling_.tensors[tensor] + (indices.empty() ? "" : "[" + indices + "]");
  }

  std::string sum(const TwoRankCascade::Statement& statement) {
    std::string text;
    for (const std::size_t operand : statement.operands) {
      text += text.empty() ? "" : " + ";
      if (operand == spelling_.inlined && operand >= kInputs) {
        text += "abs(" + sum(cascade_.statements[operand - kInputs]) + ")";
        continue;
      }
      if (operand < kInputs) used_.insert(operand);
      text += access(operand);
    }
    return text;
  }

  std::string statement(std::size_t s) {
    const TwoRankCascade::Statement& what = cascade_.statements[s];
    by_parts_ = !spelling_.through_parts.empty() && spelling_.through_parts[s];
    std::string over;
    if (what.reduce_m) over = variables_of_m();
    if (what.reduce_p) over += (over.empty() ? "" : ", ") + lower(spelling_.p);
    const std::string value = sum(what);
    return access(s + kInputs) + " = " + (over.empty() ? "abs" : "max[" + over + "]") + "(" +
           value + ")";
  }

  const TwoRankCascade& cascade_;
  const Spelling& spelling_;
  std::set<std::size_t> used_;
  bool by_parts_ = false;  // the statement at hand
};

bool any_has(const TwoRankCascade& cascade, const TwoRankCascade::Statement& statement,
             bool (TwoRankCascade::*has)(std::size_t) const) {
  return std::any_of(statement.operands.begin(), statement.operands.end(),
                     [&](std::size_t operand) { return (cascade.*has)(operand); });
}

}  // namespace

bool TwoRankCascade::has_m(std::size_t tensor) const {
  if (tensor < kInputs) return tensor != 1;
  const Statement& writer = statements[tensor - kInputs];
  return !writer.reduce_m && any_has(*this, writer, &TwoRankCascade::has_m);
}

bool TwoRankCascade::has_p(std::size_t tensor) const {
  if (tensor < kInputs) return tensor != 0;
  const Statement& writer = statements[tensor - kInputs];
  return !writer.reduce_p && any_has(*this, writer, &TwoRankCascade::has_p);
}

TwoRankCascade two_rank_cascade(std::mt19937& rng, std::size_t statements) {
  TwoRankCascade cascade;
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(rng);
  };
  for (std::size_t s = 0; s < statements; ++s) {
    TwoRankCascade::Statement statement;
    const std::size_t operands = 1 + below(3);
    for (std::size_t k = 0; k < operands; ++k) {
      // Later tensors are likelier, so that chains get long.
      const std::size_t tensors = kInputs + s;
      const std::size_t operand = std::max(below(tensors), below(tensors));
      if (std::find(statement.operands.begin(), statement.operands.end(), operand) ==
          statement.operands.end())
        statement.operands.push_back(operand);
    }
    statement.reduce_m = below(3) == 0 && any_has(cascade, statement, &TwoRankCascade::has_m);
    statement.reduce_p = below(5) == 0 && any_has(cascade, statement, &TwoRankCascade::has_p);
    cascade.statements.push_back(std::move(statement));
  }
  return cascade;
}

Spelling plain_spelling(const TwoRankCascade& cascade) {
  Spelling spelling;
  for (std::size_t t = 0; t < cascade.statements.size() + kInputs; ++t)
    spelling.tensors.push_back((t < kInputs ? "IN" : "T") + std::to_string(t));
  return spelling;
}

std::string write(const TwoRankCascade& cascade, const Spelling& spelling) {
  return Writer(cascade, spelling).run();
}

}  // namespace einfall::tests
