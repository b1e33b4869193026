#include "mappings/ir/leaf_order.hpp"

#include "mappings/model/counts.hpp"
#include "tests/mappings/ir/fixture.hpp"

namespace einfall::mappings {
namespace {

// A softmax over N stepped in time, all its Einsums in one leaf on lanes of fusemax-cloud: the
// maximum, the sum and the quotient are three passes over the same steps.
einsum::Cascade softmax() {
  auto file = std::make_shared<base::SourceFile>();
  file->name = "softmax.yaml";
  file->text =
      "einfall: 1\nranks: {N: 16, R: 256}\ndeclaration: {X: [R, N]}\nexpressions: |\n"
      "  MX[r] = max[n](X[r, n])\n  Z[r, n] = exp(X[r, n] - MX[r])\n  S[r] = Z[r, n]\n"
      "  Y[r, n] = Z[r, n] / S[r]\n";
  base::Diagnostics remarks;
  auto cascade = einsum::load_cascade(file, remarks);
  if (!cascade) FAIL(base::render(cascade.error()));
  return *std::move(cascade);
}

Mapping one_leaf(const std::vector<std::string>& kept) {
  Mapping mapping;
  mapping.name = "one leaf";
  LoopNode leaf;
  for (const std::string& tensor : kept) {
    Keep keep;
    keep.tensor = tensor;
    keep.place = "buffer";
    leaf.keeps.push_back(keep);
  }
  for (const std::string name : {"MX", "Z", "S", "Y"}) {
    leaf.einsums.push_back({name, {}});
    Binding binding;
    binding.einsum = name;
    binding.unit = {"array1d", {}};
    binding.columns = {{"R", {}}};
    binding.time = {{"N", {}}};
    mapping.bindings.push_back(binding);
  }
  mapping.nest = {leaf};
  return mapping;
}

TEST_CASE("an Einsum that needs a sum complete begins another pass, and what it reads waits",
          "[mappings]") {
  const einsum::Cascade cascade = softmax();
  const arch::Machine machine = tests::machine_named("fusemax-cloud");
  const auto fits = bind(one_leaf({}), cascade, machine, {{"N", 32}});
  if (!fits) FAIL(base::render(fits.error()));
  CHECK(leaf_passes(*fits) == std::vector<std::int64_t>{0, 1, 1, 2});
  const auto waits = leaf_waits(*fits);
  REQUIRE(waits.size() == 1);
  CHECK(waits[0].reader == StepId(3));
  CHECK(waits[0].elements == 32);

  const auto refused = bind(one_leaf({}), cascade, machine, {{"N", 33}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().front().code == "E816");
  CHECK(refused.error().front().message.find("33 registers") != std::string::npos);

  // Kept in the buffer it is read back from there.
  const auto kept = bind(one_leaf({"Z"}), cascade, machine, {{"N", 33}});
  if (!kept) FAIL(base::render(kept.error()));
  CHECK(leaf_waits(*kept).empty());
}

TEST_CASE("passes over the same steps do not share a fetch", "[mappings]") {
  const einsum::Cascade cascade = softmax();
  const arch::Machine machine = tests::machine_named("fusemax-cloud");
  const auto bound = bind(one_leaf({}), cascade, machine, {{"N", 32}});
  REQUIRE(bound);
  const auto counts = count(*bound, cascade, machine, {});
  REQUIRE(counts);
  std::int64_t words = 0;
  for (const Flow& flow : counts->flows)
    if (cascade[flow.tensor].name == "X") words += flow.words;
  CHECK(words == 2 * 32 * 256);
}

}  // namespace
}  // namespace einfall::mappings
