#include "einsum/analysis/state_class.hpp"

#include "tests/einsum/analysis/cascade_files.hpp"

namespace einfall::einsum {
namespace {

struct Texts {
  std::string carried, fibres;
};

Texts state(const char* cascade_name, const char* rank) {
  const Cascade cascade = tests::load_shipped(cascade_name);
  const auto classes = state_classes(cascade);
  REQUIRE(classes);
  for (const StateClass& one : *classes)
    if (cascade[one.rank].name == rank)
      return {text(cascade, one.carried), text(cascade, one.fibres)};
  FAIL("no class for " << rank);
  return {};
}

TEST_CASE("one-pass attention carries a row of F for every query", "[analysis]") {
  const Texts texts = state("07_attention_1pass", "M1");
  CHECK(texts.carried == "O(P*F)");
  CHECK(texts.fibres == "O(1)");
}

TEST_CASE("three-pass attention keeps a fibre of scores unless it computes them again",
          "[analysis]") {
  const Texts texts = state("04_attention_3pass", "M");
  CHECK(texts.carried == "O(P*F)");
  CHECK(texts.fibres == "O(M*P)");
}

TEST_CASE("nothing is carried from query to query", "[analysis]") {
  CHECK(state("04_attention_3pass", "P").carried == "O(1)");
}

TEST_CASE("linear attention carries a matrix, gated or not", "[analysis]") {
  CHECK(state("12_linear_attention", "M").carried == "O(D*F)");
  CHECK(state("13_gla_recurrent", "N").carried == "O(D*F)");
}

TEST_CASE("column mass carries one element a key from query to query", "[analysis]") {
  CHECK(state("u06_column_mass", "P").carried == "O(M)");
}

TEST_CASE("weight gradients carry the whole of dK and dV along the queries", "[analysis]") {
  CHECK(state("26_backward", "P").carried == "O(M*E + M*F)");
}

}  // namespace
}  // namespace einfall::einsum
