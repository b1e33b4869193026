#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arch/dram_timing.hpp"
#include "arch/numerics.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

/// A machine as a plain value: what exists (features) and how it is built (implementation). Nothing
/// here knows cascades or mappings.
namespace einfall::arch {

/// A value with the place in the document that says it.
template <class T>
struct Located {
  T value{};
  base::SourceSpan span;
};

// ---- Tables ------------------------------------------------------------------------------------

/// One row of an energy table: what one action of a component costs. For memories an action moves
/// `bits_per_action` bits (a row of 4096, a DRAM word of 64); for operators it is one operation.
struct EnergyRow {
  std::string component;
  std::string action;  // operators: the operator; memories and registers: read, write
  base::Picojoules energy;
  std::int64_t bits_per_action = 0;  // 0: not a data movement
  std::string node;                  // technology, "45 nm"
  std::string source;                // where the number comes from; never empty
  base::SourceSpan span;
};
struct AreaRow {
  std::string component;
  base::SquareMicrometres area;
  std::string node;
  std::string source;
  base::SourceSpan span;
};
struct Tables {
  std::vector<EnergyRow> energy;
  std::vector<AreaRow> area;
  [[nodiscard]] const EnergyRow* find(const std::string& component,
                                      const std::string& action) const;
  [[nodiscard]] const AreaRow* find_area(const std::string& component) const;
};

// ---- Compute units -----------------------------------------------------------------------------

enum class UnitKind { kSpatialArray, kVector };

enum class Dataflow {
  kOutputStationary,  // both operands stream, sums stay in the PE
  kWeightStationary,  // one operand stays, the other and the sums stream
  kInPlace,           // element-wise on values that stay in the PE
  kColumnReduce,      // a reduction down each column, results leave at the foot
  kVector             // lanes, one element each
};
[[nodiscard]] std::string_view name(Dataflow dataflow);  // "output-stationary"

/// One primitive operator, or one composed of others: exp = 6 mac. Composition is resolved by the
/// reader, so that `primitives` of a composed operator lists primitive operators only.
struct Operator {
  std::string name;
  std::int64_t issue_cycles = 1;  // per element and lane; of a composed one the sum of its parts
  std::int64_t latency = 1;       // from issue to result, in cycles
  std::string component;          // its row in the energy table; empty for a composed one
  std::vector<std::pair<std::string, std::int64_t>> primitives;  // composed only
  base::SourceSpan span;
  base::SourceSpan component_span;  // where its component is named
};

/// The registers next to a PE or lane.
struct RegisterFile {
  std::int64_t entries = 0;
  base::Bits width{16};
  /// One file for the whole unit (FuseMax's 1D array) instead of one beside each PE; the entries
  /// are then those of a lane all the same.
  bool shared = false;
  std::string component;  // in the energy (read, write) and area tables; "{entries}" is put in
  base::SourceSpan span;
};

/// `count` pieces of a component in each PE, or in the unit as a whole.
struct AreaItem {
  std::string component;
  std::int64_t count = 1;
  base::SourceSpan span;
};

struct ComputeUnit {
  std::string name;
  UnitKind kind = UnitKind::kVector;
  std::int64_t rows = 1;     // 1 for a vector unit
  std::int64_t columns = 1;  // its lanes for a vector unit
  std::int64_t instances = 1;
  /// Set where the unit issues at another rate than the machine's clock. Only tasks that a mapping
  /// dispatches are timed by it.
  std::optional<base::Hertz> clock;
  /// The unit whose hardware this is, in another form; itself no form of a third.
  std::optional<Located<std::string>> form_of;
  std::vector<Operator> operators;
  /// A multiply that only feeds an add, in two Einsums, is one mac.
  bool fused_multiply_add = false;
  std::vector<Dataflow> dataflows;
  RegisterFile registers;
  std::int64_t hop_latency = 1;  // PE to its neighbour, in cycles
  std::vector<AreaItem> pe_area;
  std::vector<AreaItem> unit_area;
  base::SourceSpan span;

  [[nodiscard]] std::int64_t lanes() const { return rows * columns; }
  [[nodiscard]] const Operator* find(const std::string& op) const;
  [[nodiscard]] bool supports(Dataflow dataflow) const;
};

// ---- Memories and links ------------------------------------------------------------------------

/// The first bytes of a run come at another rate than the rest.
struct ColdStart {
  base::Bytes bytes{0};
  base::BytesPerSecond bandwidth{1};
};

struct Memory {
  std::string name;
  /// One beside each instance of the units that have as many; capacity and ports are of each.
  std::int64_t instances = 1;
  /// Unset: large enough for anything (DRAM).
  std::optional<Located<base::Bytes>> capacity;
  base::Bytes row{0};  // what one access moves
  std::int64_t banks = 1;
  std::int64_t read_ports = 0;  // dedicated ports; 0 and shared_ports 0: not limited
  std::int64_t write_ports = 0;
  std::int64_t shared_ports = 0;  // ports that read or write
  /// Set for the off-chip memory: what its pins can move.
  std::optional<base::BytesPerSecond> bandwidth;
  std::optional<ColdStart> cold;  // of the outermost memory
  /// Set for DRAM that names a timing table: what a simulation by the bank uses instead of
  /// bandwidth and latency. Its peak need not be the bandwidth.
  std::shared_ptr<const DramTiming> timing;
  base::Cycles latency{0};
  /// As written, "sram-{capacity}-{row}", and with the values put in, "sram-16MiB-512B": the row of
  /// the tables (energy: read, write; area). with_capacity puts in another capacity.
  std::string component_pattern;
  std::string component;
  base::SourceSpan span;
};

/// A direct path between two parts (units or memories), `width` a cycle; 0: not limited.
struct Link {
  std::string from, to;
  base::Bytes width{0};
  base::Cycles latency{0};
  base::SourceSpan span;
};

/// What running tasks costs beside their work, where a mapping dispatches them.
struct TaskCosts {
  base::Cycles launch{0};  // once a run
  base::Cycles start{0};   // once a task, on its instance
};

struct Machine {
  std::string name;
  std::string doc;
  base::Hertz clock{1};
  base::Bytes word{2};  // width of an operand unless the scenario types it
  std::vector<ComputeUnit> units;
  std::vector<Memory> memories;  // outermost (DRAM) first
  std::vector<Link> links;
  TaskCosts tasks;
  Tables tables;
  /// Why this machine's energy is not known; empty where every action has its row.
  std::string no_energy;
  Numerics numerics;
  std::shared_ptr<const base::SourceFile> file;

  [[nodiscard]] const ComputeUnit* find_unit(const std::string& name) const;
  /// The unit that stands for the hardware of this one: itself, or the one it is a form of.
  [[nodiscard]] std::size_t hardware_of(std::size_t unit) const;
  [[nodiscard]] const Memory* find_memory(const std::string& name) const;
};

/// Reads a machine document and the tables it names (paths relative to it). All errors at once.
[[nodiscard]] base::Result<Machine> load_machine(const std::string& path);

/// Reads one table document.
[[nodiscard]] base::Result<Tables> load_tables(const std::string& path);

/// The same machine with another capacity of one memory: sweeps and the mapper vary it so.
/// Errors: E711 no such memory or it has no capacity, E704 no row of the tables for the new size.
[[nodiscard]] base::Result<Machine> with_capacity(const Machine& machine, const std::string& memory,
                                                  base::Bytes capacity);

/// Area of every part: name, mm2, and what it is made of. Error E705 if a component has no row.
struct AreaPart {
  std::string part;
  double mm2 = 0;
};
[[nodiscard]] base::Result<std::vector<AreaPart>> area(const Machine& machine);

}  // namespace einfall::arch
