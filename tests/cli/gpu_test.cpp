#include <catch2/catch.hpp>
#include <fstream>

#include "gpu_ref/records/source_hash.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

const std::string kPoints = "workloads/measurements/h200_cudnn_bf16_train.csv";

}  // namespace

TEST_CASE("gpu predict keeps the order of its points and says how far it is off", "[cli]") {
  const auto few = einfall_json("gpu predict --machine h200 " + kPoints);
  REQUIRE(few["points"].size() == 56);
  CHECK(few["fit"] == "few");
  CHECK(few["points"][0]["q_len"] == 2048);
  CHECK(few["points"][0]["measured_ms"] == 0.140125);
  CHECK(few["points"][55]["batch"] == 128);
  for (const auto& point : few["points"]) CHECK(point["predicted_ms"].get<double>() > 0);
  for (const char* key : {"mape", "median", "p90", "max", "bias"}) CHECK(few[key].is_number());
  const auto zero = einfall_json("gpu predict --machine h200 --fit zero " + kPoints);
  CHECK(zero["mape"].get<double>() > few["mape"].get<double>());
}

TEST_CASE("points without measurements are predicted, and refused ones fail the command", "[cli]") {
  const Scratch scratch;
  std::ofstream(scratch.path("points.csv"))
      << "q_len,kv_len,head_dim,q_heads,kv_heads,mask\n4096,4096,64,16,16,none\n"
         "4096,4096,64,15,4,none\n";
  const Ran ran = einfall("gpu predict " + scratch.path("points.csv") + " --json");
  CHECK(ran.exit == 1);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json["points"][0]["predicted_ms"].get<double>() > 0);
  CHECK(json["points"][1]["predicted_ms"].is_null());
  CHECK_FALSE(json.contains("mape"));
  const Ran compared = einfall("gpu compare " + scratch.path("points.csv"));
  CHECK(compared.exit == 1);
  CHECK(compared.err.find("no point has a measured time") != std::string::npos);
  CHECK(json["diagnostics"][0]["code"] == "E971");
}

TEST_CASE("gpu compare shows both kinds of constants, and draws", "[cli]") {
  const Scratch scratch;
  const Ran ran = einfall("gpu compare " + kPoints + " --plot " + scratch.path("plot.svg"));
  CHECK(ran.exit == 0);
  CHECK(ran.out.find("Zero-fit; constants: the machine's own") != std::string::npos);
  CHECK(ran.out.find("Few-fit; constants: fit 'h200-cudnn-9.27'") != std::string::npos);
  CHECK(ran.out.find("imbalance") != std::string::npos);
  std::ifstream plot(scratch.path("plot.svg"));
  std::string first;
  std::getline(plot, first);
  CHECK(first.find("<svg") != std::string::npos);
}

TEST_CASE("gpu without a sub-command, or with a GPU that is not there, says so", "[cli]") {
  CHECK(einfall("gpu").exit == 1);
  const Ran ran = einfall("gpu predict --machine h300 " + kPoints);
  CHECK(ran.exit == 1);
  CHECK(ran.err.find("E952") != std::string::npos);
}

TEST_CASE("constants are for the machine they were fitted on", "[cli]") {
  const Scratch scratch;
  const std::string a100 = " --machine a100 workloads/measurements/a100_cudnn_bf16.csv";
  const Ran ran = einfall("gpu predict --constants workloads/measurements/h200_fit.yaml" + a100);
  CHECK(ran.exit == 1);
  CHECK(ran.err.find("is for machine 'h200'") != std::string::npos);
  // There are none for this one: what is compared and drawn is without.
  CHECK(einfall_json("gpu predict" + a100)["fit"] == "zero");
  CHECK(einfall("gpu compare" + a100 + " --plot " + scratch.path("plot.svg")).exit == 0);
  CHECK(scratch.read("plot.svg").find("zero-fit") != std::string::npos);
}

TEST_CASE("a record is compared, drawn and said where its time goes", "[cli]") {
  const Scratch scratch;
  const std::string hash =
      gpu_ref::records::source_hash(EINFALL_SOURCE_DIR, "kernels/k3_one_pass.cpp").value();
  // Made up: a point that is predicted, on the device that it is predicted for.
  const std::string run =
      "{\"record\": \"run\", \"run\": \"a\", \"witness\": \"gpu\", \"device\": \"NVIDIA H200\"}\n";
  const auto measured = [&](const std::string& correct) {
    return "{\"record\": \"measurement\", \"run\": \"a\", \"point\": {\"kernel\": \"k3-one-pass\", "
           "\"q_len\": 256, \"kv_len\": 4096, \"head_dim\": 128, \"q_heads\": 33, \"kv_heads\": "
           "33}, \"source\": \"kernels/k3_one_pass.cpp\", \"source_sha256\": \"" +
           hash + "\", \"median_us\": 80, \"correct\": " + correct + "}\n";
  };
  const std::string record = scratch.write("r.jsonl", run + measured("true"));
  const Ran ran = einfall("gpu compare " + record + " --plot " + scratch.path("plot.svg"));
  CHECK(ran.exit == 0);
  CHECK(ran.out.find("1 points compared") != std::string::npos);
  CHECK(ran.out.find("share of time") != std::string::npos);
  CHECK(scratch.read("plot.svg").find("r.jsonl, zero-fit") != std::string::npos);
  for (const char* option : {"--machine h200", "--scenario x", "--constants x"}) {
    const Ran refused = einfall("gpu compare " + record + " " + option);
    CHECK(refused.exit == 1);
    CHECK(refused.err.find("does not go with a record") != std::string::npos);
  }
  CHECK(einfall("gpu compare " + kPoints + " --predictions x").exit == 1);
  for (const char* option : {"--scenario x", "--constants x", "--fit few"}) {
    const Ran refused = einfall(std::string("gpu predict gpu_ref/points.csv ") + option);
    CHECK(refused.exit == 1);
    CHECK(refused.err.find("does not go with points of kernels") != std::string::npos);
  }
  const std::string wrong = scratch.write("w.jsonl", run + measured("false"));
  CHECK(einfall("gpu compare " + wrong).exit == 1);
  const Ran json = einfall("gpu compare --json " + wrong);
  CHECK(nlohmann::json::parse(json.out)["left_out"][0]["reason"] == "wrong");
}

TEST_CASE("tables are read alike with kernels and without", "[cli]") {
  const Scratch scratch;
  const std::string plain = "q_len,kv_len,head_dim,q_heads\n256,4096,128,33\n";
  const std::string kernels = "kernel,q_len,kv_len,head_dim,q_heads\nk3-one-pass,256,4096,128,33\n";
  for (const std::string& table : {plain, kernels}) {
    CAPTURE(table);
    const std::string quoted = "\xEF\xBB\xBF# from a spreadsheet\r\n\"" +
                               table.substr(0, table.find(',')) + "\"" +
                               table.substr(table.find(','));
    const auto expected = einfall_json("gpu predict " + scratch.write("t.csv", table));
    CHECK(einfall_json("gpu predict " + scratch.write("q.csv", quoted)) == expected);
  }
}

TEST_CASE("a damaged record is a record", "[cli]") {
  const Scratch scratch;
  const Ran ran = einfall("gpu compare " + scratch.write("r.jsonl", "cord\": \"run\"}\n"));
  CHECK(ran.exit == 1);
  CHECK(ran.out.find("r.jsonl:1") != std::string::npos);
}

TEST_CASE("more heads never take less time because keys are split for fewer", "[cli]") {
  const Scratch scratch;
  scratch.write("points.csv",
                "batch,q_len,kv_len,head_dim,q_heads,kv_heads,mask\n2,1,2048,256,61,61,none\n"
                "2,1,2048,256,62,62,none\n");
  const auto json = einfall_json("gpu predict " + scratch.path("points.csv"));
  CHECK(json["points"][0]["predicted_ms"].get<double>() <=
        json["points"][1]["predicted_ms"].get<double>());
}

}  // namespace einfall::tests
