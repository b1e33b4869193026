#include <filesystem>

#include "mappings/ir/model_shapes.hpp"
#include "tests/mappings/ir/fixture.hpp"

using namespace einfall;
using namespace einfall::mappings;
using namespace einfall::tests;

namespace {

ModelShapes model_named(const std::string& name) {
  auto model = load_model(project("workloads/models/" + name + ".yaml"));
  if (!model) FAIL(base::render(model.error()));
  return *std::move(model);
}

}  // namespace

TEST_CASE("every model of the project loads", "[model_shapes]") {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(project("workloads/models"))) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().string());
    const ModelShapes model = model_named(entry.path().stem().string());
    CHECK(model.layers > 0);
    CHECK_FALSE(model.source.empty());
    ++seen;
  }
  CHECK(seen >= 6);
}

TEST_CASE("a model gives a cascade its sizes", "[model_shapes]") {
  const ModelShapes xlm = model_named("xlm");
  CHECK(xlm.sizes == SizeMap{{"H", 16}, {"E", 128}, {"F", 128}});
  CHECK(xlm.batch_rank == "B");
  CHECK(xlm.batch == 64);
  CHECK(xlm.length_ranks == std::vector<std::string>{"P", "M"});
  // Six linear layers; with one token each weight is used once.
  std::int64_t weights = 0;
  for (const LinearShape& shape : xlm.linear) weights += shape.k * shape.n;
  CHECK(weights == 4 * 2048 * 2048 + 2 * 2048 * 8192);
  for (const char* name : {"bert", "trxl", "t5", "xlm"}) {
    const ModelShapes model = model_named(name);
    CHECK(model.sizes.at("H") * model.sizes.at("E") == model.linear.front().k);
  }
}

TEST_CASE("the mapping of FuseMax is legal on every FuseMax machine", "[mapping]") {
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const Mapping mapping = mapping_named("binding");
  const Mapping pipelined = mapping_named("binding-pipelined");
  for (const char* size :
       {"4x4", "8x8", "16x16", "32x32", "64x64", "edge", "cloud", "cloud-2port", "sweep-16",
        "sweep-32", "sweep-64", "sweep-128", "sweep-256", "sweep-512"}) {
    INFO(size);
    const arch::Machine machine = machine_named(std::string("fusemax-") + size);
    const std::int64_t side = machine.find_unit("array2d")->rows;
    const SizeMap sizes = {{"B", 1},  {"H", 2},        {"E", 64},
                           {"F", 64}, {"P", 4 * side}, {"M", 4 * side}};
    // The smallest machines have a buffer for heads of 16 features.
    const SizeMap narrow = {{"B", 1},  {"H", 2},        {"E", 16},
                            {"F", 16}, {"P", 4 * side}, {"M", 4 * side}};
    const SizeMap& fitting = side < 16 ? narrow : sizes;
    const BoundMapping bound = bound_or_fail(mapping, cascade, machine, fitting);
    CHECK(step_named(bound, cascade, "SLN").busy_cycles == 2 * 4 * 4 * 7);
    CHECK(bound_or_fail(pipelined, cascade, machine, fitting).schedule.over.size() == 2);
  }
}

TEST_CASE("the buffer of the sweep holds what its 256 x 256 point needs", "[mapping]") {
  // 256 KiB, two blocks of 256 queries (MICRO 2024, Fig. 12).
  const einsum::Cascade cascade = cascade_named("attn_1pass");
  const BoundMapping bound =
      bound_or_fail(mapping_named("binding"), cascade, machine_named("fusemax-sweep-256"),
                    {{"B", 64}, {"H", 12}, {"E", 64}, {"F", 64}, {"P", 262144}, {"M", 262144}});
  CHECK(trips_of(bound, "P1") == 2);
}
