#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "sim/array/programs.hpp"
#include "sim/array/wavefront.hpp"

/// Drives an array with a program and notes what leaves it and when.
namespace einfall::tests {

using Rows = std::vector<std::vector<float>>;

struct Left {
  std::int64_t cycle = 0;
  int column = 0;
  float value = 0;
};

struct ArrayRun {
  std::int64_t issued_first = -1, issued_last = -1;
  std::vector<Left> foot;

  [[nodiscard]] std::vector<Left> at(int column) const {
    std::vector<Left> out;
    for (const Left& word : foot)
      if (word.column == column) out.push_back(word);
    return out;
  }
};

/// Issues the slots, one a cycle, then lets the array drain. Every instruction that reads a row
/// takes the next one of `left` (`top`). Fails the test on a fault.
inline ArrayRun run_slots(sim::Wavefront& array, const sim::Slots& slots, const Rows& left = {},
                          const Rows& top = {}) {
  ArrayRun run;
  std::size_t next = 0, lefts = 0, tops = 0;
  while (next < slots.size() || !array.drained()) {
    for (std::size_t c = 0; c < array.foot().size(); ++c)
      if (array.foot()[c].valid)
        run.foot.push_back({array.cycle(), static_cast<int>(c), array.foot()[c].value});
    sim::ArrayInput input;
    if (next < slots.size() && slots[next]) {
      const sim::Instruction& i = *slots[next];
      input.instruction = &i;
      if (i.reads(sim::Source::kLeft)) input.left = left.at(lefts++);
      if (i.feed == sim::Feed::kRow) input.top = top.at(tops++);
      run.issued_last = array.cycle();
      if (run.issued_first < 0) run.issued_first = array.cycle();
    }
    array.tick(input);
    if (array.fault()) FAIL(text(*array.fault()));
    ++next;
  }
  return run;
}

inline ArrayRun run_program(sim::Wavefront& array, const sim::Program& program,
                            const Rows& left = {}, const Rows& top = {}) {
  return run_slots(array, paced(program, array.spec().unit), left, top);
}

}  // namespace einfall::tests
