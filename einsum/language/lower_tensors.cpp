#include <fmt/format.h>

#include <algorithm>

#include "einsum/language/limits.hpp"
#include "einsum/language/lower.hpp"
#include "einsum/language/size_form.hpp"

namespace einfall::einsum {

std::string Lowering::tensor_name(const StatementEntry& entry, const std::string& name) const {
  const auto renamed = entry.renames.find(name);
  return renamed == entry.renames.end() ? name : renamed->second;
}

void Lowering::lower_tensors() {
  for (const DeclarationEntry& entry : document_.declaration) declare(entry);
  for (const StatementEntry& entry : document_.expressions) collect_written(entry);
  for (const StatementEntry& entry : document_.init) collect_written(entry);
  for (const StatementEntry& entry : document_.expressions) infer_ranks(entry);
  for (const StatementEntry& entry : document_.init) infer_ranks(entry);
  for (const StatementEntry& entry : document_.init) infer_from_uses(entry);
  for (const StatementEntry& entry : document_.expressions) infer_from_uses(entry);
  lower_batch();
  lower_share();
  finish_ranks();
}

void Lowering::declare(const DeclarationEntry& entry) {
  TensorFacts facts;
  facts.declared = true;
  facts.inferred_from_use = !entry.ranks.has_value();
  if (entry.ranks) {
    facts.own.emplace();
    for (const ast::Name& name : *entry.ranks)
      if (const auto found = rank(name.text, name.span)) facts.own->push_back(*found);
    if (entry.ranks->size() > limits::kTensorRanks)
      error("E025", entry.tensor.span,
            fmt::format("{} has {} ranks, at most {} are allowed", entry.tensor.text,
                        entry.ranks->size(), limits::kTensorRanks));
  }
  Tensor tensor;
  tensor.name = entry.tensor.text;
  tensor.span = entry.tensor.span;
  symbols_.add_tensor(std::move(tensor));
  facts_.push_back(std::move(facts));
}

void Lowering::collect_written(const StatementEntry& entry) {
  const auto& lhs = std::get<ast::Access>(entry.statement.tree[entry.statement.lhs].what);
  const std::string name = tensor_name(entry, lhs.name);
  auto id = symbols_.tensor(name);
  if (!id) {
    Tensor tensor;
    tensor.name = name;
    tensor.span = entry.statement.span;
    id = symbols_.add_tensor(std::move(tensor));
    facts_.emplace_back();
    if (lhs.indices.size() > limits::kTensorRanks)
      error("E025", entry.statement.span,
            fmt::format("{} has {} ranks, at most {} are allowed", name, lhs.indices.size(),
                        limits::kTensorRanks));
  }
  facts(*id).written = true;
}

// An undeclared tensor has the ranks of the variables on the left sides that write it.
void Lowering::infer_ranks(const StatementEntry& entry) {
  const ast::Tree& tree = entry.statement.tree;
  const auto& lhs = std::get<ast::Access>(tree[entry.statement.lhs].what);
  const TensorId id = *symbols_.tensor(tensor_name(entry, lhs.name));
  TensorFacts& known = facts(id);
  if (known.declared && !known.inferred_from_use) return;
  if (!known.own) known.own.emplace(lhs.indices.size(), RankId());
  if (known.own->size() != lhs.indices.size()) return;  // E207 when the statement is lowered
  for (std::size_t i = 0; i < lhs.indices.size(); ++i) {
    const auto found = rank_of_index(tree, lhs.indices[i]);
    RankId& place = (*known.own)[i];
    if (!found) continue;
    if (!place.valid()) {
      place = *found;
    } else if (place != *found) {
      base::Diagnostic diagnostic =
          base::error("E212", tree.span(lhs.indices[i].value),
                      fmt::format("index {} of {} runs over rank {} here and over {} elsewhere",
                                  i + 1, lhs.name, cascade_[*found].name, cascade_[place].name),
                      "declare the ranks of the tensor");
      diagnostic.notes.push_back({cascade_[id].span, "first written here"});
      report(std::move(diagnostic));
    }
  }
}

// `LEN:` takes the ranks of the variables of its first access.
void Lowering::infer_from_uses(const StatementEntry& entry) {
  const ast::Tree& tree = entry.statement.tree;
  const auto look = [&](const ast::Tree& nodes) {
    for (const ast::Node& node : nodes.nodes) {
      const auto* access = std::get_if<ast::Access>(&node.what);
      if (access == nullptr || access->bare) continue;
      const auto id = symbols_.tensor(tensor_name(entry, access->name));
      if (!id || !facts(*id).inferred_from_use || facts(*id).own) continue;
      std::vector<RankId> ranks;
      for (const ast::IndexArg& arg : access->indices)
        if (const auto found = rank_of_index(nodes, arg)) ranks.push_back(*found);
      if (ranks.size() == access->indices.size()) facts(*id).own = std::move(ranks);
    }
  };
  look(tree);
  for (const ast::Conditions& conditions : entry.where) look(conditions.tree);
}

// The rank an index runs over: that of its label, of `v` or `v + 1`, or the one that is split.
std::optional<RankId> Lowering::rank_of_index(const ast::Tree& tree, const ast::IndexArg& arg) {
  if (arg.label) return symbols_.rank(arg.label->text);
  ast::NodeId id = arg.value;
  if (const auto* sum = std::get_if<ast::Binary>(&tree[id].what)) {
    if (std::holds_alternative<ast::Number>(tree[sum->rhs].what) &&
        (sum->op == ast::Operator::kAdd || sum->op == ast::Operator::kSub))
      id = sum->lhs;
    else
      return rank_of_split(tree, id);
  }
  const auto* name = std::get_if<ast::Lower>(&tree[id].what);
  if (name == nullptr) return std::nullopt;
  return symbols_.rank_of_variable(name->name);
}

std::optional<RankId> Lowering::rank_of_split(const ast::Tree& tree, ast::NodeId id) {
  // Only the form outer*|inner| + inner says what it splits.
  const auto& sum = std::get<ast::Binary>(tree[id].what);
  const auto* product = std::get_if<ast::Binary>(&tree[sum.lhs].what);
  const auto* inner = std::get_if<ast::Lower>(&tree[sum.rhs].what);
  if (sum.op != ast::Operator::kAdd || product == nullptr || inner == nullptr ||
      product->op != ast::Operator::kMul)
    return std::nullopt;
  const auto* outer = std::get_if<ast::Lower>(&tree[product->lhs].what);
  if (outer == nullptr) return std::nullopt;
  const auto outer_rank = symbols_.rank_of_variable(outer->name);
  const auto inner_rank = symbols_.rank_of_variable(inner->name);
  if (!outer_rank || !inner_rank) return std::nullopt;
  return sizes_->split_into(*outer_rank, *inner_rank);
}

void Lowering::lower_batch() {
  if (document_.batch.size() > limits::kTensorRanks) {
    error("E025", document_.batch.front().span,
          fmt::format("{} batch ranks, at most {} are allowed", document_.batch.size(),
                      limits::kTensorRanks));
    return;
  }
  for (const ast::Name& name : document_.batch) {
    const auto found = rank(name.text, name.span);
    if (!found) continue;
    std::optional<VarId> leading;
    if (symbols_.rank_of_variable(to_lower(name.text)) == found)
      leading = symbols_.variable(to_lower(name.text));
    for (const NamePair& entry : document_.vars)
      if (!leading && entry.to.text == name.text) leading = symbols_.variable(entry.from.text);
    if (!leading) {
      error("E215", name.span, fmt::format("batch rank {} has no variable", name.text),
            fmt::format("name one under 'vars': {{{}: {}}}", to_lower(name.text), name.text));
      continue;
    }
    for (const Leading& earlier : batch_)
      if (earlier.rank == *found)
        error("E215", name.span, fmt::format("batch rank {} is named twice", name.text));
    batch_.push_back({*found, *leading, nullptr});
  }
  for (TensorFacts& known : facts_) known.leading = batch_;
}

void Lowering::lower_share() {
  for (const ShareEntry& entry : document_.share) {
    const auto tensor = symbols_.tensor(entry.tensor.text);
    if (!tensor) {
      error("E202", entry.tensor.span, fmt::format("there is no tensor '{}'", entry.tensor.text));
      continue;
    }
    std::vector<Leading>& leading = facts(*tensor).leading;
    const auto found = rank(entry.rank.text, entry.rank.span);
    if (!found) continue;
    const auto place = std::find_if(leading.begin(), leading.end(),
                                    [&](const Leading& l) { return l.rank == *found; });
    if (place == leading.end()) {
      error("E215", entry.rank.span, fmt::format("{} is not a batch rank", entry.rank.text),
            "'share' changes ranks that 'batch' adds");
      continue;
    }
    if (!entry.to) {
      leading.erase(place);
    } else if (const auto to = rank(entry.to->text, entry.to->span)) {
      place->rank = *to;
      place->index = &*entry.index;
    }
  }
}

// Every tensor gets its ranks, batch ranks first.
void Lowering::finish_ranks() {
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    TensorFacts& known = facts_[i];
    Tensor& tensor = cascade_.tensors[i];
    const bool complete = known.own && std::all_of(known.own->begin(), known.own->end(),
                                                   [](RankId id) { return id.valid(); });
    if (!complete) {
      error("E212", tensor.span, fmt::format("the ranks of {} cannot be inferred", tensor.name),
            "write them under 'declaration'");
      continue;
    }
    for (const Leading& leading : known.leading) {
      if (std::find(known.own->begin(), known.own->end(), leading.rank) != known.own->end())
        error(
            "E215", tensor.span,
            fmt::format("{} names batch rank {} itself", tensor.name, cascade_[leading.rank].name),
            "batch ranks are added by themselves; leave it out");
      tensor.ranks.push_back(leading.rank);
    }
    tensor.ranks.insert(tensor.ranks.end(), known.own->begin(), known.own->end());
  }
}

}  // namespace einfall::einsum
