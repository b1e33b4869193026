#include "arch/machine.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "arch/assemble.hpp"
#include "arch/error_codes.hpp"
#include "tests/support/scratch.hpp"

using namespace einfall;
using namespace einfall::arch;

namespace {

const std::string kSpecs = EINFALL_SOURCE_DIR "/arch/specs/";

Machine load(const std::string& name) {
  base::Result<Machine> machine = load_machine(kSpecs + name + ".yaml");
  if (!machine) FAIL(base::render(machine.error()));
  return *std::move(machine);
}

// With the register files that the published areas have: quirk b2 of the study.
Machine load_published(const std::string& name) {
  Machine machine = load(name);
  for (ComputeUnit& unit : machine.units)
    unit.registers.component = register_component("rf-{entries}", unit.registers.entries);
  return machine;
}

double mm2(const std::vector<AreaPart>& parts, const std::string& part) {
  for (const AreaPart& p : parts)
    if (p.part == part) return p.mm2;
  FAIL("no part " << part);
  return 0;
}

double total_mm2(const Machine& machine) {
  const auto parts = area(machine);
  if (!parts) FAIL(base::render(parts.error()));
  double sum = 0;
  for (const AreaPart& part : *parts) sum += part.mm2;
  return sum;
}

}  // namespace

TEST_CASE("every machine of the project loads and carries its file's name", "[machine]") {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSpecs)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string name = entry.path().stem().string();
    INFO(name);
    CHECK(load(name).name == name);
    ++seen;
  }
  CHECK(seen >= 20);
}

TEST_CASE("the cloud machine of FuseMax has the published parameters", "[machine]") {
  const Machine machine = load("fusemax-cloud");
  const ComputeUnit* array = machine.find_unit("array2d");
  const ComputeUnit* lanes = machine.find_unit("array1d");
  REQUIRE(array != nullptr);
  REQUIRE(lanes != nullptr);
  CHECK(array->kind == UnitKind::kSpatialArray);
  CHECK(array->lanes() == 65536);
  CHECK(lanes->kind == UnitKind::kVector);
  CHECK(lanes->lanes() == 256);
  CHECK(array->find("exp")->issue_cycles == 6);
  CHECK(array->find("exp")->latency == 6);
  CHECK(array->find("exp")->primitives ==
        std::vector<std::pair<std::string, std::int64_t>>{{"mac", 6}});
  CHECK(array->find("sub")->issue_cycles == 1);
  CHECK(array->find("div") == nullptr);
  CHECK(lanes->find("div")->component == "divider");
  CHECK(lanes->registers.shared);
  CHECK(array->registers.component == "rf-scaled-12");
  CHECK(machine.memories.front().name == "dram");
  CHECK(machine.memories.front().bandwidth->value() == 400 * (std::int64_t{1} << 30));
  CHECK_FALSE(machine.memories.front().capacity.has_value());
  const Memory* buffer = machine.find_memory("buffer");
  CHECK(buffer->capacity->value.value() == 16 << 20);
  CHECK(buffer->component == "sram-16MiB-512B");
  CHECK(machine.tables.find(buffer->component, "read")->energy.value() == Approx(12512.76));
  CHECK(machine.tables.find(buffer->component, "read")->bits_per_action == 4096);
  CHECK(machine.word.value() == 2);
  // Rates stay exact.
  CHECK(base::bytes_per_cycle(*machine.memories.front().bandwidth, machine.clock) ==
        base::Rational(67108864, 146875));
}

TEST_CASE("a machine that extends another takes entries away and replaces others", "[machine]") {
  const Machine machine = load("flat-cloud");
  const ComputeUnit* array = machine.find_unit("array2d");
  CHECK(array->find("max") == nullptr);
  CHECK(array->find("exp") == nullptr);
  CHECK_FALSE(array->supports(Dataflow::kColumnReduce));
  CHECK(array->registers.entries == 4);
  const Operator* exp = machine.find_unit("array1d")->find("exp");
  CHECK(exp->issue_cycles == 1);
  CHECK(exp->latency == 6);
  CHECK(exp->primitives.empty());
  CHECK(machine.find_memory("buffer")->component == "sram-32MiB-512B");
  CHECK(load("fusemax-cloud-2port").find_memory("buffer")->shared_ports == 2);
}

TEST_CASE("a chain of documents is followed to the 9th, and circles are named", "[machine]") {
  const tests::Scratch scratch;
  const auto link = [&](int i, const std::string& next) {
    return scratch.write(std::to_string(i) + ".yaml",
                         "einfall: 1\nmachine: m\nextends: " + next + "\n");
  };
  for (int i = 1; i < 10; ++i) (void)link(i, std::to_string(i + 1) + ".yaml");
  (void)link(10, EINFALL_SOURCE_DIR "/arch/specs/fusemax-cloud.yaml");
  CHECK(load_machine(scratch.path("3.yaml")));  // 3 to 10, and the last
  const auto longer = load_machine(scratch.path("2.yaml"));
  REQUIRE_FALSE(longer);
  CHECK(longer.error().front().message == "more than 8 documents extend each other");
  // Neither the document that leads into a circle nor what is typed for it is part of its name.
  (void)link(3, "2.yaml");
  const auto circle = load_machine(scratch.path("./1.yaml"));
  REQUIRE_FALSE(circle);
  const std::string two = scratch.path("2.yaml"), three = scratch.path("3.yaml");
  CHECK(circle.error().front().message ==
        "documents extend each other in a circle: " + two + " -> " + three + " -> " + two);
  CHECK(circle.error().front().span.text() == three + ":3:10");
  REQUIRE(circle.error().front().notes.size() == 1);
  CHECK(circle.error().front().notes.front().span.text() == two + ":3:10");
}

TEST_CASE("no registers is the default, and may be written", "[machine]") {
  const auto path = std::filesystem::temp_directory_path() / "einfall-no-registers.yaml";
  std::ofstream(path) << "einfall: 1\nmachine: bare\nextends: " EINFALL_SOURCE_DIR
                         "/arch/specs/fusemax-cloud.yaml\n"
                         "features: {units: {array1d: {registers: 0, source: a test}}}\n"
                         "implementation: {units: {array1d: {registers: ~, source: a test}}}\n";
  const auto machine = load_machine(path.string());
  if (!machine) FAIL(base::render(machine.error()));
  CHECK(machine->find_unit("array1d")->registers.entries == 0);
  CHECK(machine->find_unit("array1d")->registers.component.empty());
}

TEST_CASE("areas add up to the published ones", "[machine]") {
  const auto fusemax = area(load_published("fusemax-cloud"));
  REQUIRE(fusemax);
  CHECK(mm2(*fusemax, "array2d") == Approx(1207.95).margin(0.005));
  CHECK(mm2(*fusemax, "array1d") == Approx(10.80).margin(0.005));
  CHECK(mm2(*fusemax, "buffer") == Approx(84.20).margin(0.005));
  const auto flat = area(load_published("flat-cloud"));
  REQUIRE(flat);
  CHECK(mm2(*flat, "array2d") == Approx(1203.20).margin(0.005));
  CHECK(mm2(*flat, "array1d") == Approx(12.91).margin(0.005));
  CHECK(total_mm2(load_published("fusemax-cloud")) == Approx(1302.95).margin(0.01));
  CHECK(total_mm2(load_published("flat-cloud")) == Approx(1391.8).margin(0.05));
}

TEST_CASE("areas of the sweep's machines are the published ones to the printed digit",
          "[machine]") {
  struct Point {
    const char* name;
    double cm2;
  };
  const Point points[] = {{"16", 0.05441},       {"32", 0.20316},        {"64", 0.78370},
                          {"128", 3.07908},      {"256", 12.20894},      {"512", 48.85081},
                          {"16-e128", 0.05491},  {"32-e128", 0.20422},   {"64-e128", 0.78539},
                          {"128-e128", 3.08047}, {"256-e128", 12.20785}, {"512-e128", 48.76056}};
  for (const Point& point : points) {
    INFO(point.name);
    const double cm2 = total_mm2(load_published(std::string("fusemax-sweep-") + point.name)) / 100;
    CHECK(cm2 == Approx(point.cm2).margin(5.1e-6).epsilon(0));
  }
}

TEST_CASE("a capacity can be set only where there is one", "[machine]") {
  const Machine machine = load("fusemax-sweep-256");
  const auto larger = with_capacity(machine, "buffer", base::Bytes(512 << 10));
  REQUIRE(larger);
  CHECK(larger->find_memory("buffer")->component == "sram-512KiB-512B");
  CHECK(area(*larger).has_value());

  const auto check = [&](const char* memory, std::int64_t bytes, const char* code) {
    const auto result = with_capacity(machine, memory, base::Bytes(bytes));
    REQUIRE_FALSE(result);
    CHECK(result.error().front().code == code);
  };
  check("dram", 1 << 20, "E711");
  check("cache", 1 << 20, "E711");
  check("buffer", 1000, "E714");
  // A size without a row of the tables: unknown area, said so.
  const auto odd = with_capacity(machine, "buffer", base::Bytes(8 << 20));
  REQUIRE(odd);
  REQUIRE_FALSE(area(*odd));
  CHECK(area(*odd).error().front().code == "E705");
  // Where the energy must be known, so must that of the new size.
  const auto unknown = with_capacity(load("fusemax-cloud"), "buffer", base::Bytes(8 << 20));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().front().code == "E704");
}

TEST_CASE("the tables of error codes and keys of machines are complete", "[machine]") {
  CHECK(error_codes().size() == 21);
  for (const base::SchemaTable& table : schema_tables())
    for (const base::SchemaRow& row : table.rows) {
      INFO(table.name << " " << row.key);
      CHECK_FALSE(row.doc.empty());
      CHECK_FALSE(row.type.empty());
    }
}
