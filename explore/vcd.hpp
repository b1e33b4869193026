#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explore/recording.hpp"
#include "explore/simulation.hpp"

namespace einfall::explore {

/// A value change dump (IEEE 1364) of wires and vectors of up to 64 bits that are unknown until
/// their first change. One cycle is one nanosecond.
class VcdWriter {
 public:
  /// `scope`: the module around it; signals of one scope must be declared one after another.
  std::size_t add(const std::string& scope, const std::string& name, unsigned bits);
  /// A remark in the head of the file.
  void comment(const std::string& text) { comments_.push_back(text); }
  /// Of several changes of one signal in one cycle the last one counts.
  void change(std::size_t signal, std::int64_t time, std::uint64_t value);
  /// From here on nothing is known any more.
  void unknown_from(std::int64_t time) { unknown_ = time; }

  [[nodiscard]] std::string text() const;

 private:
  struct Signal {
    std::string scope, name;
    unsigned bits = 1;
  };
  struct Change {
    std::int64_t time = 0;
    std::size_t signal = 0;
    std::uint64_t value = 0;
  };
  std::vector<Signal> signals_;
  std::vector<Change> changes_;
  std::vector<std::string> comments_;
  std::int64_t unknown_ = -1;
};

/// The recorded part of a run: of each engine `busy`, `waiting` (0 no, else the number of the kind
/// of stall as a comment lists them; in every cycle one of the two) and `operation` (number of the
/// last one begun, as listed); of the pins and of the ports of each memory `busy`: a piece passes,
/// or an operation that reads or writes there is under way; and there for each engine that uses
/// them `valid`, it asks, and `ready`, nobody else keeps it from going on: where it is valid and
/// not ready it is held up. After the last recorded visit of a recording that is full everything is
/// unknown.
[[nodiscard]] std::string vcd_text(const Simulated& simulated, const Recording& recording);

}  // namespace einfall::explore
