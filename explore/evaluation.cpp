#include "explore/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "arch/machine.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "explore/costing.hpp"
#include "explore/document.hpp"
#include "explore/machine_numerics.hpp"

namespace einfall::explore {
namespace {

using einsum::Cascade;
using einsum::DenseTensor;
using einsum::NumericMode;
using Tensors = einsum::TensorMap<double>;
using SizeSettings = std::map<std::string, std::int64_t>;

// Far above the rounding of fp64, far below any difference of meaning.
constexpr double kReferenceTolerance = 1e-9;

SizeSettings settings_of(const Cascade& cascade, const SizeSettings& given) {
  SizeSettings own;
  for (const auto& [rank, size] : given)
    if (cascade.find_rank(rank)) own.emplace(rank, size);
  return own;
}

SizeSettings without(SizeSettings settings, const SizeSettings& removed) {
  for (const auto& [rank, size] : removed) settings.erase(rank);
  return settings;
}

// Inputs of the same name are the same tensors, so their ranks have the same sizes.
SizeSettings sizes_of_inputs(const Cascade& cascade, const Tensors& inputs) {
  SizeSettings sizes;
  for (const einsum::Tensor& tensor : cascade.tensors) {
    const auto input = inputs.find(tensor.name);
    if (tensor.role != einsum::TensorRole::kInput || input == inputs.end()) continue;
    const std::vector<std::int64_t>& shape = input->second.shape;
    for (std::size_t i = 0; i < tensor.ranks.size() && i < shape.size(); ++i)
      sizes.emplace(cascade[tensor.ranks[i]].name, shape[i]);
  }
  return sizes;
}

base::Result<Tensors> run(const Cascade& cascade, const einsum::Sizes& sizes, const Tensors& inputs,
                          const einsum::EvalOptions& options) {
  return einsum::evaluate<double>(cascade, sizes, inputs, options);
}

std::string coordinates(const std::vector<std::int64_t>& shape, std::size_t flat) {
  std::vector<std::size_t> reversed;
  for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
    reversed.push_back(flat % static_cast<std::size_t>(*extent));
    flat /= static_cast<std::size_t>(*extent);
  }
  return fmt::format("[{}]", fmt::join(reversed.rbegin(), reversed.rend(), ", "));
}

std::string shape_text(const DenseTensor<double>& tensor) {
  return tensor.shape.empty() ? "a number" : fmt::format("{}", fmt::join(tensor.shape, " x "));
}

// Describes every output; where `other` has it too, its deviation from that.
base::Result<std::vector<OutputValues>> describe(const Cascade& cascade, const Tensors& values,
                                                 const Tensors* other) {
  std::vector<OutputValues> outputs;
  for (const einsum::Tensor& tensor : cascade.tensors) {
    if (tensor.role != einsum::TensorRole::kOutput) continue;
    const DenseTensor<double>& found = values.at(tensor.name);
    OutputValues output{tensor.name, found.shape, einsum::magnitude(found), std::nullopt, {}};
    const auto match = other != nullptr ? other->find(tensor.name) : Tensors::const_iterator{};
    if (other != nullptr && match != other->end()) {
      if (match->second.shape != found.shape)
        return base::failure(
            base::error("E610", tensor.span,
                        fmt::format("{} is {} here and {} in the other cascade", tensor.name,
                                    shape_text(found), shape_text(match->second)),
                        "give the ranks of both the same sizes"));
      output.deviation = einsum::deviation(found, match->second);
      if (output.deviation->worst)
        output.worst = coordinates(found.shape, *output.deviation->worst);
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

// `against` is empty where the reference evaluator gives the other values: it has every output.
base::Diagnostic nothing_to_compare(const Cascade& cascade, const std::string& against) {
  const auto output =
      std::find_if(cascade.tensors.begin(), cascade.tensors.end(),
                   [](const einsum::Tensor& t) { return t.role == einsum::TensorRole::kOutput; });
  if (output == cascade.tensors.end())
    return base::error(
        "E610", cascade.einsums.back().span,
        fmt::format("cascade '{}' has no outputs, so there is nothing to compare", cascade.name),
        "name what it computes under 'outputs'");
  return base::error("E610", output->span, fmt::format("none of its outputs is in {}", against));
}

bool agrees(const std::vector<OutputValues>& outputs, double tolerance) {
  for (const OutputValues& output : outputs) {
    if (!output.deviation) continue;
    const einsum::Deviation& found = *output.deviation;
    const bool nothing_compared = found.finite == 0 && found.not_finite > 0;
    if (found.unlike > 0 || found.max_rel > tolerance || nothing_compared) return false;
  }
  return true;
}

// The request for the cascade of a scenario: its sizes are those of its bound mapping, which cuts
// ranks to the machine's.
base::Result<EvaluationRequest> of_scenario(EvaluationRequest request) {
  Documents documents;
  EINFALL_TRY(const auto scenario, documents.scenarios().get(request.cascade));
  EINFALL_TRY(Resolved resolved, resolve(*scenario, request.settings, documents.scenarios()));
  if (!resolved.parts.empty())
    return base::failure(base::error(
        "E959", scenario->span,
        fmt::format("scenario '{}' is composed of others and has no cascade of its own",
                    scenario->name),
        fmt::format("evaluate one of its parts, as {}", scenario->parts.front().scenario.value)));
  if (!request.machine.empty())
    return base::failure(base::error(
        "E959", scenario->span,
        fmt::format("scenario '{}' has a machine, and --machine gives another", scenario->name),
        "leave out --machine, or evaluate the cascade by itself"));
  for (const auto& [rank, size] : request.sizes) {
    resolved.sizes[rank] = {std::to_string(size), scenario->span};
    resolved.sized_at.erase(rank);
  }
  EINFALL_TRY(const Costed costed, cost_scenario(resolved, documents));
  for (std::size_t r = 0; r < costed.cascade->ranks.size(); ++r)
    request.sizes[costed.cascade->ranks[r].name] = costed.bound->sizes.values[r];
  request.cascade = resolved.cascade;
  request.settings.clear();
  request.machine = request.mode == NumericMode::kBitTrue ? resolved.machine : std::string();
  return request;
}

base::Result<Evaluation> evaluate_plain(const EvaluationRequest& request,
                                        base::Diagnostics& remarks) {
  EINFALL_TRY(Cascade cascade, einsum::load_cascade(request.cascade, remarks));
  if (!request.settings.empty())
    return base::failure(
        base::error("E221", base::SourceSpan{cascade.file},
                    fmt::format("a value is given for '{}', which is not a rank",
                                request.settings.begin()->first),
                    "parameters belong to scenarios; ranks begin with a capital letter"));
  std::optional<Cascade> second;
  SizeSettings settings = request.sizes;
  if (!request.against.empty()) {
    EINFALL_TRY(second, einsum::load_cascade(request.against, remarks));
    // A rank that only the other cascade has is not this one's concern.
    settings =
        without(settings, without(settings_of(*second, settings), settings_of(cascade, settings)));
  }
  Evaluation evaluation;
  einsum::EvalOptions options;
  options.mode = request.mode;
  options.seed = request.seed;
  if (!request.machine.empty()) {
    EINFALL_TRY(const arch::Machine machine, arch::load_machine(request.machine));
    options.numerics = policy_of(machine.numerics);
    evaluation.machine = machine.name;
    apply_types(machine.numerics, cascade);
    if (second) apply_types(machine.numerics, *second);
  }
  EINFALL_TRY(const einsum::Sizes sizes, einsum::bind_sizes(cascade, settings));
  EINFALL_TRY(Tensors inputs, einsum::random_inputs<double>(cascade, sizes, request.seed));

  evaluation.cascade = cascade.name;
  for (std::size_t i = 0; i < cascade.ranks.size(); ++i)
    evaluation.sizes.emplace_back(cascade.ranks[i].name, sizes.values[i]);
  evaluation.tolerance = request.tolerance.value_or(std::numeric_limits<double>::infinity());
  Tensors other;
  if (second) {
    evaluation.against = request.against;
    if (!request.tolerance && request.mode == NumericMode::kReference)
      evaluation.tolerance = kReferenceTolerance;
    SizeSettings own_settings = settings_of(*second, request.sizes);
    own_settings.merge(sizes_of_inputs(*second, inputs));
    EINFALL_TRY(const einsum::Sizes own, einsum::bind_sizes(*second, own_settings));
    // First, since it may turn out to need other inputs.
    EINFALL_TRY(other, run(*second, own, inputs, options));
  }
  EINFALL_TRY(const Tensors values, run(cascade, sizes, inputs, options));
  if (!second && request.mode == NumericMode::kBitTrue) {
    evaluation.against = "reference";
    options.mode = NumericMode::kReference;
    EINFALL_TRY(other, run(cascade, sizes, inputs, options));
    evaluation.numerics = einsum::numeric_reports(cascade, values, other);
  }
  EINFALL_TRY(evaluation.outputs,
              describe(cascade, values, evaluation.against.empty() ? nullptr : &other));
  const auto compared = [](const OutputValues& o) { return o.deviation.has_value(); };
  if (!evaluation.against.empty() &&
      std::none_of(evaluation.outputs.begin(), evaluation.outputs.end(), compared))
    return base::failure(nothing_to_compare(cascade, request.against));
  evaluation.agree = agrees(evaluation.outputs, evaluation.tolerance);
  return evaluation;
}

}  // namespace

base::Result<Evaluation> evaluate_cascade(const EvaluationRequest& request,
                                          base::Diagnostics& remarks) {
  if (is_scenario(request.cascade)) {
    EINFALL_TRY(const EvaluationRequest bound, of_scenario(request));
    return evaluate_plain(bound, remarks);
  }
  return evaluate_plain(request, remarks);
}

}  // namespace einfall::explore
