#include "tests/support/epoch_programs.hpp"

namespace einfall::tests {
namespace {

using sim::Feed;
using sim::Instruction;
using sim::Op;
using sim::Operand;
using sim::Program;

constexpr int kMultiplyAdds = 6;

Instruction operation(Op op, Operand a, Operand b, int to) {
  Instruction i;
  i.op = op;
  i.a = a;
  i.b = b;
  i.to_register = static_cast<std::uint8_t>(to);
  return i;
}

void append(Steps& steps, const Program& program) {
  for (const Instruction& i : program) steps.push_back({i});
}

// ---- The array ---------------------------------------------------------------------------------

class ArrayAuthor {
 public:
  explicit ArrayAuthor(const EpochShape& shape) : shape_(shape) {}

  Steps write() {
    for (int epoch = 0; epoch < shape_.all_tiles() + shape_.distance; ++epoch) {
      const std::size_t first = steps_.size();
      const int old = epoch - shape_.distance;
      if (old >= 0) exponentials(old);
      products(epoch, old);
      if (steps_.size() > first) steps_[first].epoch = epoch;
    }
    return steps_;
  }
  int spare() const { return shape_.distance + 1; }

 private:
  int scores(int tile) const { return tile % (shape_.distance + 1); }

  // SLN = exp(BQK - RM) in place, then SLD down the column.
  void exponentials(int tile) {
    const int s = scores(tile);
    Instruction subtract = operation(Op::kSubtract, sim::reg(s), sim::kTop, s);
    subtract.feed = Feed::kLanes;
    append(steps_, {subtract});
    Program exp = sim::exponential(s, s, spare(), sim::kLog2E, kMultiplyAdds);
    exp.back().narrow = shape_.narrow_scores;
    append(steps_, exp);
    append(steps_, sim::column_reduce(Op::kAdd, s, sim::kZero));
  }

  // BQK of the newest tile and SLNV of the oldest, in turn; then LM of the newest.
  void products(int tile, int old) {
    const bool newest = tile < shape_.all_tiles();
    const Program qk = newest ? sim::output_stationary(scores(tile), shape_.depth) : Program{};
    const Program nv = old >= 0 ? sim::weight_stationary(scores(old), shape_.values) : Program{};
    for (std::size_t n = 0; n < std::max(qk.size(), nv.size()); ++n) {
      const int at = static_cast<int>(n);
      if (n < qk.size()) {
        Step step{qk[n]};
        step.key = tile * shape_.depth + at;
        step.query = tile / shape_.tiles * shape_.depth + at;
        steps_.push_back(step);
      }
      if (n < nv.size()) {
        Step step{nv[n]};
        step.value = old * shape_.values + at;
        steps_.push_back(step);
      }
    }
    if (newest) append(steps_, sim::column_reduce(Op::kMax, scores(tile), sim::kMinusInfinity));
  }

  EpochShape shape_;
  Steps steps_;
};

// ---- The lanes ---------------------------------------------------------------------------------

class LaneAuthor {
 public:
  explicit LaneAuthor(const EpochShape& shape) : shape_(shape) {}

  Steps write() {
    for (int epoch = 0; epoch < shape_.all_tiles() + shape_.distance; ++epoch) {
      const std::size_t first = steps_.size();
      const int old = epoch - shape_.distance;
      if (old >= 0) sums(old);
      if (epoch < shape_.all_tiles()) maximum(epoch);
      if (steps_.size() > first) steps_[first].epoch = epoch;
    }
    return steps_;
  }
  int registers() const { return first_value() + (shape_.state_in_memory ? 0 : shape_.values); }

 private:
  // Registers: RM of this tile and the one before, PRM by age, RD, two spare ones, RNV.
  static int running_max(int tile) { return tile % 2; }
  int factor(int tile) const { return 2 + tile % (shape_.distance + 1); }
  int denominator() const { return 3 + shape_.distance; }
  int spare() const { return 4 + shape_.distance; }
  int first_value() const { return 5 + shape_.distance; }
  bool first_of_block(int tile) const { return tile % shape_.tiles == 0; }
  bool last_of_block(int tile) const { return (tile + 1) % shape_.tiles == 0; }

  // RM = max(RM, LM), up to the array as well; PRM = exp(RM before - RM).
  void maximum(int tile) {
    const Operand before =
        first_of_block(tile) ? sim::constant(sim::kMinusInfinity) : sim::reg(running_max(tile + 1));
    Instruction rm = operation(Op::kMax, before, sim::kFoot, running_max(tile));
    rm.to_link = true;
    const int prm = factor(tile);
    append(steps_, {rm, operation(Op::kSubtract, before, sim::reg(running_max(tile)), prm)});
    append(steps_, sim::exponential(prm, prm, spare(), sim::kLog2E, kMultiplyAdds));
  }

  // RD = PRM*RD + SLD, RNV = PRM*RNV + SLNV element by element, and behind a block's last tile AV.
  void sums(int tile) {
    const Operand prm = sim::reg(factor(tile));
    const Operand rd = first_of_block(tile) ? sim::constant(sim::kZero) : sim::reg(denominator());
    append(steps_, {operation(Op::kMultiply, prm, rd, spare()),
                    operation(Op::kAdd, sim::reg(spare()), sim::kFoot, denominator())});
    for (int f = 0; f < shape_.values; ++f) value_sum(tile, f);
    if (!last_of_block(tile)) return;
    for (int f = 0; f < shape_.values; ++f) {
      Step av{operation(Op::kDivide, sim::reg(first_value() + f), sim::reg(denominator()),
                        Instruction::kNoRegister)};
      if (shape_.state_in_memory) {
        av.instruction.a = sim::kMemory;
        av.memory_in = f;
      }
      av.instruction.to_memory = true;
      av.memory_out = (1 + tile / shape_.tiles) * shape_.values + f;
      steps_.push_back(av);
    }
  }

  void value_sum(int tile, int f) {
    Step product{
        operation(Op::kMultiply, sim::reg(factor(tile)), sim::reg(first_value() + f), spare())};
    Step sum{operation(Op::kAdd, sim::reg(spare()), sim::kFoot, first_value() + f)};
    if (shape_.state_in_memory) {
      product.instruction.b = sim::kMemory;
      product.memory_in = f;
      sum.instruction.to_register = Instruction::kNoRegister;
      sum.instruction.to_memory = true;
      sum.memory_out = f;
    }
    if (first_of_block(tile)) {
      product.instruction.b = sim::constant(sim::kZero);
      product.memory_in = -1;
    }
    steps_.push_back(product);
    steps_.push_back(sum);
  }

  EpochShape shape_;
  Steps steps_;
};

}  // namespace

Steps array_steps(const EpochShape& shape) { return ArrayAuthor(shape).write(); }
int array_registers(const EpochShape& shape) { return ArrayAuthor(shape).spare() + 1; }
Steps lane_steps(const EpochShape& shape) { return LaneAuthor(shape).write(); }
int lane_registers(const EpochShape& shape) { return LaneAuthor(shape).registers(); }

}  // namespace einfall::tests
