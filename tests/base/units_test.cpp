#include "base/units.hpp"

#include <catch2/catch.hpp>
#include <type_traits>

#include "base/floor_div.hpp"
#include "base/id.hpp"

using namespace einfall::base;

namespace {

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};
template <class A, class B>
concept Multipliable = requires(A a, B b) {
  a* b;
};

static_assert(floor_div(7, 2) == 3 && floor_div(-7, 2) == -4);
static_assert(floor_div(7, -2) == -4 && floor_div(-7, -2) == 3);
static_assert(floor_div(-6, 2) == -3 && floor_div(6, -2) == -3 && floor_div(0, -2) == 0);
static_assert(floor_mod(-7, 2) == 1 && floor_mod(-6, 2) == 0 && floor_mod(7, 2) == 1);

static_assert(Addable<Cycles, Cycles>);
static_assert(!Addable<Cycles, Bytes>);
static_assert(!Addable<Bits, Bytes>);
static_assert(!Addable<Joules, Picojoules>);
static_assert(!Addable<Cycles, std::int64_t>);
static_assert(!Comparable<Cycles, Bytes>);
static_assert(!Multipliable<Cycles, Cycles>);
static_assert(Multipliable<Cycles, std::int64_t>);
static_assert(!std::is_convertible_v<std::int64_t, Cycles>);
static_assert(!std::is_convertible_v<Cycles, std::int64_t>);

using RowId = Id<struct RowTag>;
using ColumnId = Id<struct ColumnTag>;
static_assert(!Comparable<RowId, ColumnId>);
static_assert(!std::is_convertible_v<RowId, ColumnId>);

}  // namespace

TEST_CASE("quantities of one kind add, scale and compare", "[units]") {
  CHECK(Cycles(3) + Cycles(4) == Cycles(7));
  CHECK(Cycles(3) - Cycles(4) == Cycles(-1));
  CHECK(Bytes(3) * 4 == Bytes(12));
  CHECK(4 * Bytes(3) == Bytes(12));
  CHECK(Bytes(3) / Bytes(4) == 0.75);
  CHECK(Cycles(3) < Cycles(4));
}

TEST_CASE("rates are exact rationals", "[units]") {
  const BytesPerSecond rate(400 * (std::int64_t{1} << 30));
  CHECK(bytes_per_cycle(rate, Hertz(940000000)) == Rational(67108864, 146875));
  CHECK(ceil_div(7, 2) == 4);
  CHECK(ceil_div(8, 2) == 4);
  CHECK(ceil_div(0, 2) == 0);
}

TEST_CASE("a default id is invalid and ids are table positions", "[units]") {
  CHECK_FALSE(RowId().valid());
  CHECK(RowId(3).index() == 3);
  CHECK(RowId(3) < RowId(4));
}
