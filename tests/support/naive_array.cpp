#include "tests/support/naive_array.hpp"

#include <bit>

namespace einfall::tests {

using sim::Fault;
using sim::Feed;
using sim::Instruction;
using sim::Op;
using sim::Slot;
using sim::Source;
using sim::Word;

bool same_number(float a, float b) {
  if (a != a || b != b) return a != a && b != b;
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

NaivePe::NaivePe(int register_count, const sim::OperatorTable& operators)
    : registers(static_cast<std::size_t>(register_count)), operators_(operators) {}

std::optional<Fault> NaivePe::fault(const Instruction& i, std::int64_t cycle) const {
  const int scale = static_cast<int>(registers.size());
  std::optional<Fault> found;
  const auto blame = [&found](Fault::Kind kind, int index) {
    if (found) return;
    found.emplace();
    found->kind = kind;
    found->register_index = index;
  };
  const auto read = [&](const NaiveRegister& r, int index) {
    if (!r.written)
      blame(Fault::Kind::kNeverWritten, index);
    else if (cycle < r.ready)
      blame(Fault::Kind::kNotReady, index);
  };
  const auto write = [&](const NaiveRegister& r, int index) {
    if (r.written && r.ready >= cycle + operators_.of(i.op).latency)
      blame(Fault::Kind::kOverwritten, index);
  };
  for (const auto& operand : {i.a, i.b, i.c})
    if (operand.source == Source::kRegister) read(registers[operand.index], operand.index);
  if (i.op == Op::kHornerScaled) read(scale_, scale);
  if (i.to_register != Instruction::kNoRegister) write(registers[i.to_register], i.to_register);
  if (i.op == Op::kReduceExponent) write(scale_, scale);
  return found;
}

float NaivePe::run(const Instruction& i, std::int64_t cycle, const sim::Arithmetic& arithmetic,
                   const std::vector<float>& constants, const std::vector<float>& port) {
  const auto value = [&](const sim::Operand& operand) {
    if (operand.source == Source::kRegister) return registers[operand.index].value;
    if (operand.source == Source::kConstant) return constants[operand.index];
    return port[static_cast<std::size_t>(operand.source)];
  };
  const std::int64_t ready = cycle + operators_.of(i.op).latency;
  if (i.op == Op::kExchange) {
    const float held = value(i.a);
    write(registers[i.a.index], port[static_cast<std::size_t>(Source::kTop)], ready);
    return held;
  }
  float scale = scale_.value;
  const float result = arithmetic(i, value(i.a), value(i.b), value(i.c), scale);
  if (i.op == Op::kReduceExponent) write(scale_, scale, ready);
  if (i.to_register != Instruction::kNoRegister) write(registers[i.to_register], result, ready);
  return result;
}

NaiveArray::NaiveArray(sim::ArraySpec spec)
    : spec_(std::move(spec)),
      arithmetic_(spec_.unit),
      pes_(static_cast<std::size_t>(spec_.rows * spec_.columns),
           NaivePe(spec_.unit.registers, spec_.unit.operators)),
      rightward_(pes_.size(), DelayLine<Rightward>(spec_.unit.hop)),
      downward_(pes_.size(), DelayLine<Downward>(spec_.row_skew())),
      queues_(static_cast<std::size_t>(spec_.columns)) {
  const auto skews = [](auto& lines, int count, int skew) {
    for (int n = 0; n < count; ++n)
      lines.push_back(n == 0 ? std::nullopt : std::optional(DelayLine<Word>(n * skew)));
  };
  skews(left_skew_, spec_.rows, spec_.row_skew());
  skews(top_skew_, spec_.columns, spec_.unit.hop);
}

std::vector<Word> NaiveArray::foot() const {
  std::vector<Word> out(static_cast<std::size_t>(spec_.columns));
  if (fault_) return out;
  for (int c = 0; c < spec_.columns; ++c) {
    const Downward& last = downward_[at(spec_.rows - 1, c)].out();
    if (last.sent) out[c] = last.top;
  }
  return out;
}

Slot NaiveArray::offer(const sim::ArrayInput& input) {
  if (cycle_ < free_) return Slot::kBusy;
  if (input.instruction == nullptr) return Slot::kNoInstruction;
  const Instruction& i = *input.instruction;
  const sim::Limits limits{sim::UnitForm::kSpatialArray, spec_.unit.registers,
                           static_cast<int>(spec_.unit.constants.size())};
  if (!illegal_because(i, limits).empty()) {
    Fault fault;
    fault.detail = illegal_because(i, limits);
    fail(fault, 0, 0, &i);
    return Slot::kNoInstruction;
  }
  if (i.reads(Source::kLeft) && input.left.empty()) return Slot::kNoRow;
  if (i.feed == Feed::kRow && input.top.empty()) return Slot::kNoRow;
  if (i.feed == Feed::kLanes && queues_[0].empty()) return Slot::kNoWord;
  free_ = cycle_ + spec_.unit.operators.of(i.op).issue;
  return Slot::kIssued;
}

bool NaiveArray::take_lanes(const sim::ArrayInput& input) {
  for (std::size_t c = 0; c < input.lanes.size(); ++c) {
    if (!input.lanes[c].valid) continue;
    if (static_cast<int>(queues_[c].size()) == spec_.queue_depth) {
      Fault fault;
      fault.kind = Fault::Kind::kQueueFull;
      fail(fault, 0, static_cast<int>(c), nullptr);
      return false;
    }
    queues_[c].push_back(input.lanes[c].value);
  }
  return true;
}

bool NaiveArray::step(int row, int column, const Rightward& from_left, Word top, Rightward& right,
                      Downward& down) {
  right = from_left;
  down.top = top;
  if (!from_left.instruction) return true;
  const Instruction& i = *from_left.instruction;
  NaivePe& pe = pes_[at(row, column)];
  if (auto fault = pe.fault(i, cycle_)) {
    fail(*fault, row, column, &i);
    return false;
  }
  if (row == 0 && i.feed == Feed::kConstant) top = {spec_.unit.constants[i.feed_constant], true};
  if (row == 0 && i.feed == Feed::kLanes) {
    auto& queue = queues_[column];
    top.valid = !queue.empty();
    if (top.valid) {
      top.value = queue.front();
      queue.pop_front();
    }
  }
  if ((i.reads_top() && !top.valid) || (i.reads(Source::kLeft) && !from_left.left.valid)) {
    Fault fault;
    fault.kind = Fault::Kind::kWordMissing;
    fail(fault, row, column, &i);
    return false;
  }
  std::vector<float> port(8);
  port[static_cast<std::size_t>(Source::kLeft)] = from_left.left.value;
  port[static_cast<std::size_t>(Source::kTop)] = top.value;
  const float result = pe.run(i, cycle_, arithmetic_, spec_.unit.constants, port);
  down.top = i.to_link ? Word{result, true} : top;
  down.sent = i.to_link;
  return true;
}

Slot NaiveArray::tick(const sim::ArrayInput& input) {
  if (fault_ || !take_lanes(input)) return Slot::kNoInstruction;
  const Slot slot = offer(input);
  if (fault_) return Slot::kNoInstruction;
  const bool issued = slot == Slot::kIssued;
  // The edges: words of a row are delayed to the time of their PE.
  const auto edge = [issued](auto& lines, std::span<const float> words) {
    std::vector<Word> out(lines.size());
    for (std::size_t n = 0; n < lines.size(); ++n) {
      const Word in{issued && !words.empty() ? words[n] : 0, issued && !words.empty()};
      out[n] = lines[n] ? lines[n]->out() : in;
      if (lines[n]) lines[n]->shift(in);
    }
    return out;
  };
  const std::vector<Word> left = edge(left_skew_, input.left);
  const std::vector<Word> top = edge(top_skew_, input.top);
  std::vector<Rightward> right(pes_.size());
  std::vector<Downward> down(pes_.size());
  for (int r = 0; r < spec_.rows; ++r)
    for (int c = 0; c < spec_.columns; ++c) {
      Rightward from_left;
      if (c > 0) {
        from_left = rightward_[at(r, c - 1)].out();
      } else {
        if (r > 0) from_left.instruction = downward_[at(r - 1, 0)].out().instruction;
        if (r == 0 && issued) from_left.instruction = *input.instruction;
        from_left.left = left[r];
      }
      const Word above = r > 0 ? downward_[at(r - 1, c)].out().top : top[c];
      if (!step(r, c, from_left, above, right[at(r, c)], down[at(r, c)]))
        return Slot::kNoInstruction;
      if (c == 0) down[at(r, c)].instruction = from_left.instruction;
    }
  for (std::size_t n = 0; n < pes_.size(); ++n) {
    rightward_[n].shift(right[n]);
    downward_[n].shift(down[n]);
  }
  ++cycle_;
  return slot;
}

void NaiveArray::fail(Fault fault, int row, int column, const Instruction* instruction) {
  fault.cycle = cycle_;
  fault.row = row;
  fault.column = column;
  if (instruction != nullptr) fault.instruction = text(*instruction);
  fault_ = fault;
}

}  // namespace einfall::tests
