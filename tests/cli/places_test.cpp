#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

const std::string kRoot = EINFALL_SOURCE_DIR "/";

std::string scenario(const std::string& mapping, const std::string& more = "") {
  return "einfall: 1\nscenario: s\ncascade: " + kRoot +
         "docs/tutorial/product.yaml\nmachine: " + kRoot +
         "docs/tutorial/array.yaml\nmapping: " + mapping + "\n" + more;
}

// "file:line" of the only note of the first diagnostic.
std::string noted(const nlohmann::json& json) {
  const auto& notes = json["diagnostics"].at(0)["notes"];
  REQUIRE(notes.size() == 1);
  return notes[0]["file"].get<std::string>() + ":" + std::to_string(notes[0]["line"].get<int>());
}

}  // namespace

TEST_CASE("what is wrong inside a document that another one names says which", "[cli]") {
  const Scratch scratch;
  const std::string good = kRoot + "docs/tutorial/product_mapping.yaml";
  (void)scratch.write("keys.yaml", "einfall: 1\nmapping: m\nneste: []\n");
  (void)scratch.write("syntax.yaml", "einfall: 1\nmapping: [\n");
  for (const char* name : {"keys.yaml", "syntax.yaml"}) {
    const std::string direct = scratch.write("direct.yaml", scenario(name));
    CHECK(noted(einfall_json("check " + direct)) == direct + ":5");
    const std::string quirk = scratch.write(
        "quirk.yaml",
        scenario(good, std::string("quirks:\n  q:\n    title: t\n    published: p\n    corrected: "
                                   "c\n    acts_on: mapping\n    scope: all\n    cases: [{set: "
                                   "{mapping: ") +
                           name + "}}]\n"));
    CHECK(noted(einfall_json("cost " + quirk + " --set mode=published")) == quirk + ":13");
    const std::string study =
        scratch.write("study.yaml", std::string("einfall: 1\nreproduction: r\nscenario: ") + name +
                                        "\naxes: [a]\n");
    CHECK(noted(einfall_json("check " + study)) == study + ":3");
  }
}

TEST_CASE("a setting that nothing takes is shown where it was typed", "[cli]") {
  const Scratch scratch;
  const std::string bare =
      scratch.write("bare.yaml", scenario(kRoot + "docs/tutorial/product_mapping.yaml"));
  const std::string cascade = kRoot + "docs/tutorial/product.yaml";
  for (const std::string& command :
       {"analyze " + cascade + " --set M=8 --set", "eval " + cascade + " --set M=8 --set",
        "convert " + cascade + " --to timeloop --set M=8 --set", "eval " + bare + " --set"}) {
    const auto found = einfall_json(command + " Q=3")["diagnostics"].at(0);
    INFO(command);
    CHECK(found["code"] == "E221");
    CHECK(found["file"] == "command line");
    CHECK(found["line"] == 1);
    CHECK(found["column"] == std::string("einfall ").size() + command.size() + 2);
  }
  for (const std::string& command :
       {"cost " + bare + " --set", "simulate " + bare + " --set", "eval " + bare + " --set"}) {
    const auto found = einfall_json(command + " length=3")["diagnostics"].at(0);
    INFO(command);
    CHECK(found["code"] == "E951");
    CHECK(found["file"] == "command line");
    CHECK(found["column"] == std::string("einfall ").size() + command.size() + 2);
  }
  CHECK(einfall_json("compare " + bare + " --vary length=3")["diagnostics"].at(0)["file"] ==
        "command line");
  // Of several, the one that is wrong.
  const std::string twice = "analyze " + cascade + " --set M=8 --set";
  CHECK(einfall_json(twice + " P=0")["diagnostics"].at(0)["column"] ==
        std::string("einfall ").size() + twice.size() + 2);
}

TEST_CASE("a setting that a composition gives in vain is shown in the composition", "[cli]") {
  const Scratch scratch;
  (void)scratch.write("part.yaml", scenario(kRoot + "docs/tutorial/product_mapping.yaml"));
  const std::string whole = scratch.write(
      "whole.yaml",
      "einfall: 1\nscenario: w\ncompose:\n  p: {scenario: part.yaml, set: {length: 4}}\n");
  const auto found = einfall_json("check " + whole)["diagnostics"].at(0);
  CHECK(found["code"] == "E951");
  CHECK(found["file"] == whole);
  CHECK(found["line"] == 4);
}

}  // namespace einfall::tests
