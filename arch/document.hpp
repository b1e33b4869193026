#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/machine.hpp"
#include "base/schema.hpp"

/// A machine document as it is written, before its two halves are joined: what exists (features)
/// and how it is built (implementation). assemble.hpp makes a Machine of it.
namespace einfall::arch {

/// An operator as written: its own cycles, or what it is composed of.
struct OperatorFeature {
  Located<std::string> name;
  std::optional<std::int64_t> issue_cycles;
  std::optional<std::int64_t> latency;
  std::vector<std::pair<Located<std::string>, std::int64_t>> compose;
};

struct UnitFeature {
  Located<std::string> name;
  std::optional<Located<std::int64_t>> rows, columns, lanes;
  std::int64_t instances = 1;
  std::optional<base::Hertz> clock;
  std::optional<Located<std::string>> form_of;
  std::vector<Located<std::string>> dataflows;
  std::vector<OperatorFeature> operators;
  bool fused_multiply_add = false;
  std::optional<Located<std::int64_t>> registers;
  std::string source;
};

struct ColdFeature {
  base::Bytes bytes{0};
  base::BytesPerSecond bandwidth{1};
  std::string source;
};

struct MemoryFeature {
  Located<std::string> name;
  std::int64_t instances = 1;
  std::optional<ColdFeature> cold;
  std::optional<Located<base::Bytes>> capacity;
  Located<base::Bytes> row;
  std::optional<base::BytesPerSecond> bandwidth;
  std::optional<Located<std::string>> timing;  // path of a timing table
  std::string source;
};

struct TasksFeature {
  TaskCosts costs;
  std::string source;
};

struct Features {
  TasksFeature tasks;
  std::vector<UnitFeature> units;
  std::vector<MemoryFeature> memories;
  std::vector<Link> links;
  Numerics numerics;
  base::SourceSpan operand_span;  // of numerics
};

struct UnitImplementation {
  Located<std::string> name;
  std::vector<std::pair<Located<std::string>, Located<std::string>>> operators;  // to components
  std::optional<Located<std::string>> register_component;
  base::Bits register_width{16};
  bool shared_registers = false;
  std::int64_t hop_latency = 1;
  std::vector<AreaItem> pe_area, unit_area;
  std::string source;
};

struct Ports {
  std::int64_t read = 0, write = 0, shared = 0;
};
struct MemoryImplementation {
  Located<std::string> name;
  std::optional<Located<std::string>> component;
  Located<std::int64_t> banks{1, {}};
  Ports ports;
  base::Cycles latency{0};
  std::string source;
};

struct Implementation {
  std::vector<UnitImplementation> units;
  std::vector<MemoryImplementation> memories;
};

struct MachineDocument {
  Located<std::string> name;
  std::string doc;
  std::string source;
  base::Hertz clock{1};
  Located<base::Bytes> word{base::Bytes(2), {}};
  std::vector<Located<std::string>> tables;
  Features features;
  Implementation implementation;
  std::string no_energy;
};

[[nodiscard]] base::Schema<MachineDocument> machine_schema();

/// A file of energy and area rows.
struct TableDocument {
  std::string name, doc;
  Tables rows;
};
[[nodiscard]] base::Schema<TableDocument> table_schema();

/// Every schema of this folder, for the reference page.
[[nodiscard]] std::vector<base::SchemaTable> schema_tables();

}  // namespace einfall::arch
