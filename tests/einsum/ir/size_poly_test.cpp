#include "einsum/ir/size_poly.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <limits>

namespace einfall::einsum {
namespace {

const RankId kM(0), kN(1);
const SizePoly kSizeM = SizePoly::size(kM), kSizeN = SizePoly::size(kN);

// A polynomial of degree at most 2 with small coefficients.
SizePoly arbitrary_poly() {
  SizePoly sum;
  for (int term = *rc::gen::inRange(0, 4); term > 0; --term) {
    SizePoly product = SizePoly::constant(*rc::gen::inRange(-5, 6));
    for (int factor = *rc::gen::inRange(0, 3); factor > 0; --factor)
      product = product * SizePoly::size(RankId(*rc::gen::inRange(0, 3)));
    sum = sum + product;
  }
  return sum;
}

TEST_CASE("a size polynomial keeps no zero terms", "[ir]") {
  CHECK(SizePoly::constant(0).is_zero());
  CHECK((kSizeM - kSizeM).is_zero());
  CHECK((SizePoly::constant(0) * kSizeM).is_zero());
  CHECK((kSizeM + SizePoly::constant(1) - kSizeM).as_constant() == 1);
}

TEST_CASE("products of sizes commute", "[ir]") {
  CHECK(kSizeM * kSizeN == kSizeN * kSizeM);
  const SizePoly square = (kSizeM + kSizeN) * (kSizeM + kSizeN);
  CHECK(square.terms().size() == 3);
  CHECK(square.terms().at({kM, kN}) == 2);
}

TEST_CASE("a polynomial is recognised as a constant or as one size", "[ir]") {
  CHECK(SizePoly().as_constant() == 0);
  CHECK(SizePoly::constant(7).as_constant() == 7);
  CHECK_FALSE(kSizeM.as_constant());
  CHECK(kSizeM.as_size() == kM);
  CHECK_FALSE((kSizeM + kSizeM).as_size());
  CHECK_FALSE((kSizeM * kSizeM).as_size());
  CHECK_FALSE((kSizeM + SizePoly::constant(1)).as_size());
}

TEST_CASE("the value of a sum or product is the sum or product of the values", "[ir]") {
  rc::prop("evaluate is a ring homomorphism", [] {
    const SizePoly a = arbitrary_poly(), b = arbitrary_poly();
    Sizes sizes;
    for (int i = 0; i < 3; ++i) sizes.values.push_back(*rc::gen::inRange(1, 100));
    RC_ASSERT(*(a + b).evaluate(sizes) == *a.evaluate(sizes) + *b.evaluate(sizes));
    RC_ASSERT(*(a - b).evaluate(sizes) == *a.evaluate(sizes) - *b.evaluate(sizes));
    RC_ASSERT(*(a * b).evaluate(sizes) == *a.evaluate(sizes) * *b.evaluate(sizes));
    RC_ASSERT((a * b) == (b * a));
  });
}

TEST_CASE("a value that does not fit into 64 bits is nothing", "[ir]") {
  const Sizes large{{std::int64_t{1} << 40, std::int64_t{1} << 24, 1}};
  CHECK_FALSE((kSizeM * kSizeM).evaluate(large));
  CHECK_FALSE((kSizeM * kSizeN).evaluate(large));
  CHECK((kSizeN * kSizeN).evaluate(large) == std::int64_t{1} << 48);
  const SizePoly huge = SizePoly::constant(std::int64_t{1} << 40);
  CHECK_FALSE((huge * huge).evaluate(large));
  CHECK_FALSE((huge * huge - huge * huge * huge).evaluate(large));
  const SizePoly lowest = SizePoly::constant(std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE((SizePoly() - lowest).evaluate(large));
}

}  // namespace
}  // namespace einfall::einsum
