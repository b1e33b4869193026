#include "explore/evaluation.hpp"

#include <catch2/catch.hpp>

#include "tests/support/scratch.hpp"

namespace einfall::explore {
namespace {

using tests::Scratch;

constexpr const char* kSum =
    "einfall: 1\nname: sum\nranks: {K: 12}\ndeclaration: {A: [K]}\n"
    "expressions: |\n  Y = A[k]\n";
// The same sum, block by block.
constexpr const char* kBlocks =
    "einfall: 1\nname: blocks\nranks: {K: 12, K0: 4, K1: ceil(K / K0)}\ndeclaration: {A: [K]}\n"
    "expressions: |\n  P[k1] = sum[k0](A[k1*K0 + k0])\n  Y = P[k1]\n";

std::string code_of(const base::Result<Evaluation>& result) {
  return result ? "" : result.error().front().code;
}

TEST_CASE("two ways to the same sum agree for sizes that do not divide", "[evaluation]") {
  const Scratch scratch;
  EvaluationRequest request;
  request.cascade = scratch.write("sum.yaml", kSum);
  request.against = scratch.write("blocks.yaml", kBlocks);
  request.sizes = {{"K", 13}, {"K0", 5}};  // K0 is a rank of the other cascade only
  base::Diagnostics remarks;
  const auto evaluation = evaluate_cascade(request, remarks);
  REQUIRE(evaluation);
  CHECK(evaluation->agree);
  CHECK(evaluation->against == request.against);
  CHECK(evaluation->sizes == std::vector<std::pair<std::string, std::int64_t>>{{"K", 13}});
  REQUIRE(evaluation->outputs.size() == 1);
  REQUIRE(evaluation->outputs[0].deviation);
  CHECK(evaluation->outputs[0].deviation->max_rel < 1e-12);
  CHECK(evaluation->outputs[0].values.max_abs > 0);
}

TEST_CASE("a different result does not agree and names the worst point", "[evaluation]") {
  const Scratch scratch;
  EvaluationRequest request;
  request.cascade = scratch.write("sum.yaml", kSum);
  request.against = scratch.write("max.yaml",
                                  "einfall: 1\nname: max\nranks: {K: 12}\ndeclaration: {A: [K]}\n"
                                  "expressions: |\n  Y = max[k](A[k])\n");
  base::Diagnostics remarks;
  auto evaluation = evaluate_cascade(request, remarks);
  REQUIRE(evaluation);
  CHECK_FALSE(evaluation->agree);
  CHECK(evaluation->outputs[0].worst == "[]");
  request.tolerance = 2;  // nothing deviates more than that
  evaluation = evaluate_cascade(request, remarks);
  REQUIRE(evaluation);
  CHECK(evaluation->agree);
}

TEST_CASE("outputs of different shape, or none in common, are E610", "[evaluation]") {
  const Scratch scratch;
  EvaluationRequest request;
  request.cascade = scratch.write("sum.yaml", kSum);
  request.against = scratch.write("copy.yaml",
                                  "einfall: 1\nname: copy\nranks: {K: 12}\ndeclaration: {A: [K]}\n"
                                  "expressions: |\n  Y[k] = A[k]\n");
  base::Diagnostics remarks;
  CHECK(code_of(evaluate_cascade(request, remarks)) == "E610");
  request.against = scratch.write("other.yaml",
                                  "einfall: 1\nname: other\nranks: {K: 12}\ndeclaration: {A: [K]}\n"
                                  "expressions: |\n  Z = A[k]\n");
  CHECK(code_of(evaluate_cascade(request, remarks)) == "E610");
}

TEST_CASE("the other cascade's ranks take the sizes of the inputs it is given", "[evaluation]") {
  const Scratch scratch;
  EvaluationRequest request;
  request.cascade = scratch.write("sum.yaml", kSum);
  std::string other = kBlocks;
  other.replace(other.find("K: 12"), 5, "K: 99");
  request.against = scratch.write("blocks.yaml", other);
  base::Diagnostics remarks;
  const auto evaluation = evaluate_cascade(request, remarks);
  REQUIRE(evaluation);
  CHECK(evaluation->agree);
}

TEST_CASE("a size must name a rank of one of the two cascades", "[evaluation]") {
  const Scratch scratch;
  EvaluationRequest request;
  request.cascade = scratch.write("sum.yaml", kSum);
  request.against = scratch.write("blocks.yaml", kBlocks);
  request.sizes = {{"Q", 5}};
  base::Diagnostics remarks;
  CHECK(code_of(evaluate_cascade(request, remarks)) == "E221");
}

TEST_CASE("the same request gives the same values, another seed others", "[evaluation]") {
  const Scratch scratch;
  EvaluationRequest request;
  request.cascade = scratch.write("sum.yaml", kSum);
  base::Diagnostics remarks;
  const auto first = evaluate_cascade(request, remarks);
  const auto again = evaluate_cascade(request, remarks);
  request.seed = 2;
  const auto other = evaluate_cascade(request, remarks);
  REQUIRE((first && again && other));
  CHECK(first->against.empty());
  CHECK(first->outputs[0].values.rms == again->outputs[0].values.rms);
  CHECK(first->outputs[0].values.rms != other->outputs[0].values.rms);
}

constexpr const char* kExponentials =
    "einfall: 1\nname: exponentials\nranks: {K: 64}\ndeclaration: {A: [K]}\n"
    "TYPES"
    "expressions: |\n  X[k] = exp(A[k])\n  Y = sum[k](X[k])\n";

std::string exponentials(const std::string& types) {
  std::string text = kExponentials;
  return text.replace(text.find("TYPES"), 5, types);
}

std::string machine_with(const Scratch& scratch, const std::string& name,
                         const std::string& numerics) {
  return scratch.write(
      name, "einfall: 1\nmachine: other\nextends: " + std::string(EINFALL_SOURCE_DIR) +
                "/arch/specs/fusemax-cloud.yaml\nfeatures:\n  numerics: " + numerics + "\n");
}

// The root mean square deviation of X from the reference, bit-true on a machine.
double deviation_on(const std::string& cascade, const std::string& machine) {
  EvaluationRequest request;
  request.cascade = cascade;
  request.mode = einsum::NumericMode::kBitTrue;
  request.machine = machine;
  base::Diagnostics remarks;
  const auto evaluation = evaluate_cascade(request, remarks);
  if (!evaluation) FAIL(base::render(evaluation.error()));
  for (const einsum::NumericReport& report : evaluation->numerics)
    if (report.tensor == "X") return report.rms;
  FAIL("there is no report of X");
  return 0;
}

TEST_CASE("a machine's exponential and formats are those of the bit-true values", "[evaluation]") {
  const Scratch scratch;
  const std::string fp32 = scratch.write("fp32.yaml", exponentials("types: {default: fp32}\n"));
  const std::string untyped = scratch.write("untyped.yaml", exponentials(""));
  const std::string fine = machine_with(scratch, "fine.yaml", "{operand: bf16, exp: poly(6)}");
  const std::string coarse = machine_with(scratch, "coarse.yaml", "{operand: bf16, exp: table(4)}");
  // A table of 16 entries an octave is off by 2^-5 ln 2 at most, by about half of that typically; a
  // polynomial of degree five by the rounding of fp32.
  CHECK(deviation_on(fp32, fine) > 0);
  CHECK(deviation_on(fp32, fine) < 1e-6);
  CHECK(deviation_on(fp32, coarse) > 1e-3);
  CHECK(deviation_on(fp32, coarse) < 0.1);
  // The cascade's fp32 wins over the machine's bf16, which holds where nothing is declared.
  CHECK(deviation_on(untyped, fine) > 1e-4);
  CHECK(deviation_on(untyped, "") < 1e-14);
}

TEST_CASE("a machine's accumulator and its order of addition are those of the bit-true values",
          "[evaluation]") {
  const Scratch scratch;
  const std::string sum =
      scratch.write("sum.yaml",
                    "einfall: 1\nname: sum\nranks: {K: 100}\ndeclaration: {A: [K]}\n"
                    "types: {default: fp32}\n"
                    "expressions: |\n  X = A[k] * A[k]\n  Y = 2 * X\n");
  const auto on = [&](const std::string& numerics) {
    return deviation_on(sum, machine_with(scratch, "machine.yaml", numerics));
  };
  // About a hundred thirds are summed: fp32 is off by its rounding, four bits end at 7.
  CHECK(on("{accumulate: fp32}") < 1e-4);
  CHECK(on("{accumulate: fixed(4)}") > 10);
  CHECK(on("{accumulate: fixed(32/16)}") < 1e-2);
  // Each product loses what is below a bit under the largest of its sixteen.
  CHECK(on("{order: matrix(16)}") < 1e-4);
  CHECK(on("{order: matrix(16/2)}") > 1);
}

}  // namespace
}  // namespace einfall::explore
