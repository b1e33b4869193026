#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "einsum/ir/sizes.hpp"
#include "explore/costing.hpp"

/// A law that needs no second witness: an output whose sums never come back unfinished leaves as
/// many words in the outermost memory as it has elements, whatever the last tiles are like.
namespace einfall::explore {
namespace {

namespace fs = std::filesystem;

std::int64_t elements(const Costed& run, einsum::TensorId id) {
  const einsum::Tensor& tensor = (*run.cascade)[id];
  std::int64_t count = 1;
  for (std::size_t i = 0; i < tensor.ranks.size(); ++i)
    count *= einsum::extent(*run.cascade, tensor, i, run.bound->sizes);
  return count;
}

// Whether there was anything to compare.
bool check_outputs(const Costed& run) {
  bool compared = false;
  for (std::size_t t = 0; t < run.cascade->tensors.size(); ++t) {
    const einsum::TensorId id(t);
    if ((*run.cascade)[id].role != einsum::TensorRole::kOutput) continue;
    std::int64_t left = 0;
    bool complete = true;
    for (const mappings::Flow& flow : run.cost.counts.flows) {
      if (flow.tensor != id) continue;
      complete = complete && flow.kind != mappings::FlowKind::kPartialRead &&
                 flow.kind != mappings::FlowKind::kReturn;
      if (flow.to.memory && flow.to.index == 0) left += flow.words;
    }
    if (!complete) continue;
    CAPTURE((*run.cascade)[id].name);
    CHECK(left == elements(run, id));
    compared = true;
  }
  return compared;
}

int check_all(const Costed& run) {
  int compared = run.bound && check_outputs(run) ? 1 : 0;
  for (const CostedPart& part : run.parts) compared += check_all(part.costed);
  return compared;
}

TEST_CASE("what outputs leave in the outermost memory is what they have", "[scenarios]") {
  int compared = 0;
  for (const char* folder : {"workloads/scenarios", "workloads/scenarios/gpu"})
    for (const auto& entry : fs::directory_iterator(fs::path(EINFALL_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      Documents documents;
      const auto scenario = documents.scenarios().get(entry.path().string());
      if (!scenario) FAIL(base::render(scenario.error()));
      const Parameter* length = nullptr;
      for (const char* name : {"seq_len", "kv_len", "tokens"})
        if (length == nullptr) length = (*scenario)->find(name);
      // Of more spans than there are blocks of keys the last are empty: nothing leaves them.
      std::vector<Settings> all = {
          (*scenario)->find("slots") != nullptr ? Settings{{"slots", "128"}} : Settings{}};
      if (length != nullptr && length->size)
        for (const char* n : {"137", "1337", "2500"})
          all.push_back((*scenario)->find("q_len") != nullptr
                            ? Settings{{"kv_len", n}, {"q_len", n}}
                            : Settings{{length->name, n}});
      for (const Settings& settings : all) {
        INFO(entry.path().string() << (settings.empty() ? "" : " " + settings.rbegin()->second));
        const auto run = cost_scenario(entry.path().string(), settings, documents);
        if (run) compared += check_all(*run);
      }
    }
  CHECK(compared > 100);
}

}  // namespace
}  // namespace einfall::explore
