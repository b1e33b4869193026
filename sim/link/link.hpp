#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace einfall::sim {

struct LinkSpec {
  std::int64_t latency = 0;  // cycles; 0: a wire
  int width = 1;             // words a cycle
};

/// A path between two parts, stepped, with values: a word that is pushed in cycle t can be popped
/// from t + latency on. Who pops need not be ready: the words on their way find room in a skid
/// buffer of latency * width words behind the register of `width` that they leave through, and
/// ready() falls in time. ready() only looks at earlier cycles; within a cycle, push comes before
/// pop. At full pace the link moves `width` words in every cycle.
class Link {
 public:
  /// Precondition: latency >= 0, width >= 1.
  explicit Link(const LinkSpec& spec);

  /// Words that may still be pushed in this cycle.
  [[nodiscard]] int ready() const { return room_ - pushed_; }
  /// Precondition: ready() > 0.
  void push(float word);
  /// Words that may still be popped in this cycle.
  [[nodiscard]] int valid() const;
  /// Those that may still be popped in this cycle, the oldest first.
  [[nodiscard]] std::vector<float> there() const;
  /// The oldest. Precondition: valid() > 0.
  float pop();
  /// To the next cycle.
  void tick();

  [[nodiscard]] std::int64_t cycle() const { return cycle_; }
  [[nodiscard]] const LinkSpec& spec() const { return spec_; }

 private:
  struct Word {
    float value = 0;
    std::int64_t there = 0;  // first cycle in which it can be popped
  };
  void begin_cycle();

  LinkSpec spec_;
  std::int64_t cycle_ = 0;
  std::deque<Word> words_;
  int room_ = 0;  // for words pushed in this cycle
  int pushed_ = 0, popped_ = 0;
};

}  // namespace einfall::sim
