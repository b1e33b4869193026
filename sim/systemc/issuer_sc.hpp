#pragma once

#include "sim/array/issuer.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// Issues the instructions of a unit. Latency: the first instruction of an operation is valid in
/// the cycle in which the operation counts as started; an operation counts as finished in the cycle
/// after its last slot.
class IssuerSc : public Clocked {
 public:
  CountIn started{"started"};
  Out<Instruction> instruction{"instruction"};
  CountOut finished{"finished"};

  IssuerSc(const sc_core::sc_module_name& name, const Slots& slots,
           const std::vector<std::size_t>& ends)
      : Clocked(name), core_(slots, ends) {
    sensitive << started;
  }
  [[nodiscard]] const Issuer& core() const { return core_; }

 private:
  void settle() override {
    const Instruction* offered = core_.offered(started.read());
    instruction.offer(offered == nullptr ? std::vector<Instruction>{} : std::vector{*offered});
    finished.write(core_.finished());
  }
  void step() override { core_.tick(started.read(), instruction.moves() > 0); }

  Issuer core_;
};

}  // namespace einfall::sim
