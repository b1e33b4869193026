#pragma once

#include <cstdint>
#include <vector>

namespace einfall::sim {

/// A piece of data to be moved by an engine: rows one after another at both ends. A load's `from`
/// are rows of the memory and its `to` rows of the buffer, a store's the other way round.
struct Descriptor {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t rows = 1;
  /// Its place in the order of the nest: of what several engines ask of the pins, the lower passes
  /// first.
  std::int64_t order = 0;
};

/// A row that an engine asks the pins of the outermost memory for.
struct PinRow {
  std::int64_t row = 0;        // of the memory
  std::int64_t order = 0;      // of its piece
  bool write = false;          // else read
  std::vector<float> words{};  // of a write
};

}  // namespace einfall::sim
