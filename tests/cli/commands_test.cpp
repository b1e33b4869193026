#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

const char* const kTwoPass = "docs/tutorial/two_pass.yaml";
const char* const kOnePass = "docs/tutorial/one_pass.yaml";
const char* const kMistake = "docs/tutorial/mistake.yaml";

std::string join(std::initializer_list<const char*> words) {
  std::string line;
  for (const char* word : words) line += std::string(word) + " ";
  return line;
}

}  // namespace

TEST_CASE("check reports every document and where it is wrong", "[cli]") {
  const auto json = einfall_json(join({"check", kTwoPass, kMistake}));
  CHECK(json["files"].size() == 2);
  CHECK(json["files"][0]["verdict"] == "fine");
  CHECK(json["files"][1]["verdict"] == "rejected");
  REQUIRE(json["diagnostics"].size() == 1);
  const auto& found = json["diagnostics"][0];
  CHECK(found["severity"] == "error");
  CHECK(found["code"] == "E204");
  CHECK(found["file"] == kMistake);
  CHECK(found["line"] == 6);
  CHECK(found["column"] == 16);
  CHECK(found["message"].get<std::string>().find("'j'") != std::string::npos);
  CHECK(einfall(join({"check", kTwoPass})).exit == 0);
  CHECK(einfall(join({"check", kTwoPass, kMistake})).exit == 1);
}

TEST_CASE("check says once what several documents lead to", "[cli]") {
  const char* const mapping = "mappings/library/binding-pipelined-fp32-state.yaml";
  const auto alone = einfall_json(join({"check", mapping}));
  REQUIRE(alone["diagnostics"].size() == 1);
  const auto both = einfall_json(join({"check", "workloads/scenarios/state_width.yaml", mapping}));
  CHECK(both["files"].size() == 2);
  CHECK(both["diagnostics"] == alone["diagnostics"]);
}

TEST_CASE("an expectation that does not hold is exit code 2", "[cli]") {
  const Scratch scratch;
  const std::string path =
      scratch.write("wrong.yaml",
                    "einfall: 1\nname: wrong\nranks: {K: 4}\ndeclaration: {A: [K]}\n"
                    "expressions: |\n  Y = A[k]\n  Z = Y * A[k]\nexpect: {passes: {K: 1}}\n");
  for (const char* command : {"check ", "analyze "}) {
    const Ran ran = einfall(command + path);
    CHECK(ran.exit == 2);
    CHECK(ran.err.find("error[E501]") != std::string::npos);
  }
  CHECK(einfall_json("check " + path)["files"][0]["verdict"] == "expectation not met");
  // A document that cannot be read is worse than one whose expectation fails.
  CHECK(einfall("check " + path + " /nowhere/a.yaml").exit == 1);
}

TEST_CASE("analyze gives passes, traversals and the critical chain with lines", "[cli]") {
  const auto json = einfall_json(join({"analyze", kTwoPass}));
  const auto& rank = json["ranks"]["K"];
  CHECK(rank["passes"] == 2);
  CHECK(rank["traversals"] == 2);
  CHECK(rank["fine"] == 2);
  CHECK(rank["growth"].is_null());
  REQUIRE(rank["chain"].size() == 1);
  CHECK(rank["chain"][0]["tensor"] == "Y");
  CHECK(rank["chain"][0]["line"] == 8);
  CHECK(json["tensors"]["A"]["role"] == "input");
  CHECK(json["tensors"]["A"]["ranks"]["K"]["passes"] == 2);
  CHECK(json["joint"]["sweeps"] == 2);
  CHECK(json["sizes"]["K"] == 1000);
  CHECK(json["diagnostics"].empty());
  CHECK(einfall_json(join({"analyze", kOnePass}))["ranks"]["K"]["passes"] == 1);
}

TEST_CASE("an expectation that names nothing is wrong input, one that fails is a finding",
          "[cli]") {
  CHECK(einfall("analyze tests/error/analysis/e502_names.yaml").exit == 1);
  CHECK(einfall("analyze tests/error/analysis/e501_passes.yaml").exit == 2);
}

TEST_CASE("analyze says what each rank carries and what schedules of a buffer move", "[cli]") {
  const std::string command =
      "analyze workloads/cascades/attn_3pass.yaml --set B=1 --set H=1 --set M=4096 --set P=4096 "
      "--set E=128 --set F=128 --buffer 4M ";
  const auto json = einfall_json(command + "--tiles M/P/128");
  CHECK(json["ranks"]["M"]["fibres"].get<std::string>().find("M*P") != std::string::npos);
  const auto& schedules = json["bounds"]["schedules"];
  for (const char* handover : {"buffered", "spilled", "recomputed", "cheapest"})
    CHECK(schedules[handover]["total_bytes"] >= json["bounds"]["total_bytes"]);
  CHECK(schedules["cheapest"]["total_bytes"] <= schedules["spilled"]["total_bytes"]);
  CHECK(schedules["cheapest"]["total_bytes"] <= schedules["recomputed"]["total_bytes"]);
  const Ran unknown = einfall(command + "--tiles Z/P");
  CHECK(unknown.exit == 1);
  CHECK(unknown.err.find("E502") != std::string::npos);
  CHECK(einfall(command + "--tiles nonsense").exit == 1);
}

TEST_CASE("analyze counts operations and bounds the traffic of a buffer", "[cli]") {
  const std::string command = "analyze workloads/cascades/attn_3pass.yaml --set M=256 --set P=64 ";
  const auto json = einfall_json(command + "--set H=1 --set E=8 --set F=4 --buffer 8K");
  CHECK(json["class"] == "3-pass");
  CHECK(json["operations"]["QK"]["points"] == 256 * 64 * 8);
  CHECK(json["operations"]["QK"]["counts"]["mac"] == 256 * 64 * 8);
  CHECK(json["operations"]["SN"]["counts"]["exp"] == 256 * 64);
  CHECK(json["bounds"]["buffer_bytes"] == 8192);
  const auto all = einfall_json(command + "--set H=1 --set E=8 --set F=4");
  CHECK(all["bounds"]["buffer_bytes"].is_null());
  CHECK(all["bounds"]["total_bytes"] == all["bounds"]["compulsory_bytes"]);
  CHECK(json["bounds"]["total_bytes"] >= all["bounds"]["total_bytes"]);
  CHECK(einfall(command + "--buffer none").exit == 1);
}

TEST_CASE("a declared cost is counted as multiply-adds, sums of both kinds together", "[cli]") {
  const Scratch scratch;
  const std::string path = scratch.write(
      "cost.yaml",
      "einfall: 1\nranks: {K: 10}\ndeclaration: {A: [K], B: [K]}\n"
      "functions: {opaque: {f: {arity: 1, cost: 6}, g: {arity: 1}}}\n"
      "expressions: |\n  Y[k] = f(A[k])\n  Z[k] = g(B[k])\n  S = sum[k](A[k] + B[k])\n");
  const auto operations = einfall_json("analyze " + path)["operations"];
  CHECK(operations["Y"]["counts"] == nlohmann::json{{"mac", 60}});
  CHECK(operations["Z"]["counts"] == nlohmann::json{{"g", 10}});
  CHECK(operations["S"]["counts"] == nlohmann::json{{"add", 20}});
  CHECK(einfall("analyze " + path).out.find("20 add\n") != std::string::npos);
}

TEST_CASE("a rank that is read in parts has fine passes, its parts have their own", "[cli]") {
  const auto json = einfall_json("analyze workloads/cascades/attn_1pass.yaml");
  CHECK(json["ranks"]["M"]["passes"].is_null());
  CHECK(json["ranks"]["M"]["fine"] == 1);
  CHECK(json["ranks"]["M1"]["passes"] == 1);
  CHECK(json["ranks"]["M0"]["passes"] == 2);
  CHECK(json["ranks"]["M0"]["fine"] == 1);
  CHECK(json["splits"]["M1+M0"]["of"] == "M");
}

TEST_CASE("sizes from outside reach the analysis and the evaluator", "[cli]") {
  CHECK(einfall_json(join({"analyze", kTwoPass, "--set K=2K"}))["sizes"]["K"] == 2048);
  CHECK(einfall_json(join({"eval", kTwoPass, "--set K=1M"}))["sizes"]["K"] == 1 << 20);
}

TEST_CASE("passes are counted without sizes, evaluating needs them", "[cli]") {
  const Scratch scratch;
  const std::string path = scratch.write("open.yaml",
                                         "einfall: 1\nname: open\nranks: {K:}\n"
                                         "declaration: {A: [K]}\nexpressions: |\n  Y = A[k]\n");
  const auto json = einfall_json("analyze " + path);
  CHECK(json["ranks"]["K"]["passes"] == 1);
  CHECK(json["sizes"].empty());
  const Ran ran = einfall("eval " + path);
  CHECK(ran.exit == 1);
  CHECK(ran.err.find("error[E220]") != std::string::npos);
  CHECK(einfall("eval " + path + " --set K=3").exit == 0);
}

TEST_CASE("a size from outside counts for passes, though another rank has none", "[cli]") {
  // The sum comes back 15 steps later.
  const Scratch scratch;
  const std::string path =
      scratch.write("late.yaml",
                    "einfall: 1\nname: late\nranks: {N:, T: 40}\ndeclaration: {A: [N]}\n"
                    "expressions: |\n  Y[n, t] = A[n] * (S[t-14] ?? 1)\n"
                    "  S[t+1] = sum[n](Y[n, t])\nexpect: {passes: {N: 1}}\n");
  CHECK(einfall("analyze " + path).exit == 2);
  CHECK(einfall("analyze " + path + " --set T=2").exit == 0);
}

TEST_CASE("eval describes values, or deviations where there is something to compare", "[cli]") {
  const auto alone = einfall_json(join({"eval", kTwoPass}));
  CHECK(alone["against"].is_null());
  CHECK(alone["outputs"]["Z"]["rms"] == alone["outputs"]["Z"]["values"]["rms"]);
  CHECK(alone["outputs"]["Z"]["max_rel"].is_null());

  const auto both = einfall_json(join({"eval", kOnePass, "--against", kTwoPass}));
  CHECK(both["agree"] == true);
  CHECK(both["outputs"]["Z"]["max_rel"] < 1e-12);
  CHECK(both["outputs"]["Z"]["rms"] < 1e-6 * both["outputs"]["Z"]["values"]["rms"].get<double>());

  const Ran differ = einfall(join({"eval docs/tutorial/largest.yaml --against", kTwoPass}));
  CHECK(differ.exit == 2);
  const Ran loose =
      einfall(join({"eval docs/tutorial/largest.yaml --tolerance 2 --against", kTwoPass}));
  CHECK(loose.exit == 0);
}

TEST_CASE("bit-true values are compared with the reference values", "[cli]") {
  const Scratch scratch;
  const std::string path =
      scratch.write("half.yaml",
                    "einfall: 1\nname: half\nranks: {K: 64}\ndeclaration: {A: [K]}\n"
                    "types: {default: bf16}\nexpressions: |\n  Y = A[k] * A[k]\n");
  const auto json = einfall_json("eval " + path + " --mode bit-true");
  CHECK(json["against"] == "reference");
  CHECK(json["outputs"]["Y"]["max_rel"] > 1e-6);  // bf16 has 8 bits
  CHECK(json["outputs"]["Y"]["max_rel"] < 0.2);
  CHECK(json["numerics"]["Y"]["type"] == "bf16");
  CHECK(json["numerics"]["Y"]["max_ulps"] > 0.0);
}

TEST_CASE("a machine's numerics are for bit-true evaluation only", "[cli]") {
  const std::string eval = "eval docs/tutorial/two_pass.yaml --machine arch/specs/tpu-like.yaml";
  CHECK(einfall(eval).exit == 1);
  const auto json = einfall_json(eval + " --mode bit-true");
  REQUIRE_FALSE(json["numerics"].empty());
  for (const auto& [tensor, report] : json["numerics"].items()) CHECK(report["type"] == "bf16");
}

TEST_CASE("values that are not finite are shown and are no agreement", "[cli]") {
  const Scratch scratch;
  const std::string path =
      scratch.write("nan.yaml",
                    "einfall: 1\nname: odd\nranks: {K: 4}\ndeclaration: {A: [K]}\n"
                    "expressions: |\n  Y[k] = log(0 * A[k] - 1)\n");
  const Ran alone = einfall("eval " + path);
  CHECK(alone.exit == 0);
  CHECK(alone.out.find("NaN") != std::string::npos);
  CHECK(alone.out.find("4 of 4 values of Y are not finite") != std::string::npos);
  // No value is finite, so there is no magnitude to tell: 0 would be one.
  CHECK(alone.out.find("4 of 4  nan      nan    4") != std::string::npos);
  const auto json = einfall_json("eval " + path)["outputs"]["Y"];
  CHECK(json["rms"].is_null());
  CHECK(json["max_abs"].is_null());
  CHECK(json["values"]["rms"].is_null());
  CHECK(json["values"]["nan"] == 4);
  const Ran same = einfall("eval " + path + " --against " + path);
  CHECK(same.exit == 2);
  CHECK(same.out.find("4 points are not finite on both sides") != std::string::npos);
  CHECK(einfall_json("eval " + path + " --against " + path)["outputs"]["Y"]["max_rel"].is_null());
}

TEST_CASE("a bound on traffic needs no buffer of a certain size", "[cli]") {
  const Scratch scratch;
  const std::string path =
      scratch.write("product.yaml",
                    "einfall: 1\nranks: {K: 64, M: 8, N: 8}\ndeclaration: {A: [K, M], B: [K, N]}\n"
                    "expressions: |\n  Z[m, n] = A[k, m] * B[k, n]\n");
  const auto bounds = einfall_json("analyze " + path + " --buffer 64K")["bounds"];
  CHECK(bounds["total_bytes"] == bounds["compulsory_bytes"]);
  CHECK(bounds["compulsory_bytes"] > 0);
  // Of a larger one not all inputs are read once; the products need more than what they make.
  const std::string large = scratch.write("large.yaml",
                                          "einfall: 1\nranks: {K: 4096, M: 512, N: 512}\n"
                                          "declaration: {A: [K, M], B: [K, N]}\n"
                                          "expressions: |\n  Z[m, n] = A[k, m] * B[k, n]\n");
  const std::string again = "analyze " + large + " --buffer 16K";
  const auto more = einfall_json(again)["bounds"];
  CHECK(more["total_bytes"] ==
        more["compulsory_bytes"].get<std::int64_t>() + more["capacity_bytes"].get<std::int64_t>());
  CHECK(more["capacity_bytes"] > 5 * more["compulsory_bytes"].get<std::int64_t>());
  CHECK(einfall(again).out.find("moved more than once") != std::string::npos);
}

TEST_CASE("the same command prints the same bytes", "[cli]") {
  for (const char* command :
       {"analyze docs/tutorial/two_pass.yaml --json", "eval docs/tutorial/two_pass.yaml --json",
        "convert docs/tutorial/two_pass.yaml --json"}) {
    const std::string first = einfall(command).out;
    CHECK_FALSE(first.empty());
    CHECK(first == einfall(command).out);
  }
}

TEST_CASE("convert imports by the keys of a file and exports with a list of losses", "[cli]") {
  const Scratch scratch;
  const std::string teaal =
      scratch.write("spmm.yaml",
                    "einsum:\n  declaration:\n    A: [K, M]\n    B: [K, N]\n    Z: [M, N]\n"
                    "  expressions:\n    - Z[m, n] = A[k, m] * B[k, n]\n");
  const Ran imported = einfall("convert " + teaal);
  CHECK(imported.exit == 0);
  CHECK(imported.out.find("Z[m, n] = sum[k](A[k, m] * B[k, n])") != std::string::npos);
  // TeAAL has no sizes, Timeloop must have them.
  CHECK(einfall("convert --to timeloop " + teaal).exit == 1);
  const std::string sizes = " --set K=2 --set M=3 --set N=5";
  CHECK(einfall_json("convert --to timeloop " + teaal + sizes)["lost"].empty());
  CHECK(einfall("convert --from accelforge " + teaal).exit == 1);

  const auto exported = einfall_json(join({"convert --to accelforge", kTwoPass}));
  CHECK(exported["text"].get<std::string>().find("workload:") != std::string::npos);
  CHECK(einfall_json("convert --to accelforge workloads/cascades/attn_1pass.yaml")["lost"].size() >
        0);
}

TEST_CASE("what convert prints is a document that converts to itself", "[cli]") {
  const Scratch scratch;
  const std::string once = einfall(join({"convert", kTwoPass})).out;
  const std::string path = scratch.write("once.yaml", once);
  CHECK(einfall("check " + path).exit == 0);
  CHECK(einfall("convert " + path).out == once);
}

}  // namespace einfall::tests
