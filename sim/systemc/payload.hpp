#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <ostream>
#include <string>
#include <systemc>
#include <vector>

#include "sim/array/isa.hpp"
#include "sim/array/unit_spec.hpp"
#include "sim/buffer/buffer.hpp"
#include "sim/dma/descriptor.hpp"

/// What stands on the wires between modules. A signal drops what it takes for no change, so that
/// values are compared by their bits: 0 and -0 are two, and a NaN is itself.
namespace einfall::sim {

inline bool same_bits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}
inline bool same_bits(const Word& a, const Word& b) {
  return a.valid == b.valid && same_bits(a.value, b.value);
}
inline bool same_bits(std::int64_t a, std::int64_t b) { return a == b; }
inline bool same_bits(const Instruction& a, const Instruction& b) { return a == b; }
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return same_bits(x, y); });
}
inline bool same_bits(const RowRequest& a, const RowRequest& b) {
  return a.write == b.write && a.row == b.row && same_bits(a.words, b.words);
}
inline bool same_bits(const RowArrival& a, const RowArrival& b) {
  return a.requester == b.requester && a.row == b.row && same_bits(a.words, b.words);
}
inline bool same_bits(const Descriptor& a, const Descriptor& b) {
  return a.from == b.from && a.to == b.to && a.rows == b.rows && a.order == b.order;
}
inline bool same_bits(const PinRow& a, const PinRow& b) {
  return a.row == b.row && a.order == b.order && a.write == b.write && same_bits(a.words, b.words);
}

/// The items of a cycle, the oldest first.
template <class T>
struct Beat {
  std::vector<T> items;

  bool operator==(const Beat& other) const {
    return std::equal(items.begin(), items.end(), other.items.begin(), other.items.end(),
                      [](const T& a, const T& b) { return same_bits(a, b); });
  }
};

// Signals can be printed and traced. Items have no wires of their own in a waveform; how many are
// offered and taken does.
template <class T>
std::ostream& operator<<(std::ostream& out, const Beat<T>& beat) {
  return out << beat.items.size() << " items";
}
template <class T>
void sc_trace(sc_core::sc_trace_file*, const Beat<T>&, const std::string&) {}

}  // namespace einfall::sim
