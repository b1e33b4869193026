#pragma once

#include <cstdint>
#include <vector>

#include "mappings/program/program.hpp"

namespace einfall::sim {

/// The ports of the memories on the chip. Rows are read and written whole. An operation asks for
/// its rows evenly while it issues; those that began before it keep their pace, so that it goes as
/// fast as what they leave of the ports. What fills less than a row waits for the next piece of the
/// same flow.
class Ports {
 public:
  explicit Ports(const mappings::Program& program);

  /// The rows of `words` of a flow, at both its ends, beside `issue` cycles of work: the cycle in
  /// which the last of them has passed, `now + issue` where nothing holds them up.
  std::int64_t pass(std::size_t flow, std::int64_t words, std::int64_t issue, std::int64_t now);

  /// All that matters for what passes later, relative to now.
  void append_state(std::int64_t now, std::vector<mappings::Wide>& state) const;
  /// Time goes on by so many cycles without anything happening.
  void shift(std::int64_t cycles);

 private:
  /// Paces are rows a cycle in units of 2^-24, rounded down: a port may seem free by less than a
  /// row in ten million cycles.
  struct Stream {
    std::int64_t end = 0;
    std::int64_t pace = 0;
  };
  struct Server {
    std::int64_t rows = 0;        // a cycle; 0: not limited
    std::vector<Stream> streams;  // by end
    std::int64_t pass(std::int64_t count, std::int64_t issue, std::int64_t now);
  };
  struct Memory {
    std::int64_t row_bits = 0;
    Server read, write, both;
  };
  std::int64_t pass_end(mappings::Place place, const mappings::Exact& share, std::int64_t bits,
                        bool write, mappings::Wide& carried, std::int64_t words, std::int64_t issue,
                        std::int64_t now);

  const mappings::Program& program_;
  std::vector<Memory> memories_;
  std::vector<mappings::Wide> carried_[2];  // by flow: parts of a row read, written
};

}  // namespace einfall::sim
