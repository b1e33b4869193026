#include "einsum/language/symbols.hpp"

#include <algorithm>
#include <set>

namespace einfall::einsum {
namespace {

template <class Map>
std::optional<typename Map::mapped_type> find(const Map& map, const std::string& name) {
  const auto place = map.find(name);
  if (place == map.end()) return std::nullopt;
  return place->second;
}

template <class Thing>
std::vector<std::string> names_of(const std::vector<Thing>& things) {
  std::vector<std::string> names;
  for (const Thing& thing : things) names.push_back(thing.name);
  return names;
}

template <class Thing, class Ids>
typename Ids::mapped_type add(std::vector<Thing>& things, Ids& ids, Thing thing) {
  const typename Ids::mapped_type id(things.size());
  ids[thing.name] = id;
  things.push_back(std::move(thing));
  return id;
}

// ASCII letters from `first` on become those from `to` on.
std::string with_letters_moved(std::string text, char first, char to) {
  for (char& c : text)
    if (c >= first && c < first + 26) c = static_cast<char>(c - first + to);
  return text;
}

constexpr std::size_t kShownVariables = 12;

}  // namespace

std::string to_upper(std::string text) { return with_letters_moved(std::move(text), 'a', 'A'); }
std::string to_lower(std::string text) { return with_letters_moved(std::move(text), 'A', 'a'); }

RankId Symbols::add_rank(Rank rank) { return add(cascade_.ranks, ranks_, std::move(rank)); }
TensorId Symbols::add_tensor(Tensor tensor) {
  return add(cascade_.tensors, tensors_, std::move(tensor));
}
ParamId Symbols::add_param(Param param) { return add(cascade_.params, params_, std::move(param)); }
OpaqueId Symbols::add_opaque(OpaqueFunction function) {
  return add(cascade_.opaque, opaque_, std::move(function));
}

std::optional<RankId> Symbols::rank(const std::string& name) const { return find(ranks_, name); }
std::optional<TensorId> Symbols::tensor(const std::string& name) const {
  return find(tensors_, name);
}
std::optional<ParamId> Symbols::param(const std::string& name) const { return find(params_, name); }
std::optional<OpaqueId> Symbols::opaque(const std::string& name) const {
  return find(opaque_, name);
}
const InlineFunction* Symbols::function(const std::string& name) const {
  return find(functions_, name).value_or(nullptr);
}

std::optional<RankId> Symbols::rank_of_variable(const std::string& name) const {
  if (const auto explicit_rank = find(vars_, name)) return explicit_rank;
  return rank(to_upper(name));
}

std::optional<VarId> Symbols::variable(const std::string& name) {
  if (const auto known = find(variables_, name)) return known;
  const auto of = rank_of_variable(name);
  if (!of) return std::nullopt;
  const VarId id(cascade_.variables.size());
  cascade_.variables.push_back({name, *of});
  variables_[name] = id;
  return id;
}

std::vector<std::string> Symbols::rank_names() const { return names_of(cascade_.ranks); }
std::vector<std::string> Symbols::tensor_names() const { return names_of(cascade_.tensors); }

std::vector<std::string> Symbols::function_names() const {
  std::vector<std::string> names = names_of(cascade_.opaque);
  for (const auto& [name, function] : functions_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string Symbols::known_variables() const {
  std::set<std::string> names;
  for (const auto& [name, rank] : vars_) names.insert(name);
  for (const Rank& rank : cascade_.ranks)
    if (to_upper(to_lower(rank.name)) == rank.name) names.insert(to_lower(rank.name));
  std::string text;
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown++ == kShownVariables) return text + " ...";
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

}  // namespace einfall::einsum
