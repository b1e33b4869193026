#include <catch2/catch.hpp>
#include <map>

#include "explore/costing.hpp"

// Every family of scenarios beside the arithmetic of its cascade, written down here by hand: points
// that are computed, cycles of the units or of the steady state, and bytes over the pins.
namespace einfall::explore {
namespace {

using Whole = std::int64_t;

constexpr Whole kK = 1024;

Costed must_cost(const std::string& name, const Settings& settings) {
  Documents documents;
  auto costed = cost_scenario(EINFALL_SOURCE_DIR "/workloads/scenarios/" + name + ".yaml", settings,
                              documents);
  if (!costed) FAIL(name << '\n' << base::render(costed.error()));
  return std::move(*costed);
}

mappings::StepId step_of(const Costed& run, const std::string& einsum) {
  const std::size_t steps = run.bound->einsums.size();
  for (std::size_t s = 0; s < steps; ++s)
    if ((*run.cascade)[run.bound->einsums[s].einsum].name == einsum) return mappings::StepId(s);
  FAIL("no Einsum " << einsum);
  return {};
}

void check_points(const Costed& run, const std::map<std::string, Whole>& useful) {
  CHECK(useful.size() == run.bound->einsums.size());
  for (const auto& [einsum, points] : useful) {
    INFO(einsum);
    CHECK(run.cost.counts.steps[step_of(run, einsum).index()].useful == points);
  }
}

Whole busy(const Costed& run, const std::string& unit) {
  for (std::size_t u = 0; u < run.machine->units.size(); ++u)
    if (run.machine->units[u].name == unit) return run.cost.units[u].busy.ceil().value_or(-1);
  return -1;
}

Whole dram_bytes(const Costed& run) {
  return run.cost.memories.front().traffic.bytes().ceil().value_or(-1);
}

TEST_CASE("two-pass attention costs what its arithmetic says", "[scenarios]") {
  // BERT, 64 x 12 heads of 64 features, 4K tokens, tiles of 256 x 256.
  const Costed run = must_cost("two_pass", {{"seq_len", "4K"}});
  const Whole n = 64 * 12, t = 4 * kK, m1 = t / 256;
  const Whole scores = n * t * t;
  check_points(run, {{"QK", scores * 64},
                     {"LM", scores},
                     {"SLN", scores},
                     {"SLD", scores},
                     {"GM", n * t * m1},
                     {"CM", n * t * m1},
                     {"SD", n * t * m1},
                     {"A", scores},
                     {"AV", scores * 64}});
  const Whole tiles = n * m1 * m1;
  CHECK(busy(run, "array2d") == tiles * (64 + 1 + 7 + 1 + 64));
  // A maximum, a subtraction and an exponential of 6, a multiply-add a block; a multiply and a
  // divide a score.
  CHECK(busy(run, "array1d") == tiles * (1 + 7 + 1 + 256 * 2));
  // Queries, keys, values and results once each.
  CHECK(dram_bytes(run) == 4 * n * t * 64 * 2);
}

TEST_CASE("exponentials that do not fit cross the pins twice", "[scenarios]") {
  const Costed run = must_cost("two_pass", {{"seq_len", "64K"}, {"model", "T5"}});
  const Whole n = 64 * 8, t = 64 * kK;
  // Keys in the first pass and values in the second, again for every tile of queries.
  CHECK(dram_bytes(run) == 2 * n * t * 64 * 2 + 2 * n * (t / 256) * t * 64 * 2 + 2 * n * t * t * 2);
}

TEST_CASE("causal attention does half the points, a window its width", "[scenarios]") {
  // Llama 3: 32 heads of 128 features, 16K tokens, blocks of 256.
  const Whole n = 32, t = 16 * kK, e = 128, m1 = t / 256, w = 4 * kK;
  const Whole causal = n * (t * (t + 1) / 2);
  const Whole window = n * (w * (w + 1) / 2 + (t - w) * w);
  for (const char* schedule : {"phased", "pipelined"})
    for (const auto& [form, scores] : {std::pair("causal", causal), std::pair("window", window)}) {
      INFO(schedule << " " << form);
      const Costed run = must_cost("one_pass", {{"schedule", schedule}, {"form", form}});
      const auto useful = [&](const char* einsum) {
        return run.cost.counts.steps[step_of(run, einsum).index()].useful;
      };
      CHECK(useful("BQK") == scores * e);
      CHECK(useful("LM") == scores);
      CHECK(useful("SLN") == scores);
      CHECK(useful("SLD") == scores);
      CHECK(useful("SLNV") == scores * e);
      CHECK(useful("AV") == n * t * e);
    }
  // A query in block i of 256 updates its sums for blocks 0 to i.
  const Costed run = must_cost("one_pass", {});
  const Whole updates = n * 256 * (m1 * (m1 + 1) / 2);
  CHECK(run.cost.counts.steps[step_of(run, "RD").index()].useful == updates);
  CHECK(run.cost.counts.steps[step_of(run, "RNV").index()].useful == updates * e);
}

TEST_CASE("a learned key costs one more score a query", "[scenarios]") {
  const Costed run = must_cost("one_pass", {{"form", "sink"}, {"seq_len", "4K"}});
  const Whole n = 32, t = 4 * kK, e = 128;
  CHECK(run.cost.counts.steps[step_of(run, "SQK").index()].useful == n * t * e);
  CHECK(run.cost.counts.steps[step_of(run, "BQK").index()].useful == n * (t * (t + 1) / 2) * e);
}

TEST_CASE("decoding waits for the cache if it is pipelined, else for the array", "[scenarios]") {
  // One query a head: the cache crosses the pins once, and 400 GiB/s are what it takes. Without a
  // pipeline every span's local maximum leaves the array, 256 rows, before its exponentials begin.
  const Whole n = 32, t = 128 * kK, e = 128, m1 = t / 256;
  for (const char* schedule : {"phased", "pipelined"}) {
    INFO(schedule);
    const Costed run = must_cost("decode", {{"schedule", schedule}});
    check_points(run, {{"QK", n * t * e},
                       {"LM", n * t},
                       {"SLN", n * t},
                       {"SLD", n * t},
                       {"SLNV", n * t * e},
                       {"GM", n * m1},
                       {"CM", n * m1},
                       {"SD", n * m1},
                       {"NV", n * m1 * e},
                       {"AV", n * e}});
    const Whole cache = n * t * 2 * e * 2;
    CHECK(dram_bytes(run) >= cache + 2 * n * e * 2);
    CHECK(dram_bytes(run) <= cache + cache / 100);
    const double floor = static_cast<double>(cache) / (400.0 * 1024 * 1024 * 1024);
    CHECK(run.time_s >= floor);
    if (run.cost.pipeline) {
      CHECK(run.time_s <= 1.03 * floor);
      CHECK(run.cost.pipeline->timetable.interval == e + 1 + 7 + 1 + e);
    } else {
      const auto spans = static_cast<double>(n * m1 * (e + 256 + 7 + 1 + e));
      CHECK(run.cost.cycles.value() == Approx(spans).epsilon(0.01));
    }
  }
}

TEST_CASE("four query heads share a page of keys and values", "[scenarios]") {
  const Whole b = 16, t = 32 * kK, e = 128, hq = 32, hk = 8;
  for (const char* page : {"16", "256"}) {
    INFO(page);
    const Costed run = must_cost("paged_decode", {{"page", page}});
    CHECK(run.cost.counts.steps[step_of(run, "QK").index()].useful == b * hq * t * e);
    CHECK(run.cost.counts.steps[step_of(run, "SLNV").index()].useful == b * hq * t * e);
    const Whole cache = b * hk * t * 2 * e * 2;
    CHECK(dram_bytes(run) >= cache);
    CHECK(dram_bytes(run) <= cache + cache / 50);
  }
  // A page of 16 fills 16 of 256 rows, and takes as long as one of 256.
  const Costed small = must_cost("paged_decode", {{"page", "16"}, {"seq_len", "4K"}});
  const Costed large = must_cost("paged_decode", {{"page", "256"}, {"seq_len", "4K"}});
  CHECK(busy(small, "array2d") == 16 * busy(large, "array2d"));
}

TEST_CASE("a latent cache is read once for keys and values", "[scenarios]") {
  const Whole b = 16, t = 32 * kK, e = 576, f = 512, h = 128;
  const Costed run = must_cost("latent_decode", {{"schedule", "pipelined"}});
  CHECK(run.cost.counts.steps[step_of(run, "BQK").index()].useful == b * h * t * e);
  CHECK(run.cost.counts.steps[step_of(run, "SLNV").index()].useful == b * h * t * f);
  CHECK(dram_bytes(run) == b * t * e * 2 + b * h * (e + f) * 2);
  CHECK(run.cost.pipeline->timetable.interval == e + f + 1 + 7 + 1);
}

TEST_CASE("linear attention waits for memory and the array, its causal form for the vector unit",
          "[scenarios]") {
  const Whole n = 64 * 12, t = 16 * kK, d = 64;
  const Costed full = must_cost("linear", {});
  check_points(full, {{"FK", n * t * d},
                      {"KV", n * t * d * d},
                      {"Z", n * t * d},
                      {"FQ", n * t * d},
                      {"N", n * t * d * d},
                      {"W", n * t * d},
                      {"AV", n * t * d}});
  CHECK(dram_bytes(full) == 4 * n * t * d * 2);
  // A tile of keys and one of values come from memory in turn; then, for every tile of queries, its
  // features, its product and its sum leave the array, 256 rows, before the division begins.
  const double tiles = 2.0 * 256 * d * 2 / (400.0 * (1 << 30) / 940e6);
  const double iterations = static_cast<double>(n * t) / 256;
  CHECK(full.cost.cycles.value() ==
        Approx(iterations * (tiles + 10 + static_cast<double>(d) + 256 + d)).epsilon(0.002));
  // elu + 1 of a key and of a query, 10 cycles each, and a division.
  const Costed causal = must_cost("linear", {{"form", "causal"}, {"schedule", "pipelined"}});
  CHECK(causal.cost.counts.steps[step_of(causal, "S").index()].useful == n * t * d * d);
  CHECK(causal.cost.counts.steps[step_of(causal, "O").index()].useful == n * t * d * d);
  CHECK(dram_bytes(causal) == 4 * n * t * d * 2);
  CHECK(causal.cost.pipeline->timetable.interval == 10 + 10 + 1);
}

TEST_CASE("chunks of linear attention", "[scenarios]") {
  const Whole n = 64 * 12, t = 16 * kK, d = 64, l = 256, chunks = n * t / l;
  const Whole pairs = chunks * (l * (l + 1) / 2);
  const Costed lightning = must_cost("chunked", {{"schedule", "pipelined"}});
  check_points(lightning, {{"KD", n * t * d},
                           {"KV", n * t * d * d},
                           {"ST", chunks * d * d},
                           {"QK", pairs * d},
                           {"A", pairs},
                           {"OI", pairs * d},
                           {"QD", n * t * d},
                           {"OS", n * t * d * d},
                           {"O", n * t * d}});
  // A power of 13, a product and a sum for each of 64 x 64 states on 256 lanes; a sum a result.
  CHECK(lightning.cost.pipeline->timetable.interval == 15 * d * d / 256 + d);
  const Costed gla = must_cost("chunked", {{"schedule", "pipelined"}, {"kernel", "gla"}});
  CHECK(gla.cost.counts.steps[step_of(gla, "A").index()].useful == pairs * d);
  CHECK(gla.cost.counts.steps[step_of(gla, "LG").index()].useful == n * t * d);
  // A logarithm and a sum a token of the chunk; exponential, product and sum a state; a sum.
  CHECK(gla.cost.pipeline->timetable.interval == 7 * l + 8 * d * d / 256 + d);
  CHECK(dram_bytes(gla) == 5 * n * t * d * 2);
}

TEST_CASE("pointwise attention keeps the array busy", "[scenarios]") {
  const Whole n = 64 * 12, t = 16 * kK, e = 64, tiles = n * (t / 256) * (t / 256);
  for (const auto& [function, cycles] : {std::pair("relu", 2), std::pair("sigmoid", 14)}) {
    INFO(function);
    const Costed run = must_cost("pointwise", {{"function", function}});
    check_points(run, {{"QK", n * t * t * e}, {"A", n * t * t}, {"AV", n * t * t * e}});
    CHECK(busy(run, "array2d") == tiles * (e + cycles + e));
    CHECK(busy(run, "array1d") == 0);
    CHECK(dram_bytes(run) == 4 * n * t * e * 2);
  }
}

TEST_CASE("chosen blocks are fetched for every block of queries", "[scenarios]") {
  const Whole n = 32, t = 16 * kK, e = 128, kept = 16, blocks = n * (t / 256) * kept;
  const Costed run = must_cost("block_sparse", {});
  CHECK(dram_bytes(run) ==
        2 * n * t * e * 2 + 2 * blocks * 256 * e * 2 + /* the table */ blocks * 2);
  CHECK(busy(run, "array2d") == blocks * (e + 1 + 7 + 1 + e));
}

TEST_CASE("selection by query gathers keys and values from the buffer", "[scenarios]") {
  const Whole n = 32, t = 4 * kK, e = 128;
  const Costed moba =
      must_cost("block_sparse", {{"selection", "moba"}, {"seq_len", "4K"}, {"kept", "4"}});
  const Whole words = n * t * 4 * 64 * e;  // four blocks of 64 a query
  for (const char* einsum : {"QK", "AV"}) {
    INFO(einsum);
    Whole gathered = 0;
    for (const mappings::Flow& flow : moba.cost.counts.flows)
      if (flow.step == step_of(moba, einsum) && flow.kind == mappings::FlowKind::kOperand &&
          ((*moba.cascade)[flow.tensor].name == "K" || (*moba.cascade)[flow.tensor].name == "V"))
        gathered += flow.words;
    CHECK(gathered == words);
  }
  CHECK(dram_bytes(moba) == 4 * n * t * e * 2);
  // Bounds of all pages that begin before a query, two products and a sum a feature.
  const Costed quest = must_cost("block_sparse", {{"selection", "quest"}, {"seq_len", "4K"}});
  const Whole pages = n * 16 * ((t / 16) * (t / 16 + 1) / 2);
  CHECK(quest.cost.counts.steps[step_of(quest, "UB").index()].useful == pages * e);
}

TEST_CASE("flow attention costs what its arithmetic says", "[scenarios]") {
  const Whole n = 64 * 12, t = 16 * kK, d = 64;
  const Costed full = must_cost("flow", {});
  CHECK(full.cost.counts.steps[step_of(full, "KV").index()].useful == n * t * d * d);
  CHECK(full.cost.counts.steps[step_of(full, "CX").index()].useful == n * t);
  CHECK(dram_bytes(full) == 4 * n * t * d * 2);
  // A token on the 1D array: two sigmoids, two sums, two means, two divided sums, two means,
  // clamped exponential, its sum and weight, and sigmoid, two products and a division of a result.
  const Costed causal = must_cost("flow", {{"form", "causal"}, {"schedule", "pipelined"}});
  CHECK(causal.cost.pipeline->timetable.interval ==
        2 * 8 + 2 + 2 + 2 * 2 + 2 + 8 + 1 + 2 + (8 + 2 + 1));
}

TEST_CASE("a layer of Llama 3 is its attention and its seven products", "[scenarios]") {
  const Whole t = 4 * kK;
  const Costed layer = must_cost("decoder_layer", {{"seq_len", "4K"}});
  REQUIRE(layer.parts.size() == 8);
  Whole macs = 0;
  double time = 0;
  for (const CostedPart& part : layer.parts) {
    time += part.costed.time_s;
    if (part.name != "attention")
      macs += part.costed.cost.counts.steps[0].useful;
    else
      CHECK(part.costed.cost.counts.steps[step_of(part.costed, "BQK").index()].useful ==
            32 * (t * (t + 1) / 2) * 128);
  }
  CHECK(time == Approx(layer.time_s));
  CHECK(macs == t * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * Whole{4096} * 14336));
}

// Every value of every parameter, and every pair of values of two parameters.
TEST_CASE("every point of every scenario has a cost or a located reason", "[scenarios][slow]") {
  Documents documents;
  std::size_t costed = 0;
  for (const char* name :
       {"two_pass", "one_pass", "decode", "paged_decode", "latent_decode", "linear", "chunked",
        "pointwise", "block_sparse", "flow", "flash_attention_1"}) {
    const auto scenario = documents.scenarios().get(EINFALL_SOURCE_DIR "/workloads/scenarios/" +
                                                    std::string(name) + ".yaml");
    REQUIRE(scenario);
    const auto& parameters = (*scenario)->parameters;
    for (std::size_t a = 0; a < parameters.size(); ++a)
      for (const std::string& first : parameters[a].values)
        for (std::size_t b = a + 1; b < parameters.size(); ++b)
          for (const std::string& second : parameters[b].values) {
            INFO(name << " " << parameters[a].name << "=" << first << " " << parameters[b].name
                      << "=" << second);
            const auto resolved =
                resolve(**scenario, {{parameters[a].name, first}, {parameters[b].name, second}},
                        documents.scenarios());
            const auto run = resolved ? cost_scenario(*resolved, documents)
                                      : base::Result<Costed>(tl::unexpected(resolved.error()));
            if (run) {
              CHECK(run->time_s > 0);
              ++costed;
              continue;
            }
            // No pipeline (E953), or more than a buffer holds.
            const std::string& code = run.error().front().code;
            CHECK((code == "E953" || code == "E815"));
            CHECK(run.error().front().span.line > 0);
          }
  }
  CHECK(costed > 300);
}

}  // namespace
}  // namespace einfall::explore
