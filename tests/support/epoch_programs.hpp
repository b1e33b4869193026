#pragma once

#include <cstdint>
#include <vector>

#include "sim/array/programs.hpp"

/// FuseMax's epoch (MICRO 2024, section V) written by hand for an array of R x C PEs and C lanes:
/// tiles of R keys and C queries, of three ages in each epoch.
namespace einfall::tests {

struct EpochShape {
  int rows = 8, columns = 8;
  int depth = 8, values = 8;  // E and F
  int tiles = 3;              // M1, of each query block
  int blocks = 2;             // query blocks, one after another without a pause
  /// Epochs between a tile's scores and their exponentials: the maximum has to get down the column
  /// and back in the meantime.
  int distance = 2;
  bool narrow_scores = true;     // SLN is stored as bf16
  bool state_in_memory = false;  // RNV goes through a memory, else it stays in the lanes
  [[nodiscard]] int all_tiles() const { return tiles * blocks; }
};

/// On as many rows as columns.
[[nodiscard]] inline EpochShape square(int side, int depth, int values, int tiles,
                                       int blocks = EpochShape().blocks) {
  EpochShape shape;
  shape.rows = shape.columns = side;
  shape.depth = depth;
  shape.values = values;
  shape.tiles = tiles;
  shape.blocks = blocks;
  return shape;
}

/// An instruction and the rows it takes; -1: none.
struct Step {
  sim::Instruction instruction;
  int key = -1, value = -1;  // rows at the left: K[tile][e], V[tile][f] as tile*E + e
  int query = -1;            // row at the top: Q[block][e] as block*E + e
  int memory_in = -1, memory_out = -1;
  int epoch = -1;  // set on the first step of an epoch
};
using Steps = std::vector<Step>;

/// What the array does, in order.
[[nodiscard]] Steps array_steps(const EpochShape& shape);
[[nodiscard]] int array_registers(const EpochShape& shape);

/// What the lanes do, in the order in which words leave the foot. Rows of the memory: RNV[f] are
/// rows 0 to F - 1, AV[block][f] those behind.
[[nodiscard]] Steps lane_steps(const EpochShape& shape);
[[nodiscard]] int lane_registers(const EpochShape& shape);

}  // namespace einfall::tests
