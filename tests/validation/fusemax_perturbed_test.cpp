#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "explore/costing.hpp"

namespace einfall::explore {
namespace {

const std::string kRoot = EINFALL_SOURCE_DIR;

// A scenario of the binding written for one test, with other sizes, machine and assumptions.
Costed costed(const std::string& name, const std::string& sizes, const std::string& machine,
              const std::string& assume, const std::string& mapping = "binding") {
  const std::string folder = EINFALL_BINARY_DIR;
  const std::string file = folder + "/perturbed_" + name + ".yaml";
  const std::string machine_file = folder + "/perturbed_" + name + "_machine.yaml";
  std::ofstream(machine_file) << "einfall: 1\nmachine: perturbed\nextends: " << kRoot
                              << "/arch/specs/fusemax-cloud.yaml\n"
                              << machine;
  std::ofstream(file) << "einfall: 1\nscenario: perturbed\ncascade: " << kRoot
                      << "/workloads/cascades/attn_1pass.yaml\nsizes: {" << sizes
                      << "}\nmachine: " << machine_file << "\nmapping: " << kRoot
                      << "/mappings/library/" << mapping << ".yaml\nassume: {fill_and_drain: false"
                      << assume << "}\n";
  Documents documents;
  auto result = cost_scenario(file, {}, documents);
  if (!result) FAIL(base::render(result.error()));
  return std::move(*result);
}

// Cycles of the binding with any sizes: phases of sums of issue cycles.
double cycles(double n, double length, double e, double f, double side, double exp) {
  const double m1 = length / side;
  const double tiles = n * length / side;
  const double first = std::max((e + 1) * m1, (1 + f) * m1 + f);
  return tiles * (first + m1 + (exp + 2) * m1 + f * m1);
}

TEST_CASE("keys and values of different width: the longer side of the first phase decides",
          "[fusemax]") {
  const std::string sizes = "B: '1', H: '2', M: 8K, P: 8K, ";
  for (const auto& [e, f] : {std::pair{64.0, 96.0}, {192.0, 64.0}, {64.0, 256.0}}) {
    const std::string name = std::to_string(int(e)) + "_" + std::to_string(int(f));
    const Costed run =
        costed("ef" + name,
               sizes + "E: '" + std::to_string(int(e)) + "', F: '" + std::to_string(int(f)) + "'",
               "", ", unlimited_ports: true");
    CHECK(run.cost.cycles.value() == cycles(2, 8192, e, f, 256, 6));
  }
}

TEST_CASE("an array of 192 x 192", "[fusemax]") {
  const Costed run = costed("side192", "B: '1', H: '3', M: 12K, P: 12K, E: '64', F: '64'",
                            "features: {units: {array2d: {rows: 192, columns: 192, source: test}, "
                            "array1d: {lanes: 192, source: test}}}\n",
                            ", unlimited_ports: true");
  CHECK(run.cost.cycles.value() == cycles(3, 12288, 64, 64, 192, 6));
  CHECK(run.cost.units[1].utilization == 1.0);
}

TEST_CASE("an exponential of nine multiply-adds", "[fusemax]") {
  const Costed run =
      costed("exp9", "B: '1', H: '1', M: 4K, P: 4K, E: '64', F: '64'",
             "features: {units: {array2d: {operators: {exp: {compose: {mac: 9}}}, source: test}, "
             "array1d: {operators: {exp: {compose: {mac: 9}}}, source: test}}}\n",
             ", unlimited_ports: true");
  CHECK(run.cost.cycles.value() == cycles(1, 4096, 64, 64, 256, 9));
  double macs = 0;
  for (const mappings::EnergyPart& part : run.cost.energy)
    if (part.kind == mappings::EnergyKind::kOperator) macs += part.energy();
  const double scores = 4096.0 * 4096, updates = 4096.0 * 16;
  const double expected = 17.1645 * (scores * (64 + 64 + 9) + updates * (10 + 64)) +
                          8.3395 * (2 * scores + updates * (2 + 64)) +
                          0.028036 * (scores + updates) + 36.251153 * 4096 * 64;
  CHECK(std::abs(macs / expected - 1) < 1e-12);
}

TEST_CASE("half of the buffer: smaller blocks read keys and values more often", "[fusemax]") {
  const Costed run = costed("half", "B: '1', H: '2', M: 128K, P: 128K, E: '64', F: '64'", "",
                            ", unlimited_ports: true, sizing_capacity: {buffer: 8 MiB}");
  const double tiles = 512, per_query = 2 * (64 + 64 + 2);
  double p1 = std::floor((8.0 * 1024 * 1024 - 512 * 128) / (256 * per_query));
  while (std::fmod(tiles, p1) != 0) --p1;
  const double length = 131072;
  CHECK(run.dram_bytes == 2 * 2 * (length * 128 + tiles / p1 * length * 128));
}

TEST_CASE("a buffer with two ports holds the phases up that move the most rows", "[fusemax]") {
  const double length = 4096, m1 = 16, tiles = 16, e = 64, f = 64;
  const Costed run =
      costed("ports2", "B: '1', H: '1', M: 4K, P: 4K, E: '64', F: '64'",
             "implementation: {memories: {buffer: {ports: {shared: 2}, source: t}}}\n", "");
  const double x = tiles * m1;
  const double rows_1 = x * (2 * e + 1 + f) + tiles * (f + 1) + 2 * length * e / 256;
  const double rows_4 = x * 2 * f + length * f / 256;
  const double phase_1 = std::max(std::ceil(rows_1 / 2), x * (1 + f) + tiles * f);
  const double phase_4 = std::max(std::ceil(rows_4 / 2), x * f);
  CHECK(run.cost.cycles.value() == phase_1 + x + 8 * x + phase_4);
  CHECK(run.cost.cycles.value() > cycles(1, 4096, 64, 64, 256, 6));
}

TEST_CASE("merged multiply-adds leave the array as the bound of the pipeline", "[fusemax]") {
  const Costed run =
      costed("fused", "B: '1', H: '1', M: 4K, P: 4K, E: '64', F: '64'",
             "features: {units: {array1d: {fused_multiply_add: true, source: test}}}\n", "",
             "binding-pipelined");
  REQUIRE(run.cost.pipeline);
  const auto& table = run.cost.pipeline->timetable;
  CHECK(table.bounds.resource[0] == 64 + 1 + 7 + 1 + 64);
  CHECK(table.bounds.resource[1] == 1 + 7 + 1 + 64);
  CHECK(table.interval == 137);
}

TEST_CASE("two ports lengthen the interval of the pipeline to what its rows need", "[fusemax]") {
  const Costed run =
      costed("pipeline2", "B: '1', H: '1', M: 4K, P: 4K, E: '64', F: '64'",
             "implementation: {memories: {buffer: {ports: {shared: 2}, source: t}}}\n", "",
             "binding-pipelined");
  REQUIRE(run.cost.pipeline);
  // Rows an epoch: operands Q, K, V, RNV, RM, RD in, RNV, RM, RD out; a share of the division, of
  // Q's, K's and V's arrival.
  const double rows = (64 + 64 + 64 + 64 + 2) + (64 + 2) + 65.0 / 16 + 64.0 / 16 + 128.0 / 16;
  CHECK(static_cast<double>(run.cost.pipeline->interval()) == std::ceil(rows / 2));
  CHECK(run.cost.pipeline->timetable.interval == 138);
  // 256 epochs of one run.
  CHECK(static_cast<double>(run.cost.pipeline->cycles) >= 256 * rows / 2);
}

TEST_CASE("a cascade, a machine and a mapping never seen before go through", "[fusemax]") {
  const std::string folder = EINFALL_BINARY_DIR;
  std::ofstream(folder + "/unseen_cascade.yaml")
      << "einfall: 1\nname: unseen\nranks: {G: 6, R: 40}\ndeclaration: {A: [G, R], W: [R]}\n"
         "expressions: |\n  X[g] = sum[r](A[g, r] * W[r])\n  Y[g] = X[g] / (X[g] + 1)\n"
         "outputs: [Y]\n";
  std::ofstream(folder + "/unseen_machine.yaml")
      << "einfall: 1\nmachine: unseen\nsource: test\nclock: 1 GHz\nword: 32 bit\nno_energy: made "
         "up\n"
         "features:\n  units:\n    simd:\n      lanes: 4\n      operators: {mac: {issue: 2}, add: "
         "{}, div: {issue: 5}}\n      source: test\n  memories:\n    main: {row: 4 B, bandwidth: 1 "
         "GB/s, source: test}\nimplementation:\n  units:\n    simd: {operators: {mac: m, add: a, "
         "div: d}, source: test}\n  memories:\n    main: {component: ram, source: test}\n";
  std::ofstream(folder + "/unseen_mapping.yaml")
      << "einfall: 1\nmapping: unseen\npartition: {G: [G1, G0: simd.lanes]}\nnest:\n  - loops: "
         "[G1]\n    einsums: [X, Y]\nbind:\n  X: {unit: simd, lanes: G0, time: R}\n  Y: {unit: "
         "simd, lanes: G0}\nschedule: {kind: sequential}\n";
  std::ofstream(folder + "/unseen.yaml")
      << "einfall: 1\nscenario: unseen\ncascade: unseen_cascade.yaml\nmachine: "
         "unseen_machine.yaml\nmapping: unseen_mapping.yaml\nassume: {fill_and_drain: false}\n";
  Documents documents;
  const auto run = cost_scenario(folder + "/unseen.yaml", {}, documents);
  if (!run) FAIL(base::render(run.error()));
  // Two tiles of 4 and 2 of the 6 rows; X: 40 multiply-adds of 2 cycles; Y: an add and a division.
  CHECK(run->cost.counts.steps[0].busy_cycles == 2 * 40 * 2);
  CHECK(run->cost.counts.steps[1].busy_cycles == 2 * (1 + 5));
  // A once, W once a tile, Y once, words of 4 B at one byte a cycle.
  CHECK(run->dram_bytes == 4 * (6 * 40 + 2 * 40 + 6));
  CHECK(run->cost.cycles.value() == 4 * (6 * 40 + 2 * 40) + std::max(4 * 6, 12));
}

}  // namespace
}  // namespace einfall::explore
