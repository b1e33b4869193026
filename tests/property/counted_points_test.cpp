#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <random>

#include "einsum/analysis/points.hpp"
#include "tests/support/evaluation.hpp"

using namespace einfall;

namespace {

// Random cascades of masks, quotients, `??` and present(), whose indices leave their tensors.
class Document {
 public:
  explicit Document(std::uint32_t seed) : rng_(seed) {}

  std::string text() {
    const std::string sizes =
        "ranks: {M: " + number(4, 9) + ", P: " + number(3, 6) + ", K: " + number(2, 5) + "}\n";
    std::string lines;
    const auto masked = [&](const std::string& name, const std::vector<std::string>& variables) {
      variables_ = variables;
      lines += "  " + name + " = " + name.substr(0, 1) + "0" + name.substr(1) + " where " +
               condition(0) + "\n";
    };
    masked("Y[m]", {"m"});
    masked("W[p, k]", {"p", "k"});
    tensors_ = {{"Y", 1}, {"W", 2}};
    for (const std::string stage : {"1", "2"}) {
      variables_ = {"m", "p", "k"};
      const std::string body = tree(0) + " where " + condition(0) + ", m + p + k >= 0\n";
      lines += "  A" + stage + "[m, p, k] = " + body;
      // The same points, summed: their number is not to be seen in the result.
      const std::size_t where = body.find(" where ");
      lines +=
          "  S" + stage + "[m, k] = sum[p](" + body.substr(0, where) + ")" + body.substr(where);
      tensors_.emplace_back("A" + stage, 3);
      tensors_.emplace_back("S" + stage, 2);
    }
    return sizes + "declaration: {Y0: [M], W0: [P, K]}\noutputs: [Y, W, A1, S1, A2, S2]\n" +
           "expressions: |\n" + lines;
  }

 private:
  int draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng_); }
  std::string number(int low, int high) { return std::to_string(draw(low, high)); }
  std::string variable() {
    return variables_[static_cast<std::size_t>(draw(0, static_cast<int>(variables_.size()) - 1))];
  }

  std::string index() {
    const std::string v = variable();
    switch (draw(0, 7)) {
      case 0:
        return v + " - 1";
      case 1:
        return v + " + 1";
      case 2:
        return v + " // 2";
      case 3:
        return v + " % 3";
      case 4:
        return v + " - " + variable();
      case 5:
        return "P - 1 - " + v;
      default:
        return v;
    }
  }

  std::string access() {
    const auto& [name, positions] =
        tensors_[static_cast<std::size_t>(draw(0, static_cast<int>(tensors_.size()) - 1))];
    std::string text = name + "[" + index();
    for (int i = 1; i < positions; ++i) text += ", " + index();
    return text + "]";
  }

  std::string tree(int depth) {
    const int kind = depth >= 2 ? 0 : draw(0, 5);
    if (kind <= 1) return access();
    if (kind <= 3) return "(" + access() + " ?? " + tree(depth + 1) + ")";
    return "(" + tree(depth + 1) + (kind == 4 ? " + " : " * ") + tree(depth + 1) + ")";
  }

  std::string term() {
    switch (draw(0, 3)) {
      case 0:
        return variable() + " // " + number(2, 4) + " + " + number(0, 3);
      case 1:
        return "(" + variable() + " + " + variable() + ") % " + number(2, 4);
      case 2:
        return "(" + variable() + " - " + variable() + ") // 2";
      default:
        return number(1, 3) + "*" + variable() + " - " + number(0, 4);
    }
  }

  std::string condition(int depth) {
    const int kind = depth >= 2 ? 4 : draw(0, 7);
    if (kind == 0) return "(" + condition(depth + 1) + " or " + condition(depth + 1) + ")";
    if (kind == 1) return "not (" + condition(depth + 1) + ")";
    if (kind == 2 && !tensors_.empty()) return "present(" + access() + ")";
    static const std::vector<std::string> kComparisons{" < ", " <= ", " >= ", " == ", " != "};
    return term() + kComparisons[static_cast<std::size_t>(draw(0, 4))] + term();
  }

  std::mt19937 rng_;
  std::vector<std::string> variables_;
  std::vector<std::pair<std::string, int>> tensors_;
};

std::int64_t present_in(const std::string& tensor, const einsum::TensorMap<double>& values) {
  const auto& found = values.at(tensor);
  std::int64_t present = 0;
  for (std::size_t i = 0; i < found.values.size(); ++i) present += found.is_present(i);
  return present;
}

// By tensor name, without a reduction: as many points as present elements.
void check_points(const std::string& document, int& exact) {
  const einsum::Cascade cascade = tests::cascade_of(document);
  const einsum::Sizes sizes = tests::sizes_of(cascade);
  const auto values = tests::run(cascade, sizes, tests::inputs_of(cascade, sizes));
  const auto counted = einsum::points(cascade, sizes);
  if (!counted) FAIL(base::render(counted.error()) << document);
  for (std::size_t i = 0; i < counted->size(); ++i) {
    const std::string& written = cascade[cascade[cascade.einsums[i].lhs].tensor].name;
    std::string alike = written;
    if (alike.front() == 'S') alike.front() = 'A';
    const std::int64_t present = present_in(alike, values);
    INFO(document << written << ": " << (*counted)[i].count << ", evaluated " << present);
    if ((*counted)[i].exact)
      CHECK((*counted)[i].count == present);
    else
      CHECK((*counted)[i].count >= present);
    exact += (*counted)[i].exact;
  }
}

const std::string kTwoMasks =
    "ranks: {M: 7, P: 4, K: 3}\ndeclaration: {W0: [P, K], Y0: [M]}\noutputs: [Y, W, T]\n"
    "expressions: |\n"
    "  Y[m] = Y0[m] where m % 2 <= 1 and m % 3 <= 2\n"
    "  W[p, k] = W0[p, k] where k // 4 + 3 > p % 3\n"
    "  T[m, p, k] = Y[m - 1] ?? W[p, k]\n";

}  // namespace

TEST_CASE("points are those of evaluation where an index leaves a tensor with quotients",
          "[property]") {
  int exact = 0;
  check_points(kTwoMasks, exact);
  CHECK(exact == 3);
}

TEST_CASE("counted points of random cascades are those of evaluation, or bound them",
          "[property]") {
  int exact = 0, cascades = 0;
  rc::prop("points", [&] {
    check_points(Document(*rc::gen::arbitrary<std::uint32_t>()).text(), exact);
    ++cascades;
  });
  CHECK(exact > 3 * cascades);
}
