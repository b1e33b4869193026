#include "tests/fuzz/exercise.hpp"

#include <memory>

#include "base/ensure.hpp"
#include "base/yaml/scalar.hpp"
#include "einsum/analysis/passes.hpp"
#include "einsum/eval/evaluate.hpp"
#include "einsum/import/accelforge.hpp"
#include "einsum/import/export.hpp"
#include "einsum/import/teaal.hpp"
#include "einsum/ir/graph.hpp"
#include "einsum/ir/operations.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "einsum/language/print.hpp"

namespace einfall::tests {
namespace {

constexpr std::int64_t kTinyPoints = 4096;

std::shared_ptr<const base::SourceFile> file(const std::string& text) {
  return std::make_shared<base::SourceFile>(base::SourceFile{"input", text});
}

void check_shown(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics) {
    EINFALL_ENSURE(!diagnostic.message.empty(), "a diagnostic says something");
    EINFALL_ENSURE(diagnostic.code.size() >= 2, "a diagnostic has a code");
  }
  const std::string text = base::render(diagnostics);
  EINFALL_ENSURE(diagnostics.empty() || !text.empty(), "diagnostics can be shown");
  for (const char c : text)
    EINFALL_ENSURE(c == '\n' || static_cast<unsigned char>(c) >= 0x20, "no control characters");
}

void check_rejected(const base::Diagnostics& errors) {
  EINFALL_ENSURE(base::has_errors(errors), "what is rejected has an error");
  check_shown(errors);
}

void read_scalar(const base::yaml::Node& node, base::Diagnostics& sink) {
  namespace yaml = base::yaml;
  (void)yaml::read_text(node, "it", sink);
  (void)yaml::read_name(node, "it", sink);
  (void)yaml::read_bool(node, "it", sink);
  (void)yaml::read_integer(node, "it", -5, 1000, sink);
  (void)yaml::read_number(node, "it", -1e300, 1e300, sink);
  (void)yaml::read_choice(node, "it", {"one", "two"}, sink);
  (void)yaml::read_bytes(node, "it", sink);
  (void)yaml::read_hertz(node, "it", sink);
  (void)yaml::read_bandwidth(node, "it", sink);
  (void)yaml::read_energy(node, "it", sink);
  (void)yaml::read_area(node, "it", sink);
  (void)yaml::read_cycles(node, "it", sink);
  for (const std::size_t at : {std::size_t{0}, node.text.size() / 2, node.text.size()})
    sink.push_back(base::error("E018", yaml::span_inside(node, at, 3), "somewhere inside"));
}

void read_all(const base::yaml::Node& node, base::Diagnostics& sink) {
  if (node.is_scalar()) read_scalar(node, sink);
  for (const base::yaml::Node& item : node.items) read_all(item, sink);
  for (const base::yaml::MapEntry& entry : node.entries) {
    read_all(entry.key, sink);
    read_all(entry.value, sink);
  }
}

void check_round_trip(const einsum::Cascade& cascade) {
  const std::string text = einsum::print(cascade);
  base::Diagnostics remarks;
  const auto again = einsum::load_cascade(file(text), remarks);
  EINFALL_ENSURE(again.has_value(), "the canonical text loads");
  EINFALL_ENSURE(einsum::same(cascade, *again), "the canonical text is the same cascade");
  EINFALL_ENSURE(einsum::print(*again) == text, "the same cascade prints the same");
}

void evaluate(const einsum::Cascade& cascade, const einsum::Sizes& sizes) {
  std::int64_t points = 1;
  for (const std::int64_t size : sizes.values)
    if (__builtin_mul_overflow(points, size, &points) || points > kTinyPoints) return;
  einsum::EvalOptions options;
  options.max_bytes = 1 << 20;
  const auto inputs = einsum::random_inputs<double>(cascade, sizes, 1, options);
  if (!inputs) return check_rejected(inputs.error());
  const auto result = einsum::evaluate(cascade, sizes, *inputs, options);
  if (!result) check_rejected(result.error());
}

void check_loaded(const einsum::Cascade& cascade) {
  check_round_trip(cascade);
  EINFALL_ENSURE(einsum::dependence_graph(cascade).has_value(), "what loads can be ordered");
  for (const einsum::Einsum& einsum : cascade.einsums) (void)einsum::operations(cascade, einsum);
  const auto analysis = einsum::analyze_passes(cascade);
  if (analysis)
    check_shown(einsum::check_expectations(cascade, *analysis));
  else
    check_rejected(analysis.error());
  const auto sizes = einsum::bind_sizes(cascade, {});
  if (!sizes) return check_rejected(sizes.error());
  (void)einsum::export_accelforge(cascade, *sizes);
  (void)einsum::export_timeloop(cascade, *sizes);
  evaluate(cascade, *sizes);
}

}  // namespace

void exercise_yaml(const std::string& text) {
  const auto root = base::yaml::parse(file(text));
  if (!root) return check_rejected(root.error());
  base::Diagnostics sink;
  read_all(*root, sink);
  check_shown(sink);
}

void exercise_cascade(const std::string& text) {
  base::Diagnostics remarks;
  const auto cascade = einsum::load_cascade(file(text), remarks);
  check_shown(remarks);
  EINFALL_ENSURE(!base::has_errors(remarks), "errors are not remarks");
  if (cascade)
    check_loaded(*cascade);
  else
    check_rejected(cascade.error());
}

void exercise_import(const std::string& text) {
  for (auto* import : {einsum::import_teaal, einsum::import_accelforge}) {
    base::Diagnostics remarks;
    const auto cascade = import(file(text), remarks);
    check_shown(remarks);
    if (cascade)
      check_round_trip(*cascade);
    else
      check_rejected(cascade.error());
  }
}

}  // namespace einfall::tests
