#include <catch2/catch.hpp>
#include <map>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

const std::string kProduct = "cost docs/tutorial/product_scenario.yaml";

// The scenario of the tutorial on a machine whose table has one row less.
std::string without_row(const Scratch& scratch, const std::string& row) {
  const Ran copied =
      shell("cp docs/tutorial/product*.yaml docs/tutorial/array.yaml " + scratch.path("") +
            " && grep -v '" + row + "' docs/tutorial/array_table.yaml > " +
            scratch.path("array_table.yaml"));
  REQUIRE(copied.exit == 0);
  return "cost " + scratch.path("product_scenario.yaml");
}

}  // namespace

TEST_CASE("the area of a machine is the sum of its components, each with its source", "[cli]") {
  for (const std::string& command :
       {kProduct, std::string("cost workloads/scenarios/fusemax.yaml --set seq_len=4K")}) {
    const auto json = einfall_json(command);
    double um2 = 0;
    for (const auto& part : json["area"]) {
      double of_part = 0;
      for (const auto& component : part["components"]) {
        of_part += component["um2"].get<double>();
        CHECK_FALSE(component["source"].get<std::string>().empty());
      }
      CHECK(of_part * 1e-6 == Approx(part["mm2"].get<double>()).epsilon(1e-12));
      um2 += of_part;
    }
    CHECK(um2 > 0);
    CHECK(um2 * 1e-6 == Approx(json["area_mm2"].get<double>()).epsilon(1e-12));
    CHECK_FALSE(json.contains("area_note"));
  }
}

TEST_CASE("what each memory moves is the sum of what is moved for tensors", "[cli]") {
  const std::string fusemax = "cost workloads/scenarios/fusemax.yaml --set seq_len=64K ";
  for (const std::string& command :
       {kProduct, fusemax, fusemax + "--set design=flat", fusemax + "--set design=unfused",
        std::string("cost workloads/scenarios/one_pass.yaml")}) {
    INFO(command);
    const auto json = einfall_json(command);
    REQUIRE(json["traffic"].size() > 2);
    for (const auto& [name, memory] : json["memories"].items()) {
      double read = 0, written = 0;
      for (const auto& line : json["traffic"]) {
        CHECK(line["read_bytes"].is_null() == (json["units"].contains(line["from"])));
        CHECK(line["write_bytes"].is_null() == (json["units"].contains(line["to"])));
        if (line["from"] == name) read += line["read_bytes"].get<double>();
        if (line["to"] == name) written += line["write_bytes"].get<double>();
      }
      CHECK(read == memory["read_bytes"].get<double>());
      CHECK(written == memory["write_bytes"].get<double>());
    }
  }
}

TEST_CASE("every line of the energy account names the rows that it is priced with", "[cli]") {
  const auto json = einfall_json("cost workloads/scenarios/fusemax.yaml --set seq_len=4K");
  const auto& sources = json["energy_sources"];
  for (const auto& line : json["energy"]) {
    if (line["pj"] == 0) continue;
    CHECK_FALSE(line["components"].empty());
    for (const auto& component : line["components"])
      for (const auto& row : sources.at(component.get<std::string>()))
        CHECK_FALSE(row["source"].get<std::string>().empty());
  }
  CHECK(sources["mac"]["mac"]["pj"] == 17.1645);
  CHECK(sources["hbm2"]["read"]["bits"] == 64);
  CHECK_FALSE(json.contains("energy_note"));
  const std::string text = einfall(kProduct).out;
  CHECK(text.find("made up for the tutorial") != std::string::npos);
}

TEST_CASE("a phase says how long the ports of each memory are busy", "[cli]") {
  const auto json = einfall_json(kProduct);
  const auto& phase = json["sections"][0]["phases"][0];
  CHECK(phase["ports"] == nlohmann::json{{"buffer", 2432}});
  CHECK(einfall(kProduct).out.find("buffer ports  2432") != std::string::npos);
  // Unlimited ones, and those of a phase in which nothing moves, are left out.
  const auto published =
      einfall_json("cost workloads/scenarios/fusemax.yaml --set seq_len=4K --set mode=published");
  for (const auto& section : published["sections"])
    for (const auto& each : section["phases"]) CHECK_FALSE(each.contains("ports"));
}

TEST_CASE("a small line of the energy account is as exact as a large one", "[cli]") {
  for (const char* length : {"1K", "64K"}) {
    const auto json = einfall_json(std::string("cost workloads/scenarios/fusemax.yaml "
                                               "--set design=binding --set mode=published "
                                               "--set seq_len=") +
                                   length);
    for (const auto& line : json["energy"]) {
      const double joules = line["count"].get<double>() * line["pj"].get<double>() * 1e-12;
      CHECK(line["j"].get<double>() == Approx(joules).epsilon(5e-6));
    }
  }
}

TEST_CASE("what is not known of energy and area is said with its reason", "[cli]") {
  const std::string sweep = "cost workloads/scenarios/fusemax_sweep.yaml --set side=16";
  const auto json = einfall_json(sweep);
  CHECK(json["energy_j"].is_null());
  const auto reason = json["energy_note"].get<std::string>();
  CHECK(reason.find("area and latency only") != std::string::npos);
  CHECK(einfall(sweep).out.find("energy not known: " + reason) != std::string::npos);

  const Scratch scratch;
  const std::string missing = without_row(scratch, "component: sram, area");
  const auto incomplete = einfall_json(missing);
  CHECK(incomplete["area_mm2"].is_null());
  const auto note = incomplete["area_note"].get<std::string>();
  CHECK(note.find("'sram'") != std::string::npos);
  CHECK(incomplete["energy_j"].get<double>() > 0);
  const Ran ran = einfall(missing);
  CHECK(ran.exit == 0);
  CHECK(ran.out.find("area not known: " + note) != std::string::npos);
}

TEST_CASE("how wide elements without a type are counted is said once, and of which tensors",
          "[cli]") {
  const auto untyped = [](const std::string& command) { return einfall_json(command)["untyped"]; };
  const std::string fusemax = " workloads/scenarios/fusemax.yaml --set seq_len=1K --set heads=1";
  const std::string line = "elements of 2 bytes, the machine's word, where no type is declared: ";
  for (const char* const command : {"cost", "simulate"}) {
    INFO(command);
    CHECK(untyped(command + fusemax)["bytes"] == 2);
    CHECK(untyped(command + fusemax)["tensors"].size() == 7);
    CHECK(einfall(command + fusemax).out.find(line + "all tensors\n") != std::string::npos);
    // Its cascade has a type for every tensor.
    const std::string product = command + std::string(" docs/tutorial/product_scenario.yaml");
    CHECK(untyped(product)["tensors"].empty());
    CHECK(einfall(product).out.find(line) == std::string::npos);
  }
  // Positions in the cache have one, and so has what is kept with its `type`.
  const std::string paged = "cost workloads/scenarios/paged_decode.yaml";
  CHECK(einfall(paged).out.find(line + "Q, KC, ") != std::string::npos);
  const nlohmann::json tensors = untyped(paged)["tensors"];
  for (const auto& tensor : tensors) CHECK(tensor != "BT");
  const Scratch scratch;
  const Ran copied =
      shell("cp docs/tutorial/product*.yaml docs/tutorial/array*.yaml " + scratch.path("") +
            " && cd " + scratch.path("") +
            " && sed -i '/^types:/d' product.yaml && sed -i 's/\\[A\\]/[{A: {type: bf16}}]/' "
            "product_mapping.yaml");
  REQUIRE(copied.exit == 0);
  CHECK(untyped("cost " + scratch.path("product_scenario.yaml"))["tensors"] ==
        nlohmann::json{"B", "R"});
  // A layer says it once, not of each of its parts.
  const std::string layer = einfall("cost workloads/scenarios/encoder_layer.yaml").out;
  CHECK(layer.find(line) != std::string::npos);
  CHECK(layer.find(line) == layer.rfind(line));
}

TEST_CASE("points that a mask may leave out are marked as an upper bound", "[cli]") {
  // Which blocks are chosen depends on the values; what the affine masks leave does not.
  const auto counted = [](const std::string& command) {
    std::map<std::string, bool> exact;
    const auto json = einfall_json(command);
    for (const auto& einsum : json["einsums"]) exact[einsum["name"]] = einsum["useful_exact"];
    return exact;
  };
  const std::string chosen = "cost workloads/scenarios/block_sparse.yaml";
  CHECK_FALSE(counted(chosen).at("BQK"));
  CHECK(einfall(chosen).out.find("BQK     array2d   274877906944  <= 274877906944") !=
        std::string::npos);
  CHECK(counted(kProduct).at("S"));
  CHECK(einfall(kProduct).out.find("<=") == std::string::npos);
  const std::string analyzed = einfall("analyze workloads/cascades/block_topk.yaml").out;
  CHECK(analyzed.find("QK      <= 50331648  <= 50331648 mac") != std::string::npos);
}

TEST_CASE("analyze lists what lives longer than one element", "[cli]") {
  const std::string command = "analyze tests/einsum/analysis/cascades/04_attention_3pass.yaml";
  const auto json = einfall_json(command);
  REQUIRE(json["ranks"]["M"]["crossing"].size() == 2);
  CHECK(json["ranks"]["M"]["crossing"][0]["tensor"] == "QK");
  CHECK(json["ranks"]["M"]["crossing"][0]["elements_per_fiber"] == "M");
  const std::string text = einfall(command).out;
  CHECK(text.find("tensor  along  written in pass  read in  live elements") != std::string::npos);
  CHECK(text.find("SN      M                    2     2, 3  M") != std::string::npos);
  const std::string gathers = einfall("analyze tests/einsum/analysis/cascades/28_moba.yaml").out;
  CHECK(gathers.find("gathered") != std::string::npos);
  CHECK(gathers.find("*M0/M") != std::string::npos);
}

}  // namespace einfall::tests
