#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace einfall::sim {

/// A memory on the chip that moves whole rows. Precondition of all users: rows, banks, requesters
/// >= 1, at least one port, latency >= 0.
struct BufferSpec {
  std::int64_t rows = 1;
  int row_words = 1;  // 0: only times matter
  int banks = 1;      // each serves one row a cycle
  int read_ports = 0, write_ports = 0;
  int shared_ports = 1;      // read or write; used when the others are taken
  std::int64_t latency = 1;  // cycles from the grant of a read to the cycle in which it is there
  int requesters = 1;

  /// The one place where it is decided in which bank a row lies: neighbours in different ones.
  [[nodiscard]] int bank_of(std::int64_t row) const { return static_cast<int>(row % banks); }
};

/// A row that somebody wants to move.
struct RowRequest {
  bool write = false;
  std::int64_t row = 0;
  std::vector<float> words{};  // of a write: row_words
};

/// A row that was read. It has to be taken in its cycle.
struct RowArrival {
  int requester = 0;
  std::int64_t row = 0;
  std::vector<float> words;
};

/// Why a run of a buffer went wrong.
struct BufferFault {
  enum class Kind { kNeverWritten, kOutside };
  Kind kind = Kind::kNeverWritten;
  std::int64_t cycle = 0;
  int requester = 0;
  std::int64_t row = 0;
};
/// "cycle 17, requester 2: row 5 is read, but nothing was written to it".
[[nodiscard]] std::string text(const BufferFault& fault);

/// The buffer, stepped one cycle at a time, with values. Every requester offers rows in its order
/// (valid) and has a number of them, from the first on, taken (ready). A round-robin arbiter goes
/// from requester to requester, one row each, as long as a port of its kind and the bank are free;
/// it begins behind the one that it served last. A read sees what was written in earlier cycles.
/// A cycle costs O(requesters + rows moved).
class Buffer {
 public:
  explicit Buffer(const BufferSpec& spec);

  /// By requester, how many of its rows tick() would take.
  [[nodiscard]] std::vector<int> preview(std::span<const std::vector<RowRequest>> offers) const;
  /// Rows that will be there in this cycle, whatever is offered in it: all, if latency >= 1.
  [[nodiscard]] std::vector<const RowArrival*> arriving() const;
  /// One cycle: by requester, what it offers. Does nothing after a fault.
  void tick(std::span<const std::vector<RowRequest>> offers);

  /// Of the last cycle: how many of a requester's rows were taken.
  [[nodiscard]] int taken(int requester) const { return taken_[requester]; }
  /// Of the last cycle: rows that were there, in the order of their grants.
  [[nodiscard]] const std::vector<RowArrival>& arrivals() const { return arrivals_; }

  /// What is there before the run.
  void preload(std::int64_t row, std::vector<float> words);
  [[nodiscard]] bool written(std::int64_t row) const { return written_[row]; }
  /// Precondition: written.
  [[nodiscard]] std::span<const float> words(std::int64_t row) const;

  [[nodiscard]] std::int64_t cycle() const { return cycle_; }
  [[nodiscard]] const std::optional<BufferFault>& fault() const { return fault_; }
  /// Rows that were moved; cycles in which a requester's next row had to wait, for want of a port,
  /// or only because another row of its bank was moved.
  struct Counters {
    std::int64_t rows = 0, waited_for_port = 0, waited_for_bank = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const BufferSpec& spec() const { return spec_; }

 private:
  enum class Answer { kTaken, kNoPort, kBankInUse };
  /// What the arbiter has given away in a cycle.
  struct Cycle {
    int reads = 0, writes = 0, shared = 0;  // ports that are still free
    std::vector<bool> bank_used;
    std::vector<int> taken;  // by requester
    std::vector<std::pair<int, const RowRequest*>> order;
    int first = 0;  // requester that is asked first in the next one
    std::int64_t waited_for_port = 0, waited_for_bank = 0;
    [[nodiscard]] int* port_for(bool write);
  };
  struct Reading {
    std::int64_t at = 0;
    RowArrival arrival;
  };
  [[nodiscard]] Cycle arbitrate(std::span<const std::vector<RowRequest>> offers) const;
  [[nodiscard]] Answer grant(const RowRequest& request, Cycle& cycle) const;
  [[nodiscard]] bool outside(std::int64_t row) const { return row < 0 || row >= spec_.rows; }
  void move(int requester, const RowRequest& request);

  BufferSpec spec_;
  std::int64_t cycle_ = 0;
  int first_ = 0;  // requester that is asked first
  std::vector<int> taken_;
  std::vector<const RowRequest*> writing_;  // from the next cycle on it is there
  std::vector<bool> written_;
  std::vector<float> words_;
  std::deque<Reading> reading_;
  std::vector<RowArrival> arrivals_;
  std::optional<BufferFault> fault_;
  Counters counters_;
};

}  // namespace einfall::sim
