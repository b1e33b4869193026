#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "base/units.hpp"
#include "einsum/language/load.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/model/flows.hpp"
#include "mappings/program/program.hpp"
#include "tests/property/program_words.hpp"
#include "tests/property/tiny_machine.hpp"

/// Keys and results in blocks of which the last is not whole, kept nowhere: what the tensor does
/// not have is not moved. Brute force over the visits; and the same words in the simulator's
/// program.
namespace einfall::mappings {
namespace {

struct Blocks {
  std::int64_t queries = 1, keys = 1, block = 1;
  bool causal = false;
  bool queries_outside = false;  // of the loop over blocks
  bool result = false;           // is in blocks too; else a sum of each

  [[nodiscard]] std::int64_t count() const { return base::ceil_div(keys, block); }
  [[nodiscard]] std::int64_t present(std::int64_t at) const {
    return std::min(block, keys - at * block);
  }
};

einsum::Cascade cascade_of(const Blocks& blocks) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = "blocks.yaml";
  file->text = fmt::format(
      "einfall: 1\nname: blocks\nranks: {{P: {}, M: {}, M0: {}, M1: ceil(M / M0)}}\n"
      "declaration: {{Q: [P], X: [M], Y: [P, {}]}}\nexpressions: |\n"
      "  Y[p, {}] = Q[p] * X[m1*M0 + m0]{}\n",
      blocks.queries, blocks.keys, blocks.block, blocks.result ? "M" : "M1",
      blocks.result ? "m1*M0 + m0" : "m1", blocks.causal ? "   where m1*M0 + m0 <= p" : "");
  base::Diagnostics remarks;
  auto cascade = einsum::load_cascade(file, remarks);
  if (!cascade) FAIL(base::render(cascade.error()));
  return *std::move(cascade);
}

Mapping mapping_of(const Blocks& blocks) {
  Mapping mapping;
  mapping.name = "blocks";
  LoopNode leaf;
  leaf.loops = {{"M1", {}}, {"P", {}}};
  if (blocks.queries_outside) std::swap(leaf.loops[0], leaf.loops[1]);
  leaf.einsums = {{"Y", {}}};
  mapping.nest = {leaf};
  Binding binding;
  binding.einsum = "Y";
  binding.unit = {"lane", {}};
  binding.time = {{"M0", {}}};
  mapping.bindings = {binding};
  return mapping;
}

// Elements that all visits with a point fetch together.
std::int64_t fetched(const Blocks& blocks) {
  std::int64_t sum = 0;
  for (std::int64_t p = 0; p < blocks.queries; ++p)
    for (std::int64_t at = 0; at < blocks.count(); ++at)
      if (!blocks.causal || at * blocks.block <= p) sum += blocks.present(at);
  return sum;
}

void check(const Blocks& blocks) {
  CAPTURE(blocks.queries, blocks.keys, blocks.block, blocks.causal, blocks.queries_outside);
  const einsum::Cascade cascade = cascade_of(blocks);
  const Mapping mapping = mapping_of(blocks);
  const arch::Machine machine = tests::tiny(1 << 20);
  const auto bound = bind(mapping, cascade, machine, {});
  if (!bound) FAIL(base::render(bound.error()));
  const BoundEinsum& step = bound->einsums.front();
  for (std::size_t r = 0; r < step.reads.size(); ++r)
    if (cascade[step.reads[r].tensor].name == "X")
      CHECK(fetched_words(*bound, step, r) == fetched(blocks));
  if (blocks.result) {
    CHECK(left_words(*bound, step).writes == fetched(blocks));
    CHECK(left_words(*bound, step).reads == 0);
  }
  const auto program = lower(cascade, machine, mapping, *bound, {});
  if (!program) FAIL(base::render(program.error()));
  CHECK(tests::words_moved(*program) == tests::words_of(program->flows));
}

TEST_CASE("a last block that is not whole is fetched as far as there are keys, and leaves so",
          "[property]") {
  for (const std::int64_t queries : {1, 3, 9})
    for (const std::int64_t block : {1, 2, 3, 5, 8})
      for (std::int64_t keys = 1; keys <= 11; ++keys)
        for (const bool causal : {false, true})
          for (const bool outside : {false, true})
            for (const bool result : {false, true})
              check({queries, keys, block, causal, outside, result});
}

}  // namespace
}  // namespace einfall::mappings
