#pragma once

#include <rapidcheck/catch.h>
#include <functional>

#include "tests/property/random_walk.hpp"

/// Random masked walks, and what their masks leave by definition.
namespace einfall::tests {

/// A law for some thousand walks.
inline void for_random_walks(const std::string& law, const std::function<void(WalkMaker&)>& holds) {
  rc::prop(law, [&] {
    WalkMaker make(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint32_t>()));
    for (int walk = 0; walk < 60; ++walk) holds(make);
  });
}

/// A random walk; its mask may divide ranks less far than its loops do.
struct MaskedWalk {
  std::vector<mappings::PartId> loops;
  mappings::Mask mask;
  mappings::PartSet divided;
  mappings::Walk walk;

  MaskedWalk(WalkMaker& make, const mappings::BoundMapping& bound, bool gaps)
      : loops(make.loops(bound, gaps)), mask(make.mask(bound)), divided(loops) {
    if (!loops.empty() && make.once_in(4)) divided.erase(loops.back());
    cast(bound);
  }
  void cast(const mappings::BoundMapping& bound) {
    walk = mappings::make_walk(bound, loops);
    walk.mask = mappings::make_mask(bound, walk, mask, divided, walk.parts());
  }
  [[nodiscard]] bool issued(const Iterations& all, const Digits& digits) const {
    return all.issued(mask, divided, digits);
  }
};

/// All that a mask leaves, in order.
inline std::vector<Digits> left_by(const Iterations& all, const mappings::Mask& mask,
                                   mappings::PartSet divided) {
  std::vector<Digits> out;
  for (const Digits& digits : all.all())
    if (all.issued(mask, divided, digits)) out.push_back(digits);
  return out;
}

/// The loops that two walks share, as lowering finds them (lowering.hpp) under one root.
inline mappings::PartSet common_loops(const mappings::Walk& a, const mappings::Walk& b) {
  std::vector<mappings::PartId> in_a, in_b;
  for (const mappings::WalkLevel& level : a.levels)
    if (b.parts().has(level.part)) in_a.push_back(level.part);
  for (const mappings::WalkLevel& level : b.levels)
    if (a.parts().has(level.part)) in_b.push_back(level.part);
  mappings::PartSet shared;
  for (std::size_t i = 0; i < in_a.size() && in_a[i] == in_b[i]; ++i) shared.insert(in_a[i]);
  return shared;
}

}  // namespace einfall::tests
