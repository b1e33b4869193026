#include "sim/array/wavefront.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::sim {
int ArraySpec::row_skew() const {
  const OperatorTable& table = unit.operators;
  return std::max({table.multiply_add.latency, table.add.latency, table.compare.latency}) +
         unit.hop - 1;
}

Wavefront::Wavefront(ArraySpec spec)
    : spec_(std::move(spec)),
      arithmetic_(spec_.unit),
      kernel_(fastest_kernel()),
      diagonals_(spec_.rows, spec_.columns, spec_.row_skew(), spec_.unit.hop),
      scoreboard_(spec_.unit.registers, spec_.unit.operators),
      scale_(static_cast<std::size_t>(spec_.rows) * static_cast<std::size_t>(spec_.columns)),
      waves_(static_cast<std::size_t>(spec_.depth())),
      left_(waves_.size() * static_cast<std::size_t>(spec_.rows)),
      top_(waves_.size() * static_cast<std::size_t>(spec_.columns)),
      queue_(spec_.columns, spec_.queue_depth),
      feet_(static_cast<std::size_t>(spec_.row_skew()) + 1,
            std::vector<Word>(static_cast<std::size_t>(spec_.columns))),
      result_(diagonals_.longest()) {
  EINFALL_ENSURE(spec_.row_skew() <= 64 && spec_.unit.hop >= 1, "skews of an array");
  registers_.assign(static_cast<std::size_t>(spec_.unit.registers), scale_);
  for (const float constant : spec_.unit.constants)
    constants_.emplace_back(diagonals_.longest(), constant);
  for (auto& buffer : gathered_) buffer.resize(diagonals_.longest());
}

Slot Wavefront::tick(const ArrayInput& input) {
  if (fault_) return Slot::kNoInstruction;
  push_lanes(input.lanes);
  const Slot slot = fault_ ? Slot::kNoInstruction : offer(input);
  if (!fault_ && slot == Slot::kIssued) issue(input);
  if (!fault_) feed_from_lanes();
  if (fault_) {
    for (auto& row : feet_) std::fill(row.begin(), row.end(), Word{});
    return Slot::kNoInstruction;
  }
  leaving_ = static_cast<std::size_t>(cycle_ + spec_.row_skew()) % feet_.size();
  const auto ages = static_cast<int>(std::min<std::int64_t>(diagonals_.count(), cycle_ + 1));
  std::size_t at = ring(cycle_);
  for (int age = 0; age < ages; ++age) {
    if (waves_[at].issued == cycle_ - age && diagonals_.size(age) > 0) run(at, age);
    at = (at == 0 ? waves_.size() : at) - 1;
  }
  ++slots_[static_cast<int>(slot)];
  auto& row = feet_[static_cast<std::size_t>(cycle_) % feet_.size()];
  std::fill(row.begin(), row.end(), Word{});
  ++cycle_;
  return slot;
}

void Wavefront::push_lanes(std::span<const Word> lanes) {
  for (std::size_t c = 0; c < lanes.size(); ++c) {
    if (!lanes[c].valid) continue;
    const auto column = static_cast<int>(c);
    if (queue_.full(column)) return fail({Fault::Kind::kQueueFull}, column, nullptr);
    queue_.push(column, lanes[c].value);
  }
}

Slot Wavefront::preview(const ArrayInput& input) const {
  if (fault_) return Slot::kNoInstruction;
  const bool comes = !input.lanes.empty() && input.lanes[0].valid;
  std::optional<Fault> fault;
  return judge(input, comes || !queue_.empty(0), fault);
}

Slot Wavefront::offer(const ArrayInput& input) {
  std::optional<Fault> fault;
  const Slot slot = judge(input, !queue_.empty(0), fault);
  if (fault) fail(*std::move(fault), 0, input.instruction);
  return slot;
}

Slot Wavefront::judge(const ArrayInput& input, bool word, std::optional<Fault>& fault) const {
  if (scoreboard_.busy(cycle_)) return Slot::kBusy;
  if (input.instruction == nullptr) return Slot::kNoInstruction;
  const Instruction& instruction = *input.instruction;
  const Limits limits{UnitForm::kSpatialArray, spec_.unit.registers,
                      static_cast<int>(spec_.unit.constants.size())};
  if (std::string reason = illegal_because(instruction, limits); !reason.empty()) {
    fault.emplace().detail = std::move(reason);
    return Slot::kNoInstruction;
  }
  if (instruction.reads(Source::kLeft) && input.left.empty()) return Slot::kNoRow;
  if (instruction.feed == Feed::kRow && input.top.empty()) return Slot::kNoRow;
  if (instruction.feed == Feed::kLanes && !word) return Slot::kNoWord;
  fault = scoreboard_.fault(instruction, cycle_);
  return fault ? Slot::kNoInstruction : Slot::kIssued;
}

void Wavefront::issue(const ArrayInput& input) {
  const Instruction& instruction = *input.instruction;
  scoreboard_.issue(instruction, cycle_);
  const std::size_t at = ring(cycle_);
  waves_[at] = {cycle_, instruction};
  last_issued_ = cycle_;
  if (instruction.reads(Source::kLeft)) {
    EINFALL_ENSURE(input.left.size() == static_cast<std::size_t>(spec_.rows), "words of a row");
    std::copy(input.left.begin(), input.left.end(), left_.begin() + at * input.left.size());
  }
  const auto columns = static_cast<std::size_t>(spec_.columns);
  float* top = top_.data() + at * columns;
  if (instruction.feed == Feed::kRow) {
    EINFALL_ENSURE(input.top.size() == columns, "words of a row");
    std::reverse_copy(input.top.begin(), input.top.end(), top);
  } else if (instruction.feed == Feed::kConstant) {
    std::fill_n(top, columns, spec_.unit.constants[instruction.feed_constant]);
  } else if (instruction.feed == Feed::kLanes) {
    lane_fed_.push_back(cycle_);
  }
}

void Wavefront::feed_from_lanes() {
  for (const std::int64_t issued : lane_fed_) {
    const std::int64_t age = cycle_ - issued;
    if (age % spec_.unit.hop != 0) continue;
    const auto column = static_cast<int>(age / spec_.unit.hop);
    if (queue_.empty(column))
      return fail({Fault::Kind::kWordMissing}, column, &waves_[ring(issued)].instruction);
    top_[link(ring(issued), column)] = queue_.pop(column);
  }
  const std::int64_t last = std::int64_t{spec_.columns - 1} * spec_.unit.hop;
  std::erase_if(lane_fed_, [&](std::int64_t issued) { return cycle_ - issued >= last; });
}

void Wavefront::run(std::size_t at, int diagonal) {
  const Instruction& i = waves_[at].instruction;
  const std::size_t first = diagonals_.first(diagonal);
  if (i.op == Op::kExchange) return exchange(registers_[i.a.index], at, diagonal);
  KernelArguments k;
  k.n = diagonals_.size(diagonal);
  k.a = operand(i.a, at, diagonal, gathered_[0]);
  k.b = operand(i.b, at, diagonal, gathered_[1]);
  k.c = operand(i.c, at, diagonal, gathered_[2]);
  k.scale = scale_.data() + first;
  const bool to_register = i.to_register != Instruction::kNoRegister;
  const bool straight_down = !to_register && diagonals_.dense();
  k.out = to_register     ? registers_[i.to_register].data() + first
          : straight_down ? top_.data() + link(at, diagonals_.column(first))
                          : result_.data();
  if (arithmetic_.is_plain_fp32()) {
    kernel_(i.op, k);
    if (i.narrow)
      for (std::size_t n = 0; n < k.n; ++n) k.out[n] = arithmetic_.narrow(k.out[n]);
  } else {
    for (std::size_t n = 0; n < k.n; ++n)
      k.out[n] = arithmetic_(i, k.a[n], k.b != nullptr ? k.b[n] : 0, k.c != nullptr ? k.c[n] : 0,
                             k.scale[n]);
  }
  if (!i.to_link) return;
  if (!straight_down) send_down(k.out, at, diagonal);
  leave(k.out, diagonal);
}

const float* Wavefront::operand(const Operand& operand, std::size_t at, int diagonal,
                                std::vector<float>& gathered) const {
  const std::size_t first = diagonals_.first(diagonal);
  switch (operand.source) {
    case Source::kRegister:
      return registers_[operand.index].data() + first;
    case Source::kConstant:
      return constants_[operand.index].data();
    case Source::kLeft: {
      const float* row = left_.data() + at * static_cast<std::size_t>(spec_.rows);
      if (diagonals_.dense()) return row + diagonals_.row(first);
      for (std::size_t n = 0; n < diagonals_.size(diagonal); ++n)
        gathered[n] = row[diagonals_.row(first + n)];
      return gathered.data();
    }
    case Source::kTop:
      if (diagonals_.dense()) return top_.data() + link(at, diagonals_.column(first));
      gather_top(at, diagonal, gathered);
      return gathered.data();
    case Source::kNone:
    case Source::kFoot:
    case Source::kMemory:
      break;
  }
  return nullptr;
}

void Wavefront::gather_top(std::size_t at, int diagonal, std::vector<float>& to) const {
  const std::size_t first = diagonals_.first(diagonal);
  for (std::size_t n = 0; n < diagonals_.size(diagonal); ++n)
    to[n] = top_[link(at, diagonals_.column(first + n))];
}

void Wavefront::send_down(const float* values, std::size_t at, int diagonal) {
  const std::size_t first = diagonals_.first(diagonal);
  const std::size_t size = diagonals_.size(diagonal);
  if (diagonals_.dense()) {
    std::copy_n(values, size, top_.data() + link(at, diagonals_.column(first)));
  } else {
    for (std::size_t n = 0; n < size; ++n) top_[link(at, diagonals_.column(first + n))] = values[n];
  }
}

void Wavefront::exchange(std::vector<float>& held, std::size_t at, int diagonal) {
  const std::size_t first = diagonals_.first(diagonal);
  const std::size_t size = diagonals_.size(diagonal);
  gather_top(at, diagonal, gathered_[0]);
  send_down(held.data() + first, at, diagonal);
  leave(held.data() + first, diagonal);
  std::copy_n(gathered_[0].data(), size, held.data() + first);
}

void Wavefront::leave(const float* values, int diagonal) {
  const std::size_t last = diagonals_.first(diagonal) + diagonals_.size(diagonal) - 1;
  if (diagonals_.row(last) != spec_.rows - 1) return;
  feet_[leaving_][static_cast<std::size_t>(diagonals_.column(last))] = {
      values[diagonals_.size(diagonal) - 1], true};
}

bool Wavefront::drained() const {
  const std::int64_t last_foot =
      spec_.foot_delay() + std::int64_t{spec_.columns - 1} * spec_.unit.hop;
  return last_issued_ < 0 || cycle_ > last_issued_ + last_foot;
}

float Wavefront::value(int row, int column, int register_index) const {
  return registers_[register_index][diagonals_.place(row, column)];
}

void Wavefront::fail(Fault fault, int column, const Instruction* instruction) {
  fault.cycle = cycle_;
  fault.column = column;
  if (instruction != nullptr) fault.instruction = text(*instruction);
  fault_ = std::move(fault);
}

}  // namespace einfall::sim
