#include <catch2/catch.hpp>

#include "tests/support/program.hpp"

namespace einfall::tests {

TEST_CASE("a mode that is given twice is an error", "[cli]") {
  for (const char* other : {"--set mode=corrected", "--set mode=published"}) {
    INFO(other);
    const Ran ran = einfall(std::string("reproduce fusemax --mode published ") + other);
    CHECK(ran.exit == 1);
    CHECK(ran.err.find("E005") != std::string::npos);
    CHECK(ran.err.find("given twice") != std::string::npos);
  }
  const Ran quirks = einfall("reproduce fusemax --mode published --set quirks=b1");
  CHECK(quirks.exit == 1);
  CHECK(quirks.err.find("E952") != std::string::npos);
}

TEST_CASE("reproduce puts a published column only where there is a published value", "[cli]") {
  const auto json = einfall_json("reproduce fusemax");
  REQUIRE(json["end_to_end"].size() == 120);
  for (const auto& point : json["end_to_end"]) {
    INFO(point);
    const bool known = point["design"] == "flat" || point["design"] == "binding";
    CHECK(point.contains("published") == known);
    if (known) CHECK(point["published"].contains("energy_ratio"));
    if (known) CHECK(point["published"].contains("speedup"));
  }
  const std::string text = einfall("reproduce fusemax").out;
  const auto line_after = [&](const std::string& heading) {
    const std::size_t begin = text.find('\n', text.find("\n" + heading) + 1) + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  CHECK(line_after("Prediction").find("published") == std::string::npos);
  const std::string heads = line_after("End to end");
  CHECK(heads.find("published") > heads.find("speedup"));
  CHECK(heads.find("published") < heads.find("energy ratio"));
  CHECK(text.find(" 1391.8\n") != std::string::npos);
}

TEST_CASE("a scenario is evaluated with its machine's numerics", "[cli]") {
  const std::string command = "eval workloads/scenarios/one_pass.yaml --set seq_len=64 --set H=1";
  CHECK(einfall_json(command)["machine"].is_null());
  const auto json = einfall_json(command + " --mode bit-true");
  CHECK(json["machine"] == "fusemax-cloud");
  CHECK(json["sizes"]["H"] == 1);
  CHECK(json["sizes"]["M"] == 64);
  CHECK(json["numerics"]["AV"]["type"] == "bf16");
}

}  // namespace einfall::tests
