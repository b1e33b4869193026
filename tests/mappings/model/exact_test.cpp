#include <catch2/catch.hpp>
#include <limits>

#include "mappings/schedule/exact.hpp"

namespace einfall::mappings {
namespace {

TEST_CASE("exact numbers add and compare without rounding", "[exact]") {
  const Exact third(1, 3);
  CHECK(third + third + third == Exact(1));
  CHECK(Exact(1, 129) * Exact(129) == Exact(1));
  CHECK((Exact(7, 2)).ceil() == 4);
  CHECK((Exact(-7, 2)).ceil() == -3);
  CHECK(max(Exact(67108864, 146875), Exact(456)) == Exact(67108864, 146875));
  CHECK(Exact(67108864, 146875).text() == "67108864/146875");
}

TEST_CASE("an exact number that leaves 128 bits says so for good", "[exact]") {
  Exact value(std::numeric_limits<std::int64_t>::max());
  for (int i = 0; i < 4; ++i) value = value * value;
  CHECK(value.overflowed());
  CHECK((value + Exact(1)).overflowed());
  CHECK_FALSE(value.ceil());
}

}  // namespace
}  // namespace einfall::mappings
