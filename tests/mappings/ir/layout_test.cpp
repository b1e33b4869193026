#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/mappings/ir/fixture.hpp"
#include "tests/support/load.hpp"

using namespace einfall;
using namespace einfall::mappings;

namespace {

struct Documents {
  einsum::Cascade cascade;
  arch::Machine machine;
  Mapping mapping;
};

// The product of the tutorial, S[m, p], and R[m, p], which reads it in place.
Documents product() {
  const std::string folder = EINFALL_SOURCE_DIR "/docs/tutorial/";
  auto machine = arch::load_machine(folder + "array.yaml");
  auto mapping = load_mapping(folder + "product_mapping.yaml");
  if (!machine) FAIL(base::render(machine.error()));
  if (!mapping) FAIL(base::render(mapping.error()));
  machine->links.clear();  // nothing is kept in the buffer here
  return {tests::cascade_at("docs/tutorial/product.yaml"), *std::move(machine),
          *std::move(mapping)};
}

using Names = std::vector<std::string>;
struct Placed {
  Names rows, columns, time;
};

std::vector<Located<std::string>> located(const Names& names) {
  std::vector<Located<std::string>> out;
  for (const std::string& name : names) out.push_back({name, {}});
  return out;
}

Binding& binding_of(Mapping& mapping, const std::string& einsum) {
  for (Binding& binding : mapping.bindings)
    if (binding.einsum == einsum) return binding;
  FAIL("no binding of " << einsum);
  return mapping.bindings.front();
}

void place(Mapping& mapping, const std::string& einsum, const Placed& placed) {
  Binding& binding = binding_of(mapping, einsum);
  binding.rows = located(placed.rows);
  binding.columns = located(placed.columns);
  binding.time = located(placed.time);
}

bool moves_in_place(const Documents& documents, const tests::SizeMap& sizes) {
  const auto bound = bind(documents.mapping, documents.cascade, documents.machine, sizes);
  if (bound) return false;
  return std::any_of(bound.error().begin(), bound.error().end(),
                     [](const base::Diagnostic& d) { return d.code == "E826"; });
}

// ---- Where every point lies, by counting -------------------------------------------------------

// M is cut into M2 M1 M0 of 2 steps each, P into P1 P0.
std::int64_t digit(const std::string& part, std::int64_t m, std::int64_t p) {
  const std::int64_t value = part[0] == 'M' ? m : p;
  return value >> (part[1] - '0') & 1;
}
std::int64_t line_of(const Names& parts, std::int64_t m, std::int64_t p) {
  std::int64_t line = 0;
  for (const std::string& part : parts) line = 2 * line + digit(part, m, p);
  return line;
}
bool same_places(const Placed& a, const Placed& b) {
  for (std::int64_t m = 0; m < 8; ++m)
    for (std::int64_t p = 0; p < 4; ++p)
      if (line_of(a.rows, m, p) != line_of(b.rows, m, p) ||
          line_of(a.columns, m, p) != line_of(b.columns, m, p))
        return false;
  return true;
}

Placed random_place(std::mt19937& rng) {
  Names parts = {"M2", "M1", "M0", "P1", "P0"};
  std::shuffle(parts.begin(), parts.end(), rng);
  Placed placed;
  for (const std::string& part : parts) {
    Names* const lists[] = {&placed.rows, &placed.columns, &placed.time};
    Names& list = *lists[rng() % 3];
    if (&list == &placed.time || list.size() < 3)
      list.push_back(part);
    else
      placed.time.push_back(part);
  }
  return placed;
}

// The same, or with two parts exchanged, or another altogether.
Placed relative_of(Placed placed, std::mt19937& rng) {
  if (rng() % 3 == 0) return random_place(rng);
  std::vector<std::string*> parts;
  for (Names* list : {&placed.rows, &placed.columns, &placed.time})
    for (std::string& part : *list) parts.push_back(&part);
  if (rng() % 2 == 0) std::swap(*parts[rng() % parts.size()], *parts[rng() % parts.size()]);
  return placed;
}

RankPart part(const std::string& name, bool outermost) {
  RankPart out;
  out.name = name;
  if (!outermost) out.size = std::int64_t{2};
  return out;
}

}  // namespace

TEST_CASE("a value stays in place exactly where maker and reader have every point in the same PE",
          "[mapping][layout]") {
  Documents documents = product();
  documents.mapping.partitions = {
      {"M", {part("M2", true), part("M1", false), part("M0", false)}, {}},
      {"P", {part("P1", true), part("P0", false)}, {}}};
  LoopNode leaf;
  leaf.einsums = located({"S", "R"});
  documents.mapping.nest = {leaf};
  int alike = 0, unlike = 0;
  rc::prop("layouts", [&] {
    std::mt19937 rng(*rc::gen::arbitrary<std::uint32_t>());
    Placed maker = random_place(rng);
    const Placed reader = relative_of(maker, rng);
    const bool same = same_places(maker, reader);
    maker.time.push_back("E");
    place(documents.mapping, "S", maker);
    place(documents.mapping, "R", reader);
    ++(same ? alike : unlike);
    RC_ASSERT(moves_in_place(documents, {{"M", 8}, {"P", 4}, {"E", 4}}) == !same);
  });
  CHECK(alike > 10);
  CHECK(unlike > 10);
}

TEST_CASE("a rank that the cascade cuts lies where the whole one does", "[mapping][layout]") {
  Documents documents = product();
  documents.cascade = tests::cascade_of(
      "ranks: {E: 4, M0: 4, M1: 2, M: M1*M0, P: 8}\n"
      "declaration: {A: [E, M], B: [E, P]}\n"
      "expressions: |\n"
      "  S[m, p] = A[e, m] * B[e, p]\n"
      "  R[m1, m0, p] = max(S[m1*M0 + m0, p], 0)\n");
  documents.mapping.partitions = {};
  LoopNode leaf;
  leaf.einsums = located({"S", "R"});
  documents.mapping.nest = {leaf};
  place(documents.mapping, "S", {{"M"}, {"P"}, {"E"}});
  place(documents.mapping, "R", {{"M1", "M0"}, {"P"}, {}});
  CHECK_FALSE(moves_in_place(documents, {}));
  place(documents.mapping, "R", {{"M0", "M1"}, {"P"}, {}});
  CHECK(moves_in_place(documents, {}));
  place(documents.mapping, "R", {{"M0"}, {"P"}, {"M1"}});
  CHECK(moves_in_place(documents, {}));
}

TEST_CASE("a value does not move to the neighbouring PE by itself", "[mapping][layout]") {
  Documents documents = product();
  documents.mapping.partitions = {};
  LoopNode leaf;
  leaf.einsums = located({"S", "R"});
  documents.mapping.nest = {leaf};
  for (const char* const index : {"m", "m - 1"}) {
    documents.cascade = tests::cascade_of(std::string("ranks: {E: 4, M: 8, P: 8}\n"
                                                      "declaration: {A: [E, M], B: [E, P]}\n"
                                                      "expressions: |\n"
                                                      "  S[m, p] = A[e, m] * B[e, p]\n"
                                                      "  R[m, p] = max(S[") +
                                          index + ", p], 0) where m > 0\n");
    place(documents.mapping, "S", {{"M"}, {"P"}, {"E"}});
    place(documents.mapping, "R", {{"M"}, {"P"}, {}});
    CHECK(moves_in_place(documents, {}) == (std::string(index) != "m"));
  }
}

TEST_CASE("a tensor in the registers of a unit lies alike for all that use it",
          "[mapping][layout]") {
  Documents documents = product();
  documents.cascade = tests::cascade_of(
      "ranks: {M: 4, P: 4}\ndeclaration: {A: [M, P]}\nexpressions: |\n"
      "  S[m, p] = max(A[m, p], 0)\n  R[m, p] = max(A[m, p], 1)\n");
  documents.mapping.partitions = {};
  LoopNode leaf;
  leaf.einsums = located({"S", "R"});
  Keep keep;
  keep.tensor = "A";
  keep.place = "array";
  leaf.keeps = {keep};
  documents.mapping.nest = {leaf};
  binding_of(documents.mapping, "S").dataflow = arch::Dataflow::kInPlace;
  for (const bool transposed : {false, true}) {
    place(documents.mapping, "S", {{"M"}, {"P"}, {}});
    place(documents.mapping, "R", {{transposed ? "P" : "M"}, {transposed ? "M" : "P"}, {}});
    CHECK(moves_in_place(documents, {}) == transposed);
  }
}

TEST_CASE("lanes that share a register file take each other's values", "[mapping][layout]") {
  Documents documents = product();
  documents.mapping.partitions = {};
  LoopNode leaf;
  leaf.einsums = located({"S", "R"});
  documents.mapping.nest = {leaf};
  place(documents.mapping, "S", {{}, {"M"}, {"P", "E"}});
  place(documents.mapping, "R", {{}, {"P"}, {"M"}});
  for (const bool shared : {false, true}) {
    documents.machine.units.front().registers.shared = shared;
    CHECK(moves_in_place(documents, {{"M", 8}, {"P", 8}}) == !shared);
  }
}
