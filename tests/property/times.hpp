#pragma once

#include <rapidcheck/catch.h>

#include "mappings/model/latency.hpp"
#include "mappings/model/pipeline.hpp"
#include "mappings/program/program.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/mappings/ir/fixture.hpp"

namespace einfall::mappings {

struct Times {
  double model = 0, simulated = 0;  // cycles
};

/// A run by the recurrences of the analytic model and by the simulator, which executes every visit.
/// Fails the property where either cannot.
inline Times times_by_both(const einsum::Cascade& cascade, const arch::Machine& machine,
                           const Mapping& mapping, const tests::SizeMap& sizes) {
  const BoundMapping bound = tests::bound_or_fail(mapping, cascade, machine, sizes);
  const ModelOptions options;
  const auto counts = count(bound, cascade, machine, options);
  RC_ASSERT(counts.has_value());
  Times out;
  if (mapping.schedule.kind == ScheduleKind::kPipelined) {
    const auto time = pipeline_time(bound, cascade, machine, mapping, *counts, options);
    RC_ASSERT(time.has_value());
    out.model = static_cast<double>(time->cycles);
  } else {
    const auto time = phased_latency(bound, cascade, machine, *counts, options);
    RC_ASSERT(time.has_value());
    out.model = time->cycles.value();
  }
  const auto program = lower(cascade, machine, mapping, bound, options);
  RC_ASSERT(program.has_value());
  sim::Execution execution(*program, {});
  RC_ASSERT(sim::run(execution, program->engines.size()));
  out.simulated = static_cast<double>(execution.cycles());
  return out;
}

}  // namespace einfall::mappings
