#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <vector>

#include "mappings/program/program.hpp"

namespace einfall::sim {

/// The ports of the memories on the chip. Rows are read and written whole. An operation asks for
/// its rows evenly while it issues; where the ports of a memory cannot serve all who ask, each
/// engine gets the same number of rows as every other, or all it wants if that is less (what a
/// round-robin arbiter does, averaged over cycles), and an operation goes as slowly as the slowest
/// of its streams. What fills less than a row waits for the next piece of the same flow. Reading
/// and writing may have ports of their own.
class Ports {
 public:
  explicit Ports(const mappings::Program& program);

  /// Words of a flow, at both its ends, that the operation about to begin moves.
  void ask(std::size_t flow, std::int64_t words);

  /// An operation that others hold up, or hold up more than was known before.
  struct Delay {
    std::size_t engine = 0;
    std::int64_t cycles = 0;
  };
  /// The operation that asked begins; left alone it takes `issue` cycles.
  void begin(std::size_t engine, std::int64_t issue, std::int64_t now);
  /// One that began in this cycle takes longer for another reason.
  void lengthen(std::size_t engine, std::int64_t cycles);
  /// Some began of which it is not known how they hold each other up.
  [[nodiscard]] bool unsettled() const { return unsettled_ > 0; }
  /// All that begin in this cycle have begun, in any order. Every operation under way that now ends
  /// later, once each. Valid until the next call.
  const std::vector<Delay>& settle();
  /// The cycle in which one last began.
  [[nodiscard]] std::int64_t at() const { return at_; }

  /// All that matters for what passes later, relative to now.
  void append_state(std::int64_t now, std::vector<mappings::Wide>& state) const;
  /// Time goes on by so many cycles without anything happening.
  void shift(std::int64_t cycles) { at_ += cycles; }

 private:
  /// Rows a cycle in units of 2^-20; demands are rounded down, so that the ports may seem free by
  /// less than a row in a million cycles.
  using Rate = std::int64_t;
  using Rates = boost::container::small_vector<Rate, 4>;  // by group
  struct Job {
    std::size_t engine = 0;
    mappings::Wide left = 0;  // cycles at full speed from at_ on, in units of 2^-20
    std::int64_t end = 0;     // whole cycles from at_ on; negative: over
    Rates demands;            // rows, until it is settled
    std::int64_t speed = 0;   // 2^20: full
  };
  /// Ports that serve the same: those of a memory that read, that write, or all.
  struct Group {
    Rate rate = 0;    // of its ports together
    Rate wanted = 0;  // by all jobs
  };
  /// Where a flow comes from or goes to: what it moves becomes rows there. Amounts in parts of a
  /// bit.
  struct End {
    mappings::Wide row = 0;  // 0: not limited
    mappings::Wide word = 0;
    mappings::Wide carried = 0;  // parts of a row
    std::vector<std::size_t> groups;
  };

  void advance(std::int64_t now);
  void remove_done();
  bool set_speeds(std::vector<Job>& jobs);
  static mappings::Wide step(std::vector<Job>& jobs, mappings::Wide most);
  void find_delays();

  std::vector<Group> groups_;
  struct Ends {
    End read, written;
  };
  std::vector<Ends> flows_;
  bool asks_ = false;
  std::vector<std::int64_t> asked_;  // rows of the operation about to begin, by group
  std::vector<Job> jobs_, future_;
  std::vector<Rate> sharing_;
  std::vector<Delay> delays_;
  std::int64_t at_ = 0;
  bool contended_ = false;
  std::size_t unsettled_ = 0;  // jobs, the last ones
};

}  // namespace einfall::sim
