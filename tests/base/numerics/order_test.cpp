#include "base/numerics/order.hpp"

#include <catch2/catch.hpp>

namespace einfall::base::numerics {
namespace {

TEST_CASE("orders and fixed-point formats are written as they are read", "[numerics]") {
  for (const char* text : {"sequential", "pairwise", "tree(2)", "blocks(1048576)", "matrix(16)",
                           "matrix(2/1)", "matrix(8/40)"}) {
    INFO(text);
    const auto order = order_named(text);
    REQUIRE(order);
    CHECK(text_of(*order) == text);
  }
  for (const char* text : {"fixed(2)", "fixed(48)", "fixed(48/47)"}) {
    INFO(text);
    const auto format = fixed_named(text);
    REQUIRE(format);
    CHECK(text_of(*format) == text);
  }
}

TEST_CASE("what is no order and no fixed-point format is refused", "[numerics]") {
  for (const char* text :
       {"", "(", ")", "tree", "tree()", "tree(1)", "tree(1048577)", "tree(4", "tree(4/2)",
        "tree(4)x", "tree( 4)", "pairwise(2)", "matrix", "matrix(8/0)", "matrix(8/41)",
        "matrix(8/)", "matrix(8/2/2)", "matrix(99999999999999999999)", "forest(3)"}) {
    INFO(text);
    CHECK_FALSE(order_named(text));
  }
  for (const char* text : {"", "fixed", "fixed()", "fixed(1)", "fixed(49)", "fixed(8/8)",
                           "fixed(8/-1)", "int8", "fixed(8/4/2)"}) {
    INFO(text);
    CHECK_FALSE(fixed_named(text));
  }
}

}  // namespace
}  // namespace einfall::base::numerics
