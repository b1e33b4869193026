#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// `einfall simulate` as programs read it.
namespace einfall::tests {
namespace {

const std::string kFusemax = "workloads/scenarios/fusemax.yaml --set heads=2 --set seq_len=4K ";

void check_books(const nlohmann::json& json) {
  REQUIRE(json["cycles"].is_number_integer());
  CHECK(json["stalls"].size() == json["units"].size());
  for (const auto& [name, stalls] : json["stalls"].items()) {
    INFO(name);
    REQUIRE(json["units"].contains(name));
    REQUIRE(json["units"][name]["busy"].is_number_integer());
    std::int64_t sum = json["units"][name]["busy"];
    for (const auto& [kind, cycles] : stalls.items()) {
      REQUIRE(cycles.is_number_integer());
      sum += cycles.get<std::int64_t>();
    }
    CHECK(sum == json["cycles"]);
  }
}

// An operation keeps its unit while it is busy and while ports hold it up.
void check_waterfall(const nlohmann::json& json) {
  std::map<std::string, std::int64_t> kept;
  for (const auto& row : json["einsums"]) {
    kept[row["unit"]] += row["cycles"].get<std::int64_t>();
    CHECK(row["prologue"].get<std::int64_t>() + row["steady_state"].get<std::int64_t>() +
              row["epilogue"].get<std::int64_t>() ==
          row["cycles"]);
    CHECK(row["first_began"] <= row["last_began"]);
    CHECK(row["last_began"] < json["cycles"]);
  }
  CHECK_FALSE(kept.empty());
  for (const auto& [unit, cycles] : kept) {
    INFO(unit);
    CHECK(cycles == json["units"][unit]["busy"].get<std::int64_t>() +
                        json["stalls"][unit]["port"].get<std::int64_t>());
  }
}

}  // namespace

TEST_CASE("simulate has the fields of cost, and busy and stalls add up to the run", "[simulate]") {
  for (const std::string& what :
       {kFusemax + "--set schedule=pipelined", kFusemax + "--set schedule=pipelined --set ports=2",
        kFusemax + "--set design=flat",  // two streams load one tensor
        kFusemax + "--set design=unfused", std::string("docs/tutorial/product_scenario.yaml")}) {
    INFO(what);
    const auto json = einfall_json("simulate " + what);
    const auto cost = einfall_json("cost " + what);
    for (const char* same :
         {"scenario", "parameters", "quirks", "energy_j", "traffic_bytes", "area_mm2", "memories"})
      CHECK(json[same] == cost[same]);
    for (const auto& [name, use] : cost["units"].items())
      CHECK(json["units"][name]["busy"] == use["busy"]);
    for (const auto& [name, share] : cost["bounds"].items()) {
      if (name == "interval") continue;
      const double longer = json["cycles"].get<double>() / cost["cycles"].get<double>();
      CHECK(json["bounds"][name].get<double>() * longer == Approx(share.get<double>()));
    }
    CHECK(json["analytic_cycles"] == cost["cycles"]);
    CHECK(json["simulated_cycles_per_s"] > 0);
    CHECK(json["skipped_cycles"] < json["cycles"]);
    CHECK(json.contains("ii") == cost.contains("ii"));
    CHECK(json["differences"].empty());
    check_books(json);
    check_waterfall(json);
  }
}

TEST_CASE("the epochs of the simulated pipeline are as long as its timetable says", "[simulate]") {
  for (const char* ports : {"4", "2"}) {
    const std::string what = kFusemax + "--set schedule=pipelined --set ports=" + ports;
    const auto json = einfall_json("simulate " + what);
    const auto stepped = einfall_json("simulate --no-skip " + what);
    CHECK(json["skipped_cycles"] > 0);
    CHECK(stepped["skipped_cycles"] == 0);
    for (const char* same : {"cycles", "ii", "ii_mean", "units", "stalls", "einsums", "memories"})
      CHECK(json[same] == stepped[same]);
    CHECK(json["ii_mean"] >= json["ii"]);
    if (std::string(ports) == "4") CHECK(json["ii"] == 138);
  }
}

TEST_CASE("the text of a run has a waterfall of its operations", "[simulate]") {
  const Ran ran = einfall("simulate " + kFusemax + "--set schedule=pipelined");
  CHECK(ran.out.find("until array1d first begins") != std::string::npos);
  CHECK(ran.out.find("an epoch: 138 cycles most of the time") != std::string::npos);
  CHECK(ran.out.find("SPNV+RNV") != std::string::npos);
}

TEST_CASE("a composition adds up the runs of its parts", "[simulate]") {
  const auto json = einfall_json(
      "simulate workloads/scenarios/encoder_layer.yaml --set model=BERT --set seq_len=1K");
  std::int64_t cycles = 0;
  double energy = 0, bytes = 0;
  for (const auto& [name, part] : json["parts"].items()) {
    INFO(name);
    check_books(part);
    cycles += part["cycles"].get<std::int64_t>();
    energy += part["energy_j"].get<double>();
    bytes += part["traffic_bytes"].get<double>();
  }
  CHECK(json["parts"].size() > 4);
  CHECK(json["cycles"] == cycles);
  CHECK(json["energy_j"].get<double>() == Approx(energy));
  CHECK(json["traffic_bytes"].get<double>() == Approx(bytes));
  CHECK_FALSE(json.contains("units"));
}

TEST_CASE("what is recorded of a run says where it was cut", "[simulate]") {
  const Scratch scratch;
  const std::string vcd = scratch.path("run.vcd"), svg = scratch.path("run.svg");
  const std::string what = "simulate workloads/scenarios/fusemax.yaml --set heads=1 ";
  const Ran whole = einfall(what + "--set seq_len=1K --vcd " + vcd + " --svg " + svg);
  CHECK(whole.out.find("holds every operation") != std::string::npos);
  CHECK(shell("head -c 8 " + vcd).out == "$version");
  CHECK(shell("head -c 4 " + svg).out == "<svg");
  const auto cut = einfall_json(what + "--set seq_len=256K --set schedule=pipelined --vcd " + vcd);
  REQUIRE(cut["files"].size() == 1);
  CHECK(cut["files"][0]["complete"] == false);
  CHECK(cut["files"][0]["until_cycle"] < cut["cycles"]);
  CHECK(cut["skipped_cycles"] > 0);
  for (const char* option : {"--trace ", "--vcd ", "--svg "}) {
    const Ran composed =
        einfall("simulate workloads/scenarios/encoder_layer.yaml " + (option + vcd));
    CHECK(composed.exit == 1);
    CHECK(composed.err.find("E961") != std::string::npos);
  }
}

TEST_CASE("no two outputs go into one file", "[simulate]") {
  const Scratch scratch;
  const std::string file = scratch.path("out");
  const std::string what = "simulate workloads/scenarios/fusemax.yaml --set seq_len=1K ";
  for (const char* pair :
       {"--trace {0} --vcd {0}", "--trace {0} --svg {0}", "--vcd {0} --svg {0}"}) {
    const Ran ran = einfall(what + fmt::format(fmt::runtime(pair), file));
    CHECK(ran.exit == 1);
    CHECK(ran.err.find("E005") != std::string::npos);
    CHECK(shell("test -e " + file).exit != 0);
  }
}

TEST_CASE("what cannot be written is known before the run", "[simulate]") {
  const Scratch scratch;
  const std::string what = "simulate workloads/scenarios/fusemax.yaml --set seq_len=1K ";
  for (const char* kind : {"--trace ", "--vcd ", "--svg "}) {
    const Ran nowhere = einfall(what + kind + scratch.path("none/out"));
    CHECK(nowhere.exit == 1);
    CHECK(nowhere.out.empty());
    CHECK(nowhere.err.find("none/out: error[E006]: cannot be written: No such file") !=
          std::string::npos);
  }
  const Ran folder = einfall(what + "--trace " + scratch.path(""));
  CHECK(folder.exit == 1);
  CHECK(folder.out.empty());
  // What stood there, and whatever was tried, is as it was after a run that is refused.
  const std::string kept = scratch.write("kept", "mine");
  const Ran refused = einfall(what + "--set design=none --trace " + kept);
  CHECK(refused.exit == 1);
  CHECK(scratch.read("kept") == "mine");
  CHECK(shell("ls " + scratch.path("")).out == "kept\n");
}

TEST_CASE("no output goes over a document, or into another by another name", "[simulate]") {
  const Scratch scratch;
  const std::string what = "simulate workloads/scenarios/fusemax.yaml --set seq_len=1K ";
  const std::string document = "# mine\neinfall: 1\nscenario: mine\n";
  const std::string own = scratch.write("mine.yaml", document);
  const Ran over = einfall(what + "--trace " + own);
  CHECK(over.exit == 1);
  CHECK(over.err.find("E006") != std::string::npos);
  CHECK(over.out.find("the trace in") == std::string::npos);
  CHECK(scratch.read("mine.yaml") == document);
  const Ran twice =
      einfall(what + "--trace " + scratch.path("out") + " --vcd " + scratch.path("./out"));
  CHECK(twice.exit == 1);
  CHECK(twice.out.find("the trace in") != std::string::npos);
  CHECK(twice.out.find("the waveform in") == std::string::npos);
  CHECK(scratch.read("out").rfind("{", 0) == 0);
}

TEST_CASE("a seed is a number, for values", "[simulate]") {
  const std::string what = "simulate workloads/scenarios/fusemax.yaml --set seq_len=1K ";
  for (const char* seed : {"-1", "99999999999999999999", "1.5", "x"})
    CHECK(einfall(what + "--functional --seed=" + seed).exit == 1);
  const Ran idle = einfall(what + "--seed 7");
  CHECK(idle.exit == 1);
  CHECK(idle.err.find("--functional") != std::string::npos);
}

TEST_CASE("work that only one of the two witnesses does is named", "[simulate]") {
  // Published: the subtraction before an exponential is free, which no array can do.
  const auto json = einfall_json("simulate " + kFusemax + "--set design=flat --set quirks=b5");
  REQUIRE(json["differences"].size() == 1);
  CHECK(json["differences"][0].get<std::string>().find("busy cycles of array1d") == 0);
  CHECK(json["energy_j"].is_null());
}

}  // namespace einfall::tests
