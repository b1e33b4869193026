#include <catch2/catch.hpp>

#include "tests/support/program.hpp"

// `einfall compare`: two witnesses of each scenario, and an account of every difference.
namespace einfall::tests {
namespace {

double value(const nlohmann::json& line, const char* witness) {
  return line[witness].is_null() ? 0 : line[witness].get<double>();
}

// Both columns add up, so that the differences of the lines are the excess.
void check_account(const nlohmann::json& entry) {
  INFO(entry["scenario"] << " " << entry["parameters"] << " " << entry["part"]);
  double simulated = 0, analytic = 0, details = 0;
  for (const auto& [name, line] : entry["cycles"].items()) {
    INFO(name);
    if (!line["simulated"].is_null()) CHECK(line["simulated"] >= 0);
    if (line["detail"] == true) {
      details += value(line, "simulated");
      continue;
    }
    simulated += value(line, "simulated");
    analytic += value(line, "analytic");
  }
  CHECK(simulated == entry["simulated_cycles"].get<double>());
  CHECK(analytic == Approx(entry["analytic_cycles"].get<double>()).epsilon(1e-12));
  CHECK(entry["excess_cycles"].get<double>() ==
        Approx(simulated - entry["analytic_cycles"].get<double>()));
  CHECK(details == value(entry["cycles"]["fill and drain"], "simulated"));
  CHECK(entry["cycles"]["busy"]["simulated"] == entry["cycles"]["busy"]["analytic"]);
  for (const auto& count : entry["counts"]) CHECK(count["simulated"] == count["analytic"]);
}

}  // namespace

TEST_CASE("compare has a row for each witness and scenario, and accounts for every difference",
          "[compare]") {
  const auto json = einfall_json(
      "compare workloads/scenarios/fusemax.yaml --set heads=2 --set seq_len=4K "
      "--vary design=unfused,flat,cascade,architecture,binding");
  REQUIRE(json["rows"].size() == 10);
  for (std::size_t r = 0; r < json["rows"].size(); ++r)
    CHECK(json["rows"][r]["witness"] == (r % 2 == 0 ? "analytic" : "simulator"));
  CHECK(json["rows"][9]["parameters"]["design"] == "binding");
  // Nothing that another run of the program would make different.
  for (const auto& row : json["rows"]) CHECK_FALSE(row.contains("simulated_cycles_per_s"));
  REQUIRE(json["differences"].size() == 5);
  for (const auto& entry : json["differences"]) check_account(entry);
}

TEST_CASE("compare accounts for pipelines, with ports enough and with too few", "[compare]") {
  const auto json = einfall_json(
      "compare workloads/scenarios/fusemax.yaml --set heads=2 --set seq_len=4K "
      "--set schedule=pipelined --vary ports=4,2");
  REQUIRE(json["differences"].size() == 2);
  for (const auto& entry : json["differences"]) {
    check_account(entry);
    // No run is shorter than what its unit does, nor begins before it begins.
    CHECK(entry["cycles"]["fill and drain"]["analytic"] >= 0);
  }
  // With four ports rows meet now and then, with two all the time.
  const auto few = json["differences"][0]["cycles"]["port"]["analytic"].get<std::int64_t>();
  CHECK(few == json["differences"][0]["cycles"]["port"]["simulated"]);
  CHECK(json["differences"][1]["cycles"]["port"]["analytic"] > 100 * few);
  CHECK(json["differences"][1]["cycles"]["port"]["simulated"] >
        json["differences"][0]["cycles"]["port"]["simulated"]);
}

TEST_CASE("compare accounts for masks and for each part of a composition", "[compare]") {
  const auto json = einfall_json(
      "compare workloads/scenarios/one_pass.yaml workloads/scenarios/encoder_layer.yaml "
      "--set model=BERT --set seq_len=1K");
  REQUIRE(json["rows"].size() == 4);
  CHECK(json["rows"][3]["parts"].size() + 1 == json["differences"].size());
  CHECK(json["differences"][0]["part"].is_null());
  CHECK(json["differences"][1]["part"] == "attention");
  for (const auto& entry : json["differences"]) check_account(entry);
}

TEST_CASE("what the simulator does not execute is compared without it, with the reason",
          "[compare]") {
  const Ran ran = einfall("compare workloads/scenarios/linear_layer_tpu.yaml");
  CHECK(ran.exit == 0);
  CHECK(ran.out.find("does not execute it") != std::string::npos);
  CHECK(ran.err.find("note[E891]") != std::string::npos);
  const auto json = einfall_json("compare workloads/scenarios/linear_layer_tpu.yaml");
  REQUIRE(json["rows"].size() == 2);
  CHECK(json["rows"][1]["error"] == "E891");
  CHECK(json["differences"].empty());
}

TEST_CASE("compare lists every count on request", "[compare]") {
  const std::string command = "compare docs/tutorial/product_scenario.yaml";
  CHECK(einfall(command).out.find("bytes read from buffer") == std::string::npos);
  CHECK(einfall(command + " --counts").out.find("bytes read from buffer") != std::string::npos);
}

}  // namespace einfall::tests
