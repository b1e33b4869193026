#include <fmt/format.h>
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "einsum/analysis/points.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "einsum/language/print.hpp"
#include "explore/costing.hpp"
#include "explore/machine_numerics.hpp"
#include "tests/support/evaluation.hpp"
#include "tests/support/random_cascade.hpp"

// Witnesses against each other: what the evaluator runs over, value by value, and what the analysis
// and the analytic model count without running anything.
namespace einfall::tests {
namespace {

using einsum::Cascade;
using einsum::Sizes;
using einsum::TensorMap;

/// The cascade with one Einsum more for each of its own, which is 1 at every point that this one is
/// computed at and sums them up: Einsum i becomes EXECUTED<i>.
Cascade counting(const Cascade& cascade) {
  std::string lines;
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i) {
    const einsum::Einsum& einsum = cascade.einsums[i];
    if (einsum.is_init) continue;
    std::vector<std::string> variables, conditions;
    for (const einsum::VarId var : einsum.vars) variables.push_back(cascade[var].name);
    for (const einsum::CondId cond : einsum.where) conditions.push_back(print(cascade, cond));
    // As present as the body, and 1 whatever its value, NaN too.
    const std::string body = print(cascade, einsum.body);
    const std::string one = fmt::format("eq({0}, {0})*0 + 1", body);
    lines += fmt::format("  EXECUTED{} = ", i);
    lines += variables.empty() ? one : fmt::format("sum[{}]({})", fmt::join(variables, ", "), one);
    if (!conditions.empty()) lines += fmt::format(" where {}", fmt::join(conditions, ", "));
    lines += '\n';
  }
  std::string text = print(cascade);
  text.insert(text.find("\noutputs:") + 1, lines);
  return cascade_from(text);
}

/// By EinsumId of the cascade, -1 for init lines.
std::vector<std::int64_t> executed(const Cascade& cascade, const Sizes& sizes,
                                   const TensorMap<double>& inputs) {
  const Cascade more = counting(cascade);
  SizeMap same;
  for (std::size_t r = 0; r < cascade.ranks.size(); ++r)
    same[cascade.ranks[r].name] = sizes.values[r];
  const TensorMap<double> values = run(more, sizes_of(more, same), inputs);
  std::vector<std::int64_t> out(cascade.einsums.size(), -1);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (const auto it = values.find(fmt::format("EXECUTED{}", i)); it != values.end())
      out[i] = it->second.is_present(0) ? std::llround(it->second.values.front()) : 0;
  return out;
}

std::vector<einsum::PointCount> counted(const Cascade& cascade, const Sizes& sizes) {
  auto counts = einsum::points(cascade, sizes);
  if (!counts) FAIL(base::render(counts.error()));
  return *std::move(counts);
}

// Small and odd, so that last blocks are short.
SizeMap small_sizes(const Cascade& cascade) {
  const SizeMap all = {{"B", 2}, {"H", 2},  {"HQ", 4}, {"HK", 2}, {"E", 3},  {"F", 2},
                       {"D", 3}, {"M", 11}, {"P", 9},  {"M0", 4}, {"P0", 4}, {"N", 8},
                       {"L", 4}, {"J", 2},  {"W", 5},  {"T", 5},  {"K", 6}};
  SizeMap own;
  for (const auto& [rank, size] : all) {
    const auto id = cascade.find_rank(rank);
    // A rank that is another one's size keeps that: M is P where a mask compares them.
    const bool derived = id && cascade[*id].size && cascade[*id].size->steps.size() > 1;
    const bool equal =
        rank == "M" && id && cascade[*id].size && cascade[*id].size->steps.front().rank.valid();
    if (id && !derived && !equal) own[rank] = size;
  }
  if (cascade.find_rank("PG")) own["M1"] = 3;
  return own;
}

TEST_CASE("the evaluator runs over the points that the analysis counts, in every cascade",
          "[differential]") {
  std::size_t cascades = 0, exact = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(EINFALL_SOURCE_DIR) / "workloads/cascades")) {
    const Cascade cascade = shipped_cascade(entry.path().stem().string());
    const Sizes sizes = sizes_of(cascade, small_sizes(cascade));
    const auto found = executed(cascade, sizes, inputs_of(cascade, sizes, 3));
    const auto expected = counted(cascade, sizes);
    ++cascades;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (cascade.einsums[i].is_init) continue;
      INFO(cascade.name << ": " << print(cascade, cascade.einsums[i]));
      CHECK(found[i] <= expected[i].count);
      if (!expected[i].exact) continue;
      CHECK(found[i] == expected[i].count);
      ++exact;
    }
  }
  CHECK(cascades >= 22);
  CHECK(exact > 150);
}

TEST_CASE("the evaluator runs over the points that the analysis counts, in random cascades",
          "[differential]") {
  const bool held = rc::check([] {
    const auto choices =
        *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 120));
    const std::string text = random_cascade(choices);
    RC_LOG() << text;
    base::Diagnostics remarks;
    const auto cascade = einsum::load_cascade(
        std::make_shared<base::SourceFile>(base::SourceFile{"random.yaml", text}), remarks);
    if (!cascade) RC_FAIL(base::render(cascade.error()));
    const Sizes sizes = einsum::bind_sizes(*cascade, {}).value();
    const auto found = executed(*cascade, sizes, inputs_of(*cascade, sizes, 5));
    const auto expected = counted(*cascade, sizes);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (cascade->einsums[i].is_init) continue;
      RC_LOG() << print(*cascade, cascade->einsums[i]) << "\n";
      RC_ASSERT(found[i] <= expected[i].count);
      if (expected[i].exact) RC_ASSERT(found[i] == expected[i].count);
    }
  });
  CHECK(held);
}

/// One scenario, three witnesses.
void check_scenario(const std::string& name, const explore::Settings& settings, double tolerance,
                    const std::string& unneeded = {}) {
  INFO(name);
  explore::Documents documents;
  const auto costed = explore::cost_scenario(
      EINFALL_SOURCE_DIR "/workloads/scenarios/" + name + ".yaml", settings, documents);
  if (!costed) FAIL(base::render(costed.error()));
  Cascade cascade = *costed->cascade;
  const Sizes& sizes = costed->bound->sizes;
  const TensorMap<double> inputs = inputs_of(cascade, sizes, 9);

  const auto points = executed(cascade, sizes, inputs);
  for (std::size_t s = 0; s < costed->bound->einsums.size(); ++s) {
    const einsum::EinsumId id = costed->bound->einsums[s].einsum;
    INFO(cascade[id].name);
    const mappings::StepCounts& counts = costed->cost.counts.steps[s];
    // The correction of a block that a query sees nothing of is present; no run needs it.
    if (unneeded == cascade[id].name)
      CHECK(counts.useful <= points[id.index()]);
    else
      CHECK(counts.useful == points[id.index()]);
    CHECK(counts.points >= counts.useful);
  }

  const TensorMap<double> reference = run(cascade, sizes, inputs);
  einsum::EvalOptions options;
  options.mode = einsum::NumericMode::kBitTrue;
  options.numerics = explore::policy_of(costed->machine->numerics);
  explore::apply_types(costed->machine->numerics, cascade);
  const TensorMap<double> rounded = run(cascade, sizes, inputs, options);
  for (const einsum::Tensor& tensor : cascade.tensors) {
    INFO(tensor.name);
    const auto& exact = reference.at(tensor.name);
    const auto& found = rounded.at(tensor.name);
    REQUIRE(exact.values.size() == found.values.size());
    bool alike = true;
    for (std::size_t i = 0; i < exact.values.size(); ++i)
      alike = alike && exact.is_present(i) == found.is_present(i);
    CHECK(alike);
    if (tensor.role != einsum::TensorRole::kOutput) continue;
    const double error = relative_error(found, exact);
    CHECK(error > 0);
    CHECK(error < tolerance);
  }
}

TEST_CASE("one scenario, three witnesses: values, rounded values and counts", "[differential]") {
  // Values of 8 bits of precision, sums of 24.
  check_scenario("fusemax", {{"heads", "1"}, {"seq_len", "300"}}, 0.05);
  check_scenario("fusemax", {{"heads", "1"}, {"seq_len", "300"}, {"design", "unfused"}}, 0.05);
  check_scenario("one_pass", {{"batch", "1"}, {"seq_len", "300"}, {"model", "T5"}}, 0.05, "PRM");
  check_scenario("decode", {{"seq_len", "1000"}, {"queries", "3"}}, 0.05);
}

}  // namespace
}  // namespace einfall::tests
