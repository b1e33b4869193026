#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/array/programs.hpp"
#include "sim/array/wavefront.hpp"
#include "sim/buffer/buffer.hpp"
#include "sim/dma/dram_pins.hpp"
#include "sim/dma/load_engine.hpp"
#include "sim/dma/memory_channel.hpp"
#include "sim/dma/store_engine.hpp"
#include "sim/sequencer/sequencer.hpp"
#include "sim/stream/row_reader.hpp"
#include "sim/vector/lanes.hpp"

/// A whole machine of modules, word by word: the outermost memory, two load engines and a store
/// engine that share its pins, the buffer, a reader and a path to each edge, the spatial array, the
/// vector array, a writer back to the buffer, and the sequencers of both arrays. What it runs is a
/// program; this header does not show SystemC.
///
///   memory -> load engine \            / reader -> path -> left edge \            up
///       ^ `-> load engine  >- buffer -<  reader -> path -> top edge   >- array <----- lanes
///       '---- store engine <    ^      \ reader -> path -> ------------------foot--->  |
///                               '-------------------- writer <-------------------------'
namespace einfall::sim {

/// The edges and load engines by what a program feeds them with.
enum Stream : std::size_t { kLeftStream, kTopStream, kStreams };
/// Who shares the pins of the memory: the load engines by stream, and the store engine.
constexpr std::size_t kStoreEngine = kStreams, kEngines = kStreams + 1;

struct ArrayMachineSpec {
  ArraySpec array;
  LanesSpec lanes;
  BufferSpec buffer;   // `requesters` is set by the machine
  ChannelSpec memory;  // `row_words` is the buffer's
  /// The model of a DRAM that times the memory instead; null: by bandwidth. It must outlive the
  /// run.
  Dram* dram = nullptr;
  DramPinsSpec dram_rows;  // `row_words` is the buffer's
  std::array<LoadEngineSpec, kStreams> loads;
  StoreEngineSpec store;
  std::int64_t path_latency = 1;  // of the paths from the buffer; they are a row wide
  int reader_depth = 8;           // rows
  int writer_depth = 1;           // rows
  /// Cycles from when a piece counts as loaded to when operations that need it may start: time for
  /// readers to fetch its first rows.
  std::int64_t prefetch = 1;
};

/// The tokens of a program.
enum MachineToken : std::size_t {
  kLeftLoaded,  // pieces
  kTopLoaded,
  kArrayFree,  // operations that the issuer of the array may still be given
  kLanesFree,
  kMachineTokens
};

struct UnitProgram {
  Slots slots;
  std::vector<std::size_t> ends;  // by operation: last slot + 1
  /// By operation: when the sequencer starts it. Tokens are MachineToken, or kMachineTokens + n.
  std::vector<Visit> visits;
};

struct ArrayMachineProgram {
  UnitProgram array, lanes;
  std::vector<float> memory;                             // rows of the buffer's width
  std::array<std::vector<Descriptor>, kStreams> pieces;  // in the order in which they are loaded
  /// Rows of the buffer in the order in which instructions use them; `after` counts pieces of the
  /// same stream.
  std::array<std::vector<Fetch>, kStreams> edges;
  /// The same for the lanes' memory operand; `after` counts rows of `results`.
  std::vector<Fetch> memory_operands;
  /// Rows of the buffer that the lanes' results are written to, in order.
  std::vector<std::int64_t> results;
  /// Pieces that go back to the memory, in order, each when `after` rows of `results` have been
  /// written, and all that it reads with them. Their rows of the memory lie behind `memory`.
  struct Store {
    Descriptor piece;
    std::int64_t after = 0;
  };
  std::vector<Store> stores;
  /// Tokens that are there in the beginning, kMachineTokens and more.
  std::vector<std::int64_t> initial;
};

struct ArrayMachineRun {
  std::int64_t cycles = 0;  // until the last row was stored
  /// By operation: the cycle of its first instruction.
  std::vector<std::int64_t> array_began, lanes_began;
  std::int64_t last_issued = 0;  // cycle of the last instruction of either array
  std::array<std::int64_t, kSlots> array_slots{}, lanes_slots{};  // they add up to `cycles`
  Buffer::Counters buffer;
  int waiting_at_foot = 0;                 // most words in a lane
  std::vector<std::vector<float>> stored;  // rows of the memory, by the program's stores
  std::string problem;                     // of a run that went wrong: who, when and why
};

struct ArrayMachineOptions {
  std::string vcd;  // path of a waveform of all handshakes, ending in .vcd; empty: none
  /// A run in which nothing is issued or moved for so many cycles has ended badly.
  std::int64_t patience = 100'000;
};

[[nodiscard]] ArrayMachineRun run_machine(const ArrayMachineSpec& spec,
                                          const ArrayMachineProgram& program,
                                          const ArrayMachineOptions& options = {});

}  // namespace einfall::sim
