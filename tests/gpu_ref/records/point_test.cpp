#include <catch2/catch.hpp>

#include "gpu_ref/records/point.hpp"

namespace einfall::gpu_ref::records {
namespace {

TEST_CASE("points are read by the names of their columns", "[points]") {
  const Points points = parse_points(
      "# a remark\n"
      "kv_len, kernel,head_dim,q_len,mask,q_heads,kv_heads,l2,set\n"
      "\n"
      "4096,k3-one-pass, 128,256,bottom_right_causal,8,2,warm,waves\r\n"
      "64,k9-softmax-1,64,64,,3,,,\n",
      "f");
  CHECK(points.complaints.empty());
  REQUIRE(points.points.size() == 2);
  const Point& first = points.points[0];
  CHECK(first.kernel == "k3-one-pass");
  CHECK(first.kv_len == 4096);
  CHECK(first.causal);
  CHECK(first.warm);
  CHECK(first.kv_heads == 2);
  CHECK(first.set == "waves");
  CHECK(first.line == 4);
  CHECK(key(first) == "k3-one-pass bf16 1 256 4096 128 8 2 0 1 0 0 0 causal warm");
  CHECK(points.points[1].kv_heads == 3);
  CHECK(!points.points[1].causal);
}

std::string complaint_of(const std::string& text) {
  const Points points = parse_points(text, "f");
  REQUIRE(points.complaints.size() == 1);
  CHECK(points.points.empty());
  return text_of(points.complaints[0]);
}

TEST_CASE("what is wrong in a list of points is said with its place", "[points]") {
  const std::string names = "kernel,q_len,kv_len,head_dim,mask,l2,format\n";
  CHECK(complaint_of("").find("no row of column names") != std::string::npos);
  CHECK(complaint_of("kernel,q_len,kv_len\n") == "f:1:1: no column 'head_dim'");
  CHECK(complaint_of("kernel,q_len,kv_len,head_dim,mood\n").find("f:1:30: column 'mood' is not") ==
        0);
  CHECK(complaint_of("kernel,q_len,kv_len,head_dim,q_len\n").find("f:1:30:") == 0);
  CHECK(complaint_of(names + "k,1,2\n") == "f:2:1: 3 fields; there are 7 columns");
  CHECK(complaint_of(names + "k,1,x,64,,,\n") ==
        "f:2:5: kv_len is 'x', expected an integer from 1 to 1073741824");
  CHECK(complaint_of(names + "k,1,99999999999,64,,,\n").find("f:2:5: kv_len") == 0);
  CHECK(complaint_of(names + "k,0,1,64,,,\n").find("f:2:3: q_len") == 0);
  CHECK(complaint_of(names + ",1,1,64,,,\n").find("the name of a kernel") != std::string::npos);
  CHECK(complaint_of(names + "k,1,1,64,half,,\n").find("causal or full") != std::string::npos);
  CHECK(complaint_of(names + "k,1,1,64,,hot,\n").find("cold or warm") != std::string::npos);
  CHECK(complaint_of(names + "k,1,1,64,,,fp4\n").find("f:2:12: format") == 0);
}

TEST_CASE("no more blocks of keys are kept than there are", "[points]") {
  const std::string names = "kernel,q_len,kv_len,head_dim,kept\n";
  CHECK(parse_points(names + "k,1,65,64,2\n", "f").points.size() == 1);
  CHECK(complaint_of(names + "k,1,64,64,2\n") == "f:2:1: kept is 2, there are 1 blocks of 64 keys");
}

TEST_CASE("a point that stands there twice is said, and counts once", "[points]") {
  const Points points =
      parse_points("kernel,q_len,kv_len,head_dim,set\nk,1,1,64,a\nk,1,1,64,b\n", "f");
  CHECK(points.points.size() == 1);
  REQUIRE(points.complaints.size() == 1);
  CHECK(text_of(points.complaints[0]) == "f:3:1: the point of line 2 again");
}

}  // namespace
}  // namespace einfall::gpu_ref::records
