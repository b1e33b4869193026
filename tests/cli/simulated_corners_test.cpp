#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// Small documents that the simulator once got wrong. A run ends with 0 only if its words and busy
// cycles are those of the analytic model and, with values, if whatever it makes is bit-equal to the
// evaluator's.
namespace einfall::tests {
namespace {

const std::string kMachine = EINFALL_SOURCE_DIR "/arch/specs/fusemax-4x4.yaml";

struct Corner {
  std::string cascade;  // a path, or the text behind its name
  std::string mapping;  // the text behind its name
  std::string sizes;
  std::string machine = kMachine;
};

std::string scenario(const Scratch& scratch, const Corner& corner) {
  const bool shipped = corner.cascade.front() == '/';
  if (!shipped) scratch.write("cascade.yaml", "einfall: 1\nname: corner\n" + corner.cascade);
  scratch.write("mapping.yaml", "einfall: 1\nmapping: corner\n" + corner.mapping);
  return scratch.write("scenario.yaml",
                       "einfall: 1\nscenario: corner\ncascade: " +
                           (shipped ? corner.cascade : std::string("cascade.yaml")) +
                           "\nmachine: " + corner.machine + "\nmapping: mapping.yaml\n" +
                           (corner.sizes.empty() ? "" : "sizes: " + corner.sizes + "\n"));
}

void check_runs(const Corner& corner) {
  const Scratch scratch;
  const std::string path = scenario(scratch, corner);
  const Ran skipped = einfall("simulate " + path + " --functional --json");
  INFO(skipped.err);
  CHECK(skipped.exit == 0);
  const Ran whole = einfall("simulate " + path + " --no-skip");
  INFO(whole.out << whole.err);
  CHECK(whole.exit == 0);
}

const std::string kOnePassBindings = R"(
  BQK: {unit: array2d, dataflow: output-stationary, rows: M0, columns: P0, time: E}
  LM: {unit: array2d, dataflow: column-reduce, rows: M0, columns: P0}
  RM: {unit: array1d, lanes: P0}
  SLN: {unit: array2d, dataflow: in-place, rows: M0, columns: P0}
  SLD: {unit: array2d, dataflow: column-reduce, rows: M0, columns: P0}
  SLNV: {unit: array2d, dataflow: weight-stationary, rows: M0, columns: P0, time: F}
  PRM: {unit: array1d, lanes: P0}
  RD: {unit: array1d, lanes: P0}
  RNV: {unit: array1d, lanes: P0, time: F}
  AV: {unit: array1d, lanes: P0, time: F}
)";

}  // namespace

TEST_CASE("a state that other Einsums read too leaves and comes back", "[simulate]") {
  check_runs({EINFALL_SOURCE_DIR "/workloads/cascades/attn_1pass.yaml",
              R"(
partition: {M: [M1, M0: array2d.rows], P: [P1, P0: 2]}
nest:
  - loops: [B, H]
    nest:
      - loops: [M1]
        keep: {buffer: [K, V]}
        nest:
          - loops: [P1]
            keep: {buffer: [Q, RM, RD, RNV]}
            einsums: [BQK, LM, RM, SLN, SLD, SLNV, PRM, SPD, RD, SPNV, RNV]
      - loops: [P1]
        einsums: [AV]
bind:)" + kOnePassBindings +
                  R"(
  SPD: {unit: array1d, lanes: P0}
  SPNV: {unit: array1d, lanes: P0, time: F}
absorb: {QS: {into: Q, why: a test}}
schedule: {kind: sequential}
)",
              "{B: 1, H: 1, E: 1, F: 1, P: 4, M: 9}"});
}

TEST_CASE("a piece that a window leaves nothing of waits for its room like the others",
          "[simulate]") {
  for (const std::string sizes : {"{B: 1, H: 1, E: 2, F: 2, P: 15, M: 3, W: 10}",
                                  "{B: 1, H: 1, E: 2, F: 2, P: 18, M: 3, W: 10}"})
    check_runs({EINFALL_SOURCE_DIR "/workloads/cascades/attn_1pass_window.yaml",
                R"(
partition: {M: [M1, M0: 4], P: [P2, P1: 3, P0: 3]}
nest:
  - loops: [B, H, P2]
    keep: {buffer: [Q, RM, RD, RNV]}
    nest:
      - loops: [M1]
        keep: {buffer: [K, V]}
        nest:
          - loops: [P1]
            einsums: [BQK, LM, RM, SLN, SLD, SLNV, PRM, RD, RNV]
      - loops: [P1]
        einsums: [AV]
bind:)" + kOnePassBindings +
                    R"(
absorb: {QS: {into: Q, why: a test}}
schedule: {kind: sequential}
)",
                sizes});
}

TEST_CASE("a kept result whose last block reaches beyond the tensor leaves short", "[simulate]") {
  check_runs({R"(ranks: {N: 33, N0: 4, N1: ceil(N / N0)}
declaration: {X: [N], Y: [N]}
expressions: |
  T[n1, n0] = max(X[n1*N0 + n0], 0)
  Y[n1*N0 + n0] = max(T[n1, n0], 1)
outputs: [Y]
)",
              R"(nest:
  - loops: [N1]
    keep: {buffer: [X, Y]}
    einsums: [T, Y]
bind:
  T: {unit: array2d, dataflow: in-place, rows: N0}
  Y: {unit: array2d, dataflow: in-place, rows: N0}
schedule: {kind: sequential}
)",
              ""});
}

TEST_CASE("a slice behind a gather is cut where the tile of another index ends", "[simulate]") {
  check_runs({R"(ranks: {N: 4, G: 2, K: 2, E: 4, M: 3, PG: 5}
types: {BT: index}
declaration: {X: [PG, K, E], BT: [M], Y: [N, M, E]}
expressions: |
  Y[n, m, e] = max(X[BT[m], n // G, e], 0)
outputs: [Y]
)",
              R"(partition: {N: [N1, N0: 3]}
nest:
  - loops: [N1]
    keep: {buffer: [X]}
    nest:
      - loops: [M]
        einsums: [Y]
bind:
  Y: {unit: array2d, dataflow: in-place, rows: N0, columns: E}
schedule: {kind: sequential}
)",
              ""});
}

TEST_CASE("two parts of a rank in time take the steps that the rank has", "[simulate]") {
  check_runs({R"(ranks: {I: 6, J: 4}
declaration: {A: [I, J]}
expressions: |
  S[i, j] = max(A[i, j], 0)
)",
              R"(partition: {I: [I2, I1: 2, I0: 2]}
nest:
  - loops: [J]
    einsums: [S]
bind:
  S: {unit: array1d, lanes: I0, time: [I2, I1]}
schedule: {kind: sequential}
)",
              ""});
}

TEST_CASE("a masked sum leaves and comes back before its first term", "[simulate]") {
  check_runs({R"(ranks: {I: 6, J: 6}
declaration: {A: [I, J], X: [J]}
expressions: |
  Y[i] = A[i, j] * X[j]   where i <= j
)",
              R"(partition: {I: [I1, I0: 3], J: [J1, J0: 2]}
nest:
  - loops: [J1]
    nest:
      - loops: [I1]
        keep: {buffer: [Y]}
        einsums: [Y]
bind:
  Y: {unit: array1d, lanes: I0, time: J0}
schedule: {kind: sequential}
)",
              ""});
}

TEST_CASE("what another leaf sums up is read when the sum is complete", "[simulate]") {
  check_runs({R"(ranks: {N: 2, I: 8, J: 4}
batch: [N]
declaration: {R: [I, J]}
expressions: |
  T[i] = R[i, j]
  U[i, j] = R[i, j] - T[i]
)",
              R"(partition: {I: [I1, I0: 4], J: [J1, J0: 2]}
nest:
  - loops: [N]
    nest:
      - loops: [J1]
        einsums: [T]
      - loops: [J1]
        einsums: [U]
bind:
  T: {unit: array1d, lanes: I0, time: [I1, J0]}
  U: {unit: array2d, dataflow: in-place, rows: I0, columns: J0, time: I1}
schedule: {kind: phased, sections: [[[T]], [[U]]]}
)",
              ""});
}

TEST_CASE("slots hold where the last block of queries is shorter than the others", "[simulate]") {
  const std::string root = EINFALL_SOURCE_DIR;
  for (const char* name :
       {"binding", "binding-pipelined", "binding-chained", "binding-interleaved"}) {
    INFO(name);
    std::ostringstream text;
    text << std::ifstream(root + "/mappings/library/" + name + ".yaml").rdbuf();
    std::string mapping = text.str();
    const std::string found = "P1: auto";
    REQUIRE(mapping.find(found) != std::string::npos);
    mapping.replace(mapping.find(found), found.size(), "P1: 8");
    mapping.erase(mapping.find("example:"));
    const Scratch scratch;
    scratch.write("mapping.yaml", mapping);
    const std::string path =
        scratch.write("scenario.yaml", "einfall: 1\nscenario: corner\ncascade: " + root +
                                           "/workloads/cascades/attn_1pass.yaml\nmachine: " + root +
                                           "/arch/specs/fusemax-cloud.yaml\nmapping: mapping.yaml\n"
                                           "sizes: {B: 1, H: 2, E: 64, F: 64, M: 2304, P: 2304}\n");
    const Ran ran = einfall("simulate " + path);
    CHECK(ran.exit == 0);
    CHECK(ran.err == "");
  }
}

TEST_CASE("a piece that overlaps the one before is there as far as that one brought it",
          "[simulate]") {
  const std::string root = EINFALL_SOURCE_DIR;
  const Scratch scratch;
  scratch.write("machine.yaml",
                "einfall: 1\nmachine: far\nextends: " + root +
                    "/arch/specs/fusemax-4x4.yaml\nsource: a test\nno_energy: a test\n"
                    "implementation: {memories: {dram: {component: dram, latency: 1000 cycles, "
                    "source: a test}}}\n");
  scratch.write("cascade.yaml", R"(einfall: 1
name: corner
ranks: {N: 8, G: 2, K: 4, E: 4}
declaration: {X: [K, E], Y: [N, E]}
expressions: |
  Y[n, e] = max(X[n // G, e], 0)
outputs: [Y]
)");
  scratch.write("mapping.yaml", R"(einfall: 1
mapping: corner
partition: {N: [N1, N0: 3]}
nest:
  - loops: [N1]
    einsums: [Y]
bind:
  Y: {unit: array2d, dataflow: in-place, rows: N0, columns: E}
schedule: {kind: sequential}
)");
  const std::string path =
      scratch.write("scenario.yaml",
                    "einfall: 1\nscenario: corner\ncascade: cascade.yaml\nmachine: machine.yaml\n"
                    "mapping: mapping.yaml\n");
  const Ran ran = einfall("simulate " + path + " --functional");
  INFO(ran.out);
  CHECK(ran.err == "");
  CHECK(ran.exit == 0);
}

// What a memory keeps has room for one slice, which the next one takes: slots and stages put the
// readers before.
TEST_CASE("a tail of a chained pipeline reads before short blocks take its room", "[simulate]") {
  for (const char* sizes :
       {"{B: 1, H: 2, E: 3, F: 4, P: 3, M: 10}", "{B: 1, H: 3, E: 2, F: 2, P: 9, M: 5}"}) {
    const Scratch scratch;
    scratch.write("deep.yaml", "einfall: 1\nmachine: deep\nextends: " + kMachine +
                                   "\nsource: a test\nfeatures:\n  units:\n    array1d: "
                                   "{operators: {mac: {issue: 1, latency: 12}}, source: a test}\n");
    const std::string path = scratch.write(
        "scenario.yaml", std::string("einfall: 1\nscenario: short\ncascade: " EINFALL_SOURCE_DIR
                                     "/workloads/cascades/attn_1pass.yaml\nmachine: deep.yaml\n"
                                     "mapping: " EINFALL_SOURCE_DIR
                                     "/mappings/library/binding-chained.yaml\nsizes: ") +
                             sizes + "\n");
    const Ran ran = einfall("simulate " + path + " --functional --json");
    INFO(ran.err);
    CHECK(ran.exit == 0);
  }
}

TEST_CASE("a chunk's gates are read before those of the next take their room", "[simulate]") {
  check_runs({EINFALL_SOURCE_DIR "/workloads/cascades/gla_chunk.yaml",
              R"(
nest:
  - loops: [B, H]
    keep: {buffer: [S]}
    nest:
      - loops: [C]
        keep: {buffer: [Q, K, V, LG]}
        einsums: [LG, KD, KV, A, OI, QD, OS, S, O]
bind:
  LG: {unit: array1d, lanes: D, time: L}
  KD: {unit: array2d, dataflow: in-place, rows: J, columns: D}
  KV: {unit: array2d, dataflow: weight-stationary, rows: J, columns: D, time: F, stationary: KD}
  S: {unit: array1d, lanes: [D, F]}
  A: {unit: array2d, dataflow: output-stationary, rows: J, columns: I, time: D}
  OI: {unit: array2d, dataflow: weight-stationary, rows: J, columns: I, time: F, stationary: A}
  QD: {unit: array2d, dataflow: in-place, rows: D, columns: I}
  OS: {unit: array2d, dataflow: weight-stationary, rows: D, columns: I, time: F, stationary: QD}
  O: {unit: array1d, lanes: I, time: F}
schedule: {kind: pipelined, over: [C], interval: auto}
)",
              "{B: 1, H: 1, F: 2, N: 12, D: 2, L: 2, J: 2}",
              EINFALL_SOURCE_DIR "/arch/specs/fusemax-cloud-operators.yaml"});
}

TEST_CASE("phases of different age keep the order of what passes through a memory", "[simulate]") {
  check_runs({R"(
ranks: {N: 1, I: 7, J: 6, K: 5}
declaration: {A: [I, K], B: [K, J]}
expressions: |
  S[i, j] = A[i, k] * B[k, j]
  R[i, j] = S[i, j] * S[i, j]
  T[j] = max[i](R[i, j])
  U[i, j] = R[i, j] * T[j]
batch: [N]
)",
              R"(
partition: {I: [I2, I1: 1, I0: 1], J: [J1, J0: 1]}
nest:
  - loops: [N, J1]
    keep: {buffer: [R, U]}
    nest:
      - keep: {buffer: [A]}
        einsums: [S, R, T, U]
bind:
  S: {unit: array2d, dataflow: output-stationary, rows: I0, columns: J0, time: [I2, I1, K]}
  R: {unit: array2d, dataflow: in-place, rows: I0, columns: J0, time: [I1, I2]}
  T: {unit: array1d, lanes: J0, time: [I1, I0, I2]}
  U: {unit: array2d, dataflow: in-place, rows: I0, columns: J0, time: [I2, I1]}
schedule:
  kind: phased
  phases_pipelined: true
  sections: [[[S], [R], [T], [U]]]
)",
              ""});
}

}  // namespace einfall::tests
