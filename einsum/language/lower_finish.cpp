#include <fmt/format.h>

#include <algorithm>

#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/graph.hpp"
#include "einsum/language/lower.hpp"

namespace einfall::einsum {
namespace {

bool is_zero(const Cascade& cascade, IndexId index) {
  return cascade[index].terms.empty() && cascade[index].constant.is_zero();
}

// The variable if this index steps: v+1 on the rank of v itself.
std::optional<VarId> step_variable(const Cascade& cascade, const Access& lhs,
                                   std::size_t position) {
  const auto shifted = as_shifted_variable(cascade, lhs.indices[position]);
  if (!shifted || shifted->offset != 1 ||
      cascade[shifted->variable].rank != cascade[lhs.tensor].ranks[position])
    return std::nullopt;
  return shifted->variable;
}

// Entries given later win, member by member.
void merge(TypeSpec& into, const TypeSpec& from) {
  if (from.dtype) into.dtype = from.dtype;
  if (from.accumulate) into.accumulate = from.accumulate;
  if (from.order) into.order = from.order;
  if (from.fill) into.fill = from.fill;
}

bool gives_coordinates(const Einsum& einsum) {
  const auto* populate = std::get_if<PopulateRoot>(&einsum.root);
  return populate != nullptr && populate->op != PopulateOp::kTopk;
}

const char* class_of(TensorRole role) {
  switch (role) {
    case TensorRole::kInput:
      return "Inputs";
    case TensorRole::kOutput:
      return "Outputs";
    case TensorRole::kIntermediate:
      break;
  }
  return "Intermediates";
}

}  // namespace

void Lowering::error(const char* code, base::SourceSpan span, std::string message,
                     std::string help) {
  report(base::error(code, std::move(span), std::move(message), std::move(help)));
}

void Lowering::report(base::Diagnostic diagnostic) {
  statement_.failed = true;
  if (!hopeless()) sink_.push_back(std::move(diagnostic));
}

std::string Lowering::suggestion(const std::string& word,
                                 const std::vector<std::string>& names) const {
  return hopeless() ? std::string() : base::nearest(word, names);
}

Lowering::Lowering(const Document& document, Cascade& cascade, base::Diagnostics& sink,
                   base::Diagnostics& remarks)
    : document_(document),
      cascade_(cascade),
      sink_(sink),
      remarks_(remarks),
      symbols_(cascade),
      builder_(cascade) {}

bool Lowering::run() {
  cascade_.name = document_.name;
  cascade_.doc = document_.doc;
  cascade_.expectations = document_.expect;
  lower_ranks();
  lower_vars();
  lower_functions();
  lower_params();
  if (!sink_.empty()) return false;
  lower_tensors();
  if (!sink_.empty()) return false;
  lower_statements();
  if (!sink_.empty()) return false;
  find_steps();
  gather_einsums();
  find_iterative();
  lower_roles();
  lower_types();
  lower_assumptions();
  warn_of_unused_functions();
  return sink_.empty();
}

void Lowering::find_steps() {
  for (const Einsum& einsum : main_) {
    const Access& lhs = cascade_[einsum.lhs];
    std::vector<std::size_t>& steps = facts(lhs.tensor).steps;
    for (std::size_t i = 0; i < lhs.indices.size(); ++i)
      if (step_variable(cascade_, lhs, i) &&
          std::find(steps.begin(), steps.end(), i) == steps.end())
        steps.push_back(i);
  }
}

// An Einsum that writes coordinate 0 of a stepped position is an initial one, wherever it stands;
// what stands under `init` must be one.
void Lowering::gather_einsums() {
  const auto initial = [&](const Einsum& einsum) {
    const Access& lhs = cascade_[einsum.lhs];
    const std::vector<std::size_t>& steps = facts(lhs.tensor).steps;
    return std::any_of(steps.begin(), steps.end(),
                       [&](std::size_t i) { return is_zero(cascade_, lhs.indices[i]); });
  };
  for (Einsum& einsum : init_) {
    const TensorId tensor = cascade_[einsum.lhs].tensor;
    einsum.is_init = initial(einsum);
    if (!einsum.is_init)
      error("E305", einsum.span,
            facts(tensor).steps.empty()
                ? fmt::format("{} is initialised but never written at r+1", cascade_[tensor].name)
                : fmt::format("an init line of {} must write coordinate 0 where it is written at "
                              "r+1 (index {})",
                              cascade_[tensor].name, facts(tensor).steps.front() + 1));
    cascade_.einsums.push_back(std::move(einsum));
  }
  for (Einsum& einsum : main_) {
    einsum.is_init = initial(einsum);
    if (einsum.is_init) cascade_.einsums.push_back(std::move(einsum));
  }
  for (Einsum& einsum : main_)
    if (!einsum.is_init) cascade_.einsums.push_back(std::move(einsum));
}

// A tensor written at r+1 is iterative if it depends on itself, else only shifted.
void Lowering::find_iterative() {
  const std::vector<Edge> edges = dependence_edges(cascade_);
  std::vector<bool> cyclic(cascade_.einsums.size(), false);
  for (const Edge& edge : edges)
    if (edge.writer == edge.reader) cyclic[edge.writer.index()] = true;
  for (const auto& component : strong_components(cascade_, edges))
    if (component.size() > 1)
      for (const EinsumId id : component) cyclic[id.index()] = true;

  for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) {
    const Einsum& einsum = cascade_.einsums[i];
    const TensorId id = cascade_[einsum.lhs].tensor;
    const std::vector<std::size_t>& steps = facts(id).steps;
    if (steps.empty() || einsum.is_init) continue;
    if (steps.size() > 1) {
      error("E304", einsum.span,
            fmt::format("{} is written at r+1 on {} positions", cascade_[id].name, steps.size()),
            "a tensor steps along one rank; make the other index a plain variable");
      facts(id).steps.clear();
      continue;
    }
    if (cyclic[i])
      cascade_.tensors[id.index()].iterative_position = steps.front();
    else
      cascade_.tensors[id.index()].shifted_position = steps.front();
  }
  for (Tensor& tensor : cascade_.tensors)
    if (tensor.iterative_position) tensor.shifted_position.reset();
  for (Einsum& einsum : cascade_.einsums) {
    const Access& lhs = cascade_[einsum.lhs];
    const auto position = cascade_[lhs.tensor].iterative_position;
    if (position && !einsum.is_init) einsum.iterative_var = step_variable(cascade_, lhs, *position);
  }
}

void Lowering::lower_roles() {
  std::vector<bool> read(cascade_.tensors.size(), false);
  for (const Einsum& einsum : cascade_.einsums)
    for (const AccessId access : reads(cascade_, einsum))
      if (cascade_[access].tensor != cascade_[einsum.lhs].tensor)
        read[cascade_[access].tensor.index()] = true;
  for (std::size_t i = 0; i < cascade_.tensors.size(); ++i) {
    TensorRole& role = cascade_.tensors[i].role;
    if (!facts_[i].written)
      role = TensorRole::kInput;
    else
      role = document_.outputs || read[i] ? TensorRole::kIntermediate : TensorRole::kOutput;
  }
  if (!document_.outputs) return;
  for (const ast::Name& name : *document_.outputs) {
    const auto id = symbols_.tensor(name.text);
    if (!id) {
      const std::string near = suggestion(name.text, symbols_.tensor_names());
      error("E202", name.span, fmt::format("there is no tensor '{}'", name.text),
            near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    } else if (!facts(*id).written) {
      error("E312", name.span, fmt::format("output {} is never written", name.text),
            "an output is the left side of an Einsum");
    } else {
      cascade_.tensors[id->index()].role = TensorRole::kOutput;
    }
  }
}

void Lowering::lower_types() {
  std::vector<TypeSpec> own(cascade_.tensors.size());
  for (const TypeEntry& entry : document_.types) {
    const std::string& name = entry.name.text;
    if (name == "default" || name == "Inputs" || name == "Outputs" || name == "Intermediates") {
      cascade_.type_classes[name] = entry.type;
    } else if (const auto id = symbols_.tensor(name)) {
      own[id->index()] = entry.type;
    } else {
      std::vector<std::string> names = symbols_.tensor_names();
      names.insert(names.end(), {"default", "Inputs", "Outputs", "Intermediates"});
      const std::string near = suggestion(name, names);
      error("E202", entry.name.span, fmt::format("there is no tensor '{}'", name),
            near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
  }
  // Coordinates are of type index unless the file says otherwise.
  for (const Einsum& einsum : cascade_.einsums) {
    TypeSpec& type = own[cascade_[einsum.lhs].tensor.index()];
    if (gives_coordinates(einsum) && !type.dtype) type.dtype = DataType::kIndex;
  }
  const auto of_class = [&](const char* name) {
    const auto found = cascade_.type_classes.find(name);
    return found == cascade_.type_classes.end() ? TypeSpec{} : found->second;
  };
  for (std::size_t i = 0; i < cascade_.tensors.size(); ++i) {
    Tensor& tensor = cascade_.tensors[i];
    tensor.type = of_class("default");
    merge(tensor.type, of_class(class_of(tensor.role)));
    merge(tensor.type, own[i]);
  }
}

void Lowering::lower_assumptions() {
  for (const AssumeEntry& entry : document_.assume) {
    statement_ = {};
    builder_.begin_statement();
    if (!entry.conditions) {
      const auto id = symbols_.tensor(entry.tensor.text);
      if (!id) {
        error("E202", entry.tensor.span, fmt::format("there is no tensor '{}'", entry.tensor.text));
      } else if (entry.promise == "finite") {
        cascade_.assumptions.push_back({FiniteAssumption{*id}, entry.span});
      } else {
        cascade_.assumptions.push_back({PositiveAssumption{*id}, entry.span});
      }
      continue;
    }
    for (const ast::NodeId root : entry.conditions->roots)
      pool_condition(entry.conditions->tree, root);
    for (const Pooled& pooled : statement_.pool)
      cascade_.assumptions.push_back({pooled.condition, entry.span});
  }
}

}  // namespace einfall::einsum
