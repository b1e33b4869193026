#pragma once

#include "sim/link/link.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// A path. Latency: LinkSpec::latency cycles from the one in which a word goes in to the first in
/// which it is valid at the other end.
class LinkSc : public Clocked {
 public:
  In<float> in{"in"};
  Out<float> out{"out"};

  LinkSc(const sc_core::sc_module_name& name, const LinkSpec& spec);

 private:
  void settle() override;
  void step() override;

  Link core_;
};

}  // namespace einfall::sim
