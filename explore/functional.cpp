#include "explore/functional.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>

#include "base/text_table.hpp"
#include "explore/deadlock.hpp"
#include "explore/machine_numerics.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/values/values.hpp"

namespace einfall::explore {
namespace {

using Clock = std::chrono::steady_clock;
using Tensors = einsum::TensorMap<double>;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

FunctionalTensor agreement(const std::string& name, const einsum::DenseTensor<double>& found,
                           const einsum::DenseTensor<double>& whole) {
  FunctionalTensor out{name, 0, 0};
  for (std::size_t i = 0; i < whole.values.size(); ++i) {
    const bool here = found.is_present(i);
    out.compared += here ? 1 : 0;
    if (here != whole.is_present(i) || (here && std::bit_cast<std::uint64_t>(found.values[i]) !=
                                                    std::bit_cast<std::uint64_t>(whole.values[i])))
      ++out.different;
  }
  return out;
}

}  // namespace

bool Functional::agrees() const {
  const auto equal = [](const FunctionalTensor& tensor) { return tensor.different == 0; };
  return std::all_of(made.begin(), made.end(), equal) &&
         std::all_of(outputs.begin(), outputs.end(),
                     [&](const FunctionalOutput& output) { return equal(output.stored); });
}

base::Result<Functional> run_functional(const Costed& costed, const mappings::Program& program,
                                        std::uint64_t seed, sim::ExecutionOptions options) {
  einsum::Cascade cascade = *costed.cascade;
  apply_types(costed.machine->numerics, cascade);
  einsum::EvalOptions evaluation;
  evaluation.numerics = policy_of(costed.machine->numerics);
  evaluation.seed = seed;
  // Exact values, bit-true ones and those of the machine are there together.
  evaluation.max_bytes /= 3;
  const einsum::Sizes& sizes = costed.bound->sizes;
  Functional out;
  out.seed = seed;
  auto began = Clock::now();
  EINFALL_TRY(const Tensors inputs, einsum::random_inputs<double>(cascade, sizes, seed));
  EINFALL_TRY(const Tensors exact, einsum::evaluate<double>(cascade, sizes, inputs, evaluation));
  evaluation.mode = einsum::NumericMode::kBitTrue;
  EINFALL_TRY(const Tensors whole, einsum::evaluate<double>(cascade, sizes, inputs, evaluation));
  out.evaluator_s = seconds_since(began);

  began = Clock::now();
  EINFALL_TRY(const auto values,
              sim::Values::make({cascade, *costed.machine, *costed.bound, program, whole,
                                 evaluation.numerics, evaluation.max_bytes}));
  options.fast_forward = false;
  sim::Execution execution(program, options);
  execution.watch(values.get());
  const bool finished = sim::run(execution, program.engines.size());
  if (values->trouble()) return base::failure(*values->trouble());
  if (!finished) return base::failure(deadlock(costed, program, execution));
  out.run_s = seconds_since(began);
  out.cycles = execution.cycles();
  for (std::size_t t = 0; t < cascade.tensors.size(); ++t) {
    const std::string& name = cascade.tensors[t].name;
    const sim::TensorAgreement& made = values->agreements()[t];
    if (made.compared > 0 || made.different > 0)
      out.made.push_back({name, made.compared, made.different});
    if (cascade.tensors[t].role != einsum::TensorRole::kOutput) continue;
    const auto stored = values->stored(einsum::TensorId(t));
    out.outputs.push_back({agreement(name, stored, whole.at(name)),
                           einsum::magnitude(exact.at(name)),
                           einsum::deviation(stored, exact.at(name))});
  }
  return out;
}

base::Result<Functional> run_functional(const Simulated& simulated, std::uint64_t seed) {
  return run_functional(simulated.costed, *simulated.program, seed, simulated.execution);
}

std::string functional_text(const Functional& functional) {
  using base::TextTable;
  constexpr auto kLeft = TextTable::Align::kLeft;
  constexpr auto kRight = TextTable::Align::kRight;
  std::string out =
      fmt::format("\nvalues (seed {}), beside the bit-true evaluator's\n", functional.seed);
  TextTable made({{"tensor", kLeft}, {"made", kRight}, {"other bits", kRight}});
  for (const FunctionalTensor& tensor : functional.made)
    made.add({tensor.name, std::to_string(tensor.compared), std::to_string(tensor.different)});
  out += made.text();
  out += "\noutputs in the outermost memory, beside fp64\n";
  TextTable outputs({{"output", kLeft},
                     {"values", kRight},
                     {"other bits", kRight},
                     {"rms", kRight},
                     {"rms error", kRight},
                     {"largest error", kRight}});
  for (const FunctionalOutput& output : functional.outputs)
    outputs.add({output.stored.name, std::to_string(output.stored.compared),
                 std::to_string(output.stored.different),
                 fmt::format("{:.3g}", output.magnitude.rms),
                 fmt::format("{:.3g}", output.deviation.rms),
                 fmt::format("{:.3g}", output.deviation.max_abs)});
  out += outputs.text();
  if (!functional.agrees())
    out +=
        "\nnot the evaluator's bits: the nest adds up in another order than the cascade says, or "
        "the schedule is wrong\n";
  return out;
}

}  // namespace einfall::explore
