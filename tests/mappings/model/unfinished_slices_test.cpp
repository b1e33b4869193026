#include <catch2/catch.hpp>
#include <map>

#include "einsum/language/load.hpp"
#include "mappings/model/cost.hpp"

/// Slices that leave unfinished and come back, against closed forms written by hand.
namespace einfall::mappings {
namespace {

const std::string kRoot = EINFALL_SOURCE_DIR;
using Sizes = std::map<std::string, std::int64_t>;

// Elements that leave and reach the outermost memory, by tensor.
struct Pins {
  std::map<std::string, std::int64_t> in, out;
};

Pins at_the_pins(const std::string& cascade_name, const std::string& mapping_name,
                 const Sizes& sizes) {
  base::Diagnostics remarks;
  const auto cascade =
      einsum::load_cascade(kRoot + "/workloads/cascades/" + cascade_name + ".yaml", remarks);
  const auto machine = arch::load_machine(kRoot + "/arch/specs/fusemax-cloud.yaml");
  const auto mapping = load_mapping(kRoot + "/mappings/library/" + mapping_name + ".yaml");
  REQUIRE(cascade);
  REQUIRE(machine);
  if (!mapping) FAIL(base::render(mapping.error()));
  const auto bound = bind(*mapping, *cascade, *machine, sizes);
  if (!bound) FAIL(base::render(bound.error()));
  const auto counts = count(*bound, *cascade, *machine, {});
  REQUIRE(counts);
  Pins pins;
  for (const Flow& flow : counts->flows) {
    const std::string& tensor = (*cascade)[flow.tensor].name;
    if (flow.from == Place{true, 0}) pins.in[tensor] += flow.words;
    if (flow.to == Place{true, 0}) pins.out[tensor] += flow.words;
  }
  return pins;
}

// FlashAttention-1: keys and values come once. In each of the T outer visits, a block of keys each,
// all queries come, and all states go out; in all but the first they come in, too. The division
// reads the last denominator and numerator once more; nobody reads the last maximum.
TEST_CASE("FlashAttention-1's order moves what its algorithm says", "[model]") {
  constexpr std::int64_t kBlock = 8 * 256;  // of keys
  for (const auto& [keys, queries] : {std::pair<std::int64_t, std::int64_t>{16384, 4096},
                                      {kBlock, 4096},
                                      {5000, 1000},
                                      {3 * kBlock + 256, 700}}) {
    const std::int64_t heads = 2 * 3, e = 48, f = 32, t = base::ceil_div(keys, kBlock);
    CAPTURE(keys, queries);
    const Pins pins =
        at_the_pins("attn_1pass", "flash-attention-1",
                    {{"B", 2}, {"H", 3}, {"E", e}, {"F", f}, {"P", queries}, {"M", keys}});
    using Words = std::map<std::string, std::int64_t>;
    Words in{{"K", heads * e * keys},
             {"V", heads * f * keys},
             {"Q", heads * t * e * queries},
             {"RD", heads * t * queries},
             {"RNV", heads * t * f * queries}};
    Words out{
        {"RD", heads * t * queries}, {"RNV", heads * t * f * queries}, {"AV", heads * f * queries}};
    if (t > 1) in["RM"] = out["RM"] = heads * (t - 1) * queries;
    CHECK(pins.in == in);
    CHECK(pins.out == out);
  }
}

// Blocks of 1024 inputs, of 16 x 256 tokens and of 256 outputs.
TEST_CASE("a product that cuts its contracted rank moves its partial sums", "[model]") {
  for (const Sizes& sizes :
       {Sizes{{"T", 65536}, {"K", 8192}, {"N", 2048}}, Sizes{{"T", 5000}, {"K", 3000}, {"N", 700}},
        Sizes{{"T", 5000}, {"K", 1024}, {"N", 700}}}) {
    const std::int64_t t = sizes.at("T"), k = sizes.at("K"), n = sizes.at("N");
    const std::int64_t visits = base::ceil_div(k, std::int64_t{1024});
    const Pins pins = at_the_pins("linear_layer", "linear-layer-partial", sizes);
    CHECK(pins.in.at("X") == k * t);
    CHECK(pins.in.at("W") == k * n * base::ceil_div(t, std::int64_t{4096}));
    CHECK((visits == 1 || pins.in.at("Y") == (visits - 1) * t * n));
    CHECK(pins.in.count("Y") == (visits > 1 ? 1 : 0));
    CHECK(pins.out.at("Y") == visits * t * n);
  }
}

}  // namespace
}  // namespace einfall::mappings
